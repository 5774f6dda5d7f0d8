"""What moto 5.2.1 does otherwise than AWS, where the Terraform AWS provider 5.100 or DevTool notices.

Each patch is one function; its docstring says what moto does, what AWS does and what goes wrong without the patch.
"""

from . import application_autoscaling, aws_lambda, ec2, ecs, rds, s3

PATCHES = {
    "autoscaling-tags": application_autoscaling.tags,
    "ec2-nat-gateway": ec2.nat_gateway_leftovers,
    "ec2-network-acl": ec2.network_acl_leftovers,
    "ecs-run-task": ecs.run_task,
    "ecs-services": ecs.services,
    "ecs-tasks": ecs.tasks,
    "lambda-logging": aws_lambda.logging_configuration,
    "rds-identity": rds.identity,
    "rds-parameters": rds.parameters,
    "s3-delete-markers": s3.delete_markers,
    "s3-tls-policies": s3.tls_only_policies,
}
