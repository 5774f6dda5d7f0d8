"""Everything an account holds in one region, as JSON: what AWS's own client sees, independent of the code under test.

Prints `[{"type", "id", "tags"}]`, sorted. Where to ask comes from the environment (`AWS_ENDPOINT_URL`, ...).
"""

import json
import sys

import boto3
from botocore.config import Config

sys.dont_write_bytecode = True

# (type, client, operation, key of the list, key of the id, parameters); a list of plain strings has no key
LISTS = [
    ("acm:certificate", "acm", "list_certificates", "CertificateSummaryList", "CertificateArn", {}),
    ("application-autoscaling:target", "application-autoscaling", "describe_scalable_targets", "ScalableTargets", "ResourceId", {"ServiceNamespace": "ecs"}),
    ("cloudwatch:alarm", "cloudwatch", "describe_alarms", "MetricAlarms", "AlarmArn", {}),
    ("cloudwatch:dashboard", "cloudwatch", "list_dashboards", "DashboardEntries", "DashboardArn", {}),
    ("ec2:address", "ec2", "describe_addresses", "Addresses", "AllocationId", {}),
    ("ec2:flow-log", "ec2", "describe_flow_logs", "FlowLogs", "FlowLogId", {}),
    ("ec2:internet-gateway", "ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId", {}),
    ("ec2:nat-gateway", "ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId", {"Filter": [{"Name": "state", "Values": ["pending", "available", "failed"]}]}),
    ("ec2:network-acl", "ec2", "describe_network_acls", "NetworkAcls", "NetworkAclId", {}),
    ("ec2:network-interface", "ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", {}),
    ("ec2:route-table", "ec2", "describe_route_tables", "RouteTables", "RouteTableId", {}),
    ("ec2:security-group", "ec2", "describe_security_groups", "SecurityGroups", "GroupId", {}),
    ("ec2:subnet", "ec2", "describe_subnets", "Subnets", "SubnetId", {}),
    ("ec2:vpc", "ec2", "describe_vpcs", "Vpcs", "VpcId", {}),
    ("ec2:vpc-endpoint", "ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", {"Filters": [{"Name": "vpc-endpoint-state", "Values": ["pending", "available"]}]}),
    ("ecr:repository", "ecr", "describe_repositories", "repositories", "repositoryArn", {}),
    ("ecs:task-definition", "ecs", "list_task_definitions", "taskDefinitionArns", None, {"status": "ACTIVE"}),
    ("elb:load-balancer", "elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn", {}),
    ("elb:target-group", "elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn", {}),
    ("events:rule", "events", "list_rules", "Rules", "Arn", {}),
    ("iam:instance-profile", "iam", "list_instance_profiles", "InstanceProfiles", "Arn", {}),
    ("iam:oidc-provider", "iam", "list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn", {}),
    ("iam:policy", "iam", "list_policies", "Policies", "Arn", {"Scope": "Local"}),
    ("iam:role", "iam", "list_roles", "Roles", "Arn", {}),
    ("iam:user", "iam", "list_users", "Users", "Arn", {}),
    ("kms:alias", "kms", "list_aliases", "Aliases", "AliasArn", {}),
    ("lambda:function", "lambda", "list_functions", "Functions", "FunctionArn", {}),
    ("logs:log-group", "logs", "describe_log_groups", "logGroups", "arn", {}),
    ("rds:cluster", "rds", "describe_db_clusters", "DBClusters", "DBClusterArn", {}),
    ("rds:instance", "rds", "describe_db_instances", "DBInstances", "DBInstanceArn", {}),
    ("rds:parameter-group", "rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupArn", {}),
    ("rds:snapshot", "rds", "describe_db_snapshots", "DBSnapshots", "DBSnapshotArn", {}),
    ("rds:subnet-group", "rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupArn", {}),
    ("scheduler:schedule", "scheduler", "list_schedules", "Schedules", "Arn", {}),
    ("secretsmanager:secret", "secretsmanager", "list_secrets", "SecretList", "ARN", {"IncludePlannedDeletion": True}),
    ("sns:topic", "sns", "list_topics", "Topics", "TopicArn", {}),
    ("sqs:queue", "sqs", "list_queues", "QueueUrls", None, {}),
    ("ssm:parameter", "ssm", "describe_parameters", "Parameters", "Name", {}),
]

