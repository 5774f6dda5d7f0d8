from .around import around


def identity():
    """moto gives every DB instance the same DbiResourceId and refuses performance insights.

    The provider looks an instance up by that id, so that a second instance in a region "couldn't be found"; and an
    instance with performance insights is changed by every plan.
    """
    from moto.moto_api._internal import mock_random
    from moto.rds.models import DBInstance

    @around(DBInstance, "__init__")
    def create(original, self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.dbi_resource_id = "db-" + mock_random.get_random_string(26, lower_case=True).upper()
        self.enable_performance_insights = bool(kwargs.get("enable_performance_insights"))
        self.performance_insights_retention_period = None
        if self.enable_performance_insights:
            self.performance_insights_retention_period = kwargs.get("performance_insights_retention_period") or 7
            self.performance_insights_kms_key_id = kwargs.get("performance_insights_kms_key_id")

    DBInstance.performance_insights_enabled = property(lambda self: getattr(self, "enable_performance_insights", False))


def parameters():
    """moto returns parameters without a Source and has no ResetDBParameterGroup.

    The provider ignores parameters that a user did not set, sees none, and sets them again with every apply; removing one fails.
    """
    from moto.core.responses import ActionResult
    from moto.rds.models import DBParameterGroup
    from moto.rds.responses import RDSResponse

    @around(DBParameterGroup, "update_parameters")
    def update(original, self, changes):
        original(self, changes)
        for parameter in self.parameters.values():
            parameter["Source"] = "user"

    def reset_db_parameter_group(self):
        group = self.backend.db_parameter_groups[self.params["DBParameterGroupName"]]
        for parameter in self.params.get("Parameters", []):
            group.parameters.pop(parameter["ParameterName"], None)
        return ActionResult({"DBParameterGroupName": group.name})

    RDSResponse.reset_db_parameter_group = reset_db_parameter_group
