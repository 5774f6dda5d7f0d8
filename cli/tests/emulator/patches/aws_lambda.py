from .around import around


def logging_configuration():
    """moto drops a function's LoggingConfig; AWS returns it, and a default where none was given.

    A function with `logging_config` would be changed by every plan.
    """
    from moto.awslambda.models import LambdaFunction

    @around(LambdaFunction, "__init__")
    def create(original, self, account_id, spec, *args, **kwargs):
        self.logging_config = spec.get("LoggingConfig")
        original(self, account_id, spec, *args, **kwargs)

    @around(LambdaFunction, "get_configuration")
    def get(original, self, *args, **kwargs):
        configuration = original(self, *args, **kwargs)
        default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
        configuration["LoggingConfig"] = {**default, **(self.logging_config or {})}
        return configuration

    @around(LambdaFunction, "update_configuration")
    def update(original, self, changes):
        self.logging_config = changes.get("LoggingConfig", self.logging_config)
        return original(self, changes)
