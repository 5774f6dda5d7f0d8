import json

from .around import around


def tags():
    """moto has no tags on scalable targets and answers ListTagsForResource with 501.

    The provider reads the tags after every create and retries that for ten minutes.
    """
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Response

    def tags_of(self, arn):
        backend = self.applicationautoscaling_backend
        if not hasattr(backend, "resource_tags"):
            backend.resource_tags = {}
        return backend.resource_tags.setdefault(arn, {})

    @around(Response, "register_scalable_target")
    def register(original, self):
        reply = original(self)
        tags_of(self, json.loads(reply)["ScalableTargetARN"]).update(self._get_param("Tags") or {})
        return reply

    def list_tags_for_resource(self):
        return json.dumps({"Tags": tags_of(self, self._get_param("ResourceARN"))})

    def tag_resource(self):
        tags_of(self, self._get_param("ResourceARN")).update(self._get_param("Tags"))
        return "{}"

    def untag_resource(self):
        for key in self._get_param("TagKeys"):
            tags_of(self, self._get_param("ResourceARN")).pop(key, None)
        return "{}"

    Response.list_tags_for_resource = list_tags_for_resource
    Response.tag_resource = tag_resource
    Response.untag_resource = untag_resource
