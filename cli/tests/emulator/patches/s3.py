from .around import around


def delete_markers():
    """moto fails to delete a delete marker where versioning is suspended (`FakeDeleteMarker has no attribute 'dispose'`).

    Terraform suspends versioning before it empties a bucket, and every lock has left a delete marker in a state bucket.
    """
    from moto.s3.models import FakeDeleteMarker

    FakeDeleteMarker.dispose = lambda self, *args, **kwargs: None


def tls_only_policies():
    """moto denies a request where a bucket policy's condition is not met, whatever the statement's effect.

    A policy that denies what does not come over TLS, as the state bucket has it, would lock everybody out: this server speaks
    plain HTTP. Here every request counts as TLS, and a statement whose condition does not hold says nothing, as on AWS.
    """
    from moto.iam.access_control import IAMPolicyStatement, PermissionResult

    @around(IAMPolicyStatement, "is_action_permitted")
    def permitted(original, self, action, resource="*", principal=None, incoming_condition_values=None):
        if self._statement.get("Condition") and principal is None and not self._check_conditions(incoming_condition_values):
            return PermissionResult.NEUTRAL
        return original(self, action, resource, principal, incoming_condition_values)

    @around(IAMPolicyStatement, "_check_conditions")
    def holds(original, self, values):
        bools = (self._statement.get("Condition") or {}).get("Bool", {})
        if bools.get("aws:SecureTransport") in ("false", False):
            return False
        return original(self, values)
