import copy

from .around import around

# what CreateService accepts, AWS returns from DescribeServices, and moto forgets
FORGOTTEN = [
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "serviceConnectConfiguration",
]


def settle(service):
    """moto starts no tasks. Every deployment has just succeeded: what a healthy service looks like a minute later."""
    from moto.core.utils import utcnow

    service.running_count, service.pending_count = service.desired_count, 0
    for deployment in service.deployments[:1]:
        deployment.update(
            desiredCount=service.desired_count,
            runningCount=service.desired_count,
            pendingCount=0,
            rolloutState="COMPLETED",
            taskDefinition=service.task_definition,
            updatedAt=utcnow(),
        )


def services():
    """moto forgets half of a service's settings, never finishes a deployment, and lists deleted services.

    Without this no plan of a service is ever empty (a lost capacity provider strategy even replaces it) and waiting for a
    steady state times out.
    """
    from botocore import xform_name
    from moto.ecs.models import EC2ContainerServiceBackend as Backend
    from moto.ecs.responses import EC2ContainerServiceResponse as Response

    @around(Response, "create_service")
    def create(original, self):
        reply = original(self)
        service = reply.result["service"]
        for key in FORGOTTEN:
            if self._get_param(key) is not None:
                setattr(service, xform_name(key), self._get_param(key))
        if getattr(service, "availability_zone_rebalancing", None) is None:
            service.availability_zone_rebalancing = "DISABLED"
        if self._get_param("capacityProviderStrategy") and not self._get_param("launchType"):
            service.launch_type = None
            for deployment in service.deployments:
                deployment["launchType"] = None
        settle(service)
        return reply

    @around(Backend, "update_service")
    def update(original, self, properties):
        service = original(self, {xform_name(key) if key[0].islower() else key: value for key, value in properties.items()})
        # AWS answers with the ARN, moto with whatever the caller wrote
        if isinstance(service.task_definition, str) and not service.task_definition.startswith("arn:"):
            service.task_definition = self.describe_task_definition(service.task_definition).arn
        settle(service)
        return service

    @around(Backend, "list_services")
    def list_services(original, self, *args, **kwargs):
        gone = {service.arn for service in self.services.values() if service.status == "INACTIVE"}
        return [arn for arn in original(self, *args, **kwargs) if arn not in gone]


def run_task():
    """moto fails to run a task whose memory is set on the task alone (usual on Fargate) or that names a capacity provider.

    The exit code of every container is 0, or what the override `EMULATOR_EXIT_CODE` says, so that a failed task can be tested.
    """
    from moto.ecs.models import EC2ContainerServiceBackend as Backend
    from moto.ecs.responses import EC2ContainerServiceResponse as Response

    requirements = Backend._calculate_task_resource_requirements

    def with_memory(task_definition):
        completed = copy.copy(task_definition)
        completed.container_definitions = [
            {**container, "memory": container.get("memory", container.get("memoryReservation", 0))}
            for container in task_definition.container_definitions
        ]
        return requirements(completed)

    Backend._calculate_task_resource_requirements = staticmethod(with_memory)

    @around(Response, "run_task")
    def run(original, self):
        if self._get_param("capacityProviderStrategy") and not self._get_param("launchType"):
            get = self._get_param
            self._get_param = lambda key, default=None: "FARGATE" if key == "launchType" else get(key, default)
        reply = original(self)
        overrides = (self._get_param("overrides") or {}).get("containerOverrides", [])
        environment = {pair["name"]: pair["value"] for override in overrides for pair in override.get("environment", [])}
        for task in reply.result["tasks"]:
            for container in task.containers:
                container.final_exit_code = int(environment.get("EMULATOR_EXIT_CODE", 0))
                container.exitCode = None
        return reply


def tasks():
    """moto reports exit code 0 while the task still runs, never stops its containers, and keeps its network interface.

    A waiter that looks at the containers would wait for ever, or see success too early; and a finished task would leave
    something behind.
    """
    from moto.ec2.models import ec2_backends
    from moto.ecs.models import EC2ContainerServiceBackend as Backend

    @around(Backend, "describe_tasks")
    def describe(original, self, *args, **kwargs):
        found = original(self, *args, **kwargs)
        for task in found:
            stopped = task.last_status == "STOPPED"
            for container in task.containers:
                container.last_status = "STOPPED" if stopped else "RUNNING"
                container.exitCode = getattr(container, "final_exit_code", 0) if stopped else None
            if not stopped:
                continue
            task.desired_status = "STOPPED"
            task.stop_code = "EssentialContainerExited"
            task.stopped_reason = task.stopped_reason or "Essential container in task exited"
            interfaces = ec2_backends[self.account_id][self.region_name].enis
            for attachment in task.attachments:
                for detail in attachment["details"]:
                    if detail["name"] == "networkInterfaceId":
                        interfaces.pop(detail["value"], None)
        return found