clients = {}


def client(name):
    if name not in clients:
        clients[name] = boto3.client(name, config=Config(retries={"max_attempts": 2}))
    return clients[name]


def pages(name, operation, key, parameters):
    if client(name).can_paginate(operation):
        for page in client(name).get_paginator(operation).paginate(**parameters):
            yield from page.get(key, [])
    else:
        yield from getattr(client(name), operation)(**parameters).get(key, [])


def tags_of(item):
    for key in ("Tags", "TagList", "TagSet", "tags"):
        if isinstance(item, dict) and isinstance(item.get(key), list):
            return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value")) for tag in item[key]}
    return {}


def belongs_to_everybody(kind, item):
    """What every account has: default networks, AWS's own keys and roles."""
    if kind == "ec2:vpc":
        return item.get("IsDefault")
    if kind == "iam:role":
        return item["Path"].startswith("/aws-service-role/")
    if kind == "kms:alias":
        return item["AliasName"].startswith("alias/aws/")
    return kind == "rds:parameter-group" and item["DBParameterGroupName"].startswith("default.")


def plain():
    for kind, name, operation, key, identifier, parameters in LISTS:
        for item in pages(name, operation, key, parameters):
            if not belongs_to_everybody(kind, item):
                yield kind, item if identifier is None else item[identifier], tags_of(item)


def ecs():
    for cluster in pages("ecs", "list_clusters", "clusterArns", {}):
        described = client("ecs").describe_clusters(clusters=[cluster], include=["TAGS"])["clusters"]
        if not described or described[0]["status"] != "ACTIVE":
            continue
        yield "ecs:cluster", cluster, tags_of(described[0])
        for service in pages("ecs", "list_services", "serviceArns", {"cluster": cluster}):
            yield "ecs:service", service, {}
        for task in pages("ecs", "list_tasks", "taskArns", {"cluster": cluster}):
            yield "ecs:task", task, {}


def listeners():
    for balancer in pages("elbv2", "describe_load_balancers", "LoadBalancers", {}):
        for listener in pages("elbv2", "describe_listeners", "Listeners", {"LoadBalancerArn": balancer["LoadBalancerArn"]}):
            yield "elb:listener", listener["ListenerArn"], {}
            for rule in pages("elbv2", "describe_rules", "Rules", {"ListenerArn": listener["ListenerArn"]}):
                yield "elb:listener-rule", rule["RuleArn"], {}


def records():
    for zone in pages("route53", "list_hosted_zones", "HostedZones", {}):
        yield "route53:zone", zone["Id"], {}
        for record in pages("route53", "list_resource_record_sets", "ResourceRecordSets", {"HostedZoneId": zone["Id"]}):
            yield "route53:record", f"{zone['Id']} {record['Type']} {record['Name']}", {}


def buckets():
    for bucket in client("s3").list_buckets()["Buckets"]:
        yield "s3:bucket", bucket["Name"], {}
        for item in pages("s3", "list_objects_v2", "Contents", {"Bucket": bucket["Name"]}):
            yield "s3:object", f"{bucket['Name']}/{item['Key']}", {}


def main():
    found = [resource for source in (plain, ecs, listeners, records, buckets) for resource in source()]
    # services whose lists carry no tags; several services answer here
    tagged = {item["ResourceARN"]: tags_of(item) for item in pages("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", {})}
    resources = [{"type": kind, "id": identifier, "tags": {**tagged.get(identifier, {}), **tags}} for kind, identifier, tags in found]
    print(json.dumps(sorted(resources, key=lambda resource: (resource["type"], resource["id"]))))


main()
