import type { Area } from './inventory/inventory.ts'

export interface Identity {
  area: Area
  /** Must be known in the plan, or nothing is adopted. `Name` is the tag. */
  anchor: string[]
  /** Held against what exists where the plan knows them; where it does not yet, the rest has to be unambiguous. */
  also?: string[]
}

/** By what a planned resource and an existing thing are the same one. Types that AWS overwrites or that cannot be imported are not here. */
export const identities: Record<string, Identity> = {
  aws_acm_certificate: { area: 'certificates', anchor: ['domain_name'] },
  aws_cloudwatch_log_group: { area: 'logs', anchor: ['name'] },
  aws_db_instance: { area: 'databases', anchor: ['identifier'] },
  aws_db_parameter_group: { area: 'databases', anchor: ['name'] },
  aws_db_subnet_group: { area: 'databases', anchor: ['name'] },
  aws_ecs_cluster: { area: 'containers', anchor: ['name'] },
  aws_ecs_cluster_capacity_providers: { area: 'containers', anchor: ['cluster_name'] },
  aws_ecs_service: { area: 'containers', anchor: ['name'] },
  aws_eip: { area: 'network', anchor: ['Name'] },
  aws_flow_log: { area: 'network', anchor: ['Name'], also: ['vpc_id'] },
  aws_iam_openid_connect_provider: { area: 'roles', anchor: ['url'] },
  aws_iam_policy: { area: 'roles', anchor: ['name'] },
  aws_iam_role: { area: 'roles', anchor: ['name'] },
  aws_iam_role_policy: { area: 'roles', anchor: ['role', 'name'] },
  aws_internet_gateway: { area: 'network', anchor: ['Name'], also: ['vpc_id'] },
  aws_lambda_function: { area: 'functions', anchor: ['function_name'] },
  aws_lambda_permission: { area: 'functions', anchor: ['function_name', 'statement_id'] },
  aws_lb: { area: 'balancing', anchor: ['name'] },
  aws_lb_listener: { area: 'balancing', anchor: ['port'], also: ['load_balancer_arn'] },
  aws_lb_listener_rule: { area: 'balancing', anchor: ['priority'], also: ['listener_arn'] },
  aws_lb_target_group: { area: 'balancing', anchor: ['name'] },
  aws_nat_gateway: { area: 'network', anchor: ['Name'], also: ['subnet_id'] },
  aws_route: { area: 'network', anchor: ['route_table_id', 'destination_cidr_block'] },
  aws_route_table: { area: 'network', anchor: ['Name'], also: ['vpc_id'] },
  aws_route_table_association: { area: 'network', anchor: ['route_table_id', 'subnet_id'] },
  aws_secretsmanager_secret: { area: 'secrets', anchor: ['name'] },
  aws_security_group: { area: 'network', anchor: ['name'], also: ['vpc_id'] },
  aws_sns_topic: { area: 'topics', anchor: ['name'] },
  aws_ssm_parameter: { area: 'parameters', anchor: ['name'] },
  aws_subnet: { area: 'network', anchor: ['Name'], also: ['cidr_block', 'availability_zone', 'vpc_id'] },
  aws_vpc: { area: 'network', anchor: ['Name'], also: ['cidr_block'] },
  aws_vpc_endpoint: { area: 'network', anchor: ['Name', 'service_name'], also: ['vpc_id'] },
  aws_vpc_security_group_egress_rule: { area: 'network', anchor: ['ip_protocol'], also: ruleAttributes() },
  aws_vpc_security_group_ingress_rule: { area: 'network', anchor: ['ip_protocol'], also: ruleAttributes() },
}

function ruleAttributes(): string[] {
  return ['security_group_id', 'from_port', 'to_port', 'cidr_ipv4', 'cidr_ipv6', 'prefix_list_id', 'referenced_security_group_id']
}
