import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../tests/emulator/emulator.ts'
import { describeWith } from '../../tests/support/toolchain.ts'
import { census } from './census.ts'
import type { Aws } from './clients.ts'
import { findExisting, type PlannedResource } from './existing.ts'
import { makeAlias, makeEnvironment } from './inventory/testing.ts'
import { removeSecrets, removeTaskDefinitions } from './removal.ts'
import { awsAt } from './testing.ts'
import { findZone } from './zones.ts'

const owner = { project: 'shop', environment: 'brave-otter' }
const name = 'shop-brave-otter'
let emulator: Emulator
let aws: Aws
let ids: Record<string, string>

describeWith(['emulator'], 'what exists', () => {
  beforeAll(async () => {
    emulator = await startEmulator()
    aws = awsAt(emulator.url)
    ids = await makeEnvironment(owner)
    // Its names begin with the whole name of the other.
    await makeEnvironment({ project: 'shop', environment: 'brave-otter-2' })
  }, 60_000)

  afterAll(() => emulator.stop())

  test('the census names everything of the environment and nothing of its neighbour', async () => {
    const found = await census(aws, owner, { thorough: true })
    expect(found.map(({ type, id }) => `${type} ${id}`)).toEqual(
      [
        `aws_acm_certificate ${ids.certificate}`,
        `aws_cloudwatch_log_group /devtool/${name}/flow-logs`,
        `aws_db_instance ${name}`,
        `aws_db_parameter_group ${name}-pg17`,
        `aws_db_subnet_group ${name}`,
        `aws_ecs_cluster ${name}`,
        `aws_ecs_service ${name}/${name}-web`,
        `aws_ecs_task_definition ${ids.definition}`,
        `aws_eip ${ids.address}`,
        `aws_iam_role ${name}-task`,
        `aws_internet_gateway ${ids.gateway}`,
        `aws_lb ${ids.lb}`,
        `aws_lb_listener ${ids.listener}`,
        `aws_lb_listener_rule ${ids.rule}`,
        `aws_lb_target_group ${ids.group}`,
        `aws_nat_gateway ${ids.nat}`,
        `aws_route_table ${ids.table}`,
        `aws_secretsmanager_secret ${ids.secret}`,
        `aws_security_group ${ids.securityGroup}`,
        `aws_sns_topic ${ids.topic}`,
        'aws_ssm_parameter /devtool/shop/brave-otter',
        `aws_subnet ${ids.subnet}`,
        `aws_vpc ${ids.vpc}`,
        `aws_vpc_endpoint ${ids.endpoint}`,
        `aws_vpc_security_group_ingress_rule ${ids.rule443}`,
        `aws_vpc_security_group_ingress_rule ${ids.rule80}`,
      ].sort(),
    )
  })

  test('an environment that never was has nothing', async () => {
    expect(await census(aws, { project: 'shop', environment: 'calm-heron' }, { thorough: true })).toEqual([])
    expect(await census(aws, { project: 'other', environment: 'brave-otter' }, { thorough: true })).toEqual([])
  })

  test('first round: what a plan knows by name and tag', async () => {
    const found = await findExisting(aws, firstRound(), owner)
    expect(Object.fromEntries(found)).toEqual({
      vpc: ids.vpc,
      subnet: ids.subnet,
      gateway: ids.gateway,
      table: ids.table,
      eip: ids.address,
      nat: ids.nat,
      endpoint: ids.endpoint,
      group: ids.securityGroup,
      lb: ids.lb,
      listener: ids.listener,
      rule: ids.rule,
      target_group: ids.group,
      cluster: name,
      providers: name,
      service: `${name}/${name}-web`,
      instance: name,
      subnet_group: name,
      parameter_group: `${name}-pg17`,
      secret: ids.secret,
      role: `${name}-task`,
      certificate: ids.certificate,
      logs: `/devtool/${name}/flow-logs`,
      topic: ids.topic,
      parameter: '/devtool/shop/brave-otter',
    })
  })

  test('later round: what hangs on a parent that the plan now knows', async () => {
    const cidr = { cidr_ipv6: null, prefix_list_id: null, referenced_security_group_id: null, cidr_ipv4: '0.0.0.0/0' }
    const rule = { security_group_id: ids.securityGroup, ip_protocol: 'tcp', ...cidr }
    const found = await findExisting(
      aws,
      [
        plan('route', 'aws_route', { route_table_id: ids.table, destination_cidr_block: '0.0.0.0/0' }),
        plan('association', 'aws_route_table_association', { route_table_id: ids.table, subnet_id: ids.subnet }),
        plan('https', 'aws_vpc_security_group_ingress_rule', { ...rule, from_port: 443, to_port: 443 }),
        plan('other', 'aws_vpc_security_group_ingress_rule', { ...rule, from_port: 8080, to_port: 8080 }),
        plan('role_policy', 'aws_iam_role_policy', { role: `${name}-task`, name: 'start-tasks' }),
      ],
      owner,
    )
    expect(Object.fromEntries(found)).toEqual({
      route: `${ids.table}_0.0.0.0/0`,
      association: `${ids.subnet}/${ids.table}`,
      https: ids.rule443,
      role_policy: `${name}-task:start-tasks`,
    })
  })

  test('a rule whose group is not known yet is not guessed', async () => {
    const cidr = { cidr_ipv6: null, prefix_list_id: null, referenced_security_group_id: null, cidr_ipv4: '0.0.0.0/0' }
    const found = await findExisting(aws, [plan('any', 'aws_vpc_security_group_ingress_rule', { ip_protocol: 'tcp', ...cidr })], owner)
    expect(found.size).toBe(0)
  })

  test('nothing of another environment is taken, whatever its name', async () => {
    const theirs = firstRound().map((resource) => ({
      ...resource,
      values: JSON.parse(JSON.stringify(resource.values).replaceAll('brave-otter', 'brave-otter-2')),
    }))
    expect(await findExisting(aws, theirs, owner)).toEqual(new Map())
  })

  test('a DNS record is taken only if it leads to a load balancer of the environment', async () => {
    const zone = await makeAlias('example.com', 'brave-otter.example.com', `dualstack.${ids.dns}`)
    const record = (host: string) => plan(host, 'aws_route53_record', { zone_id: zone, name: host, type: 'A' })
    const wanted = [record('brave-otter.example.com'), record('www.example.com')]
    expect(await findExisting(aws, wanted, owner)).toEqual(new Map([['brave-otter.example.com', `${zone}_brave-otter.example.com_A`]]))
    expect(await findExisting(aws, wanted, { project: 'shop', environment: 'brave-otter-2' })).toEqual(new Map())
    expect(await findZone(aws, 'x.brave-otter.example.com')).toBe(zone)
    expect(await findZone(aws, 'notexample.com')).toBeUndefined()
  })

  test('task definitions and secrets are removed through the API', async () => {
    expect(await removeTaskDefinitions(aws, owner)).toEqual([ids.definition])
    expect(await removeTaskDefinitions(aws, owner)).toEqual([])
    expect(await removeSecrets(aws, owner)).toEqual([ids.secret])
    const types = (await census(aws, owner, { thorough: true })).map(({ type }) => type)
    expect(types).not.toContain('aws_ecs_task_definition')
    expect(types).not.toContain('aws_secretsmanager_secret')
    expect((await census(aws, { project: 'shop', environment: 'brave-otter-2' }, { thorough: true })).map(({ type }) => type)).toContain(
      'aws_secretsmanager_secret',
    )
  })
})

function plan(address: string, type: string, values: Record<string, unknown>): PlannedResource {
  return { address, type, values }
}

function firstRound(): PlannedResource[] {
  const tags_all = { Name: name, 'devtool:project': 'shop', 'devtool:environment': 'brave-otter' }
  return [
    plan('vpc', 'aws_vpc', { cidr_block: '10.0.0.0/16', tags_all }),
    plan('subnet', 'aws_subnet', { cidr_block: '10.0.0.0/24', availability_zone: 'eu-west-1a', tags_all }),
    plan('other_subnet', 'aws_subnet', { cidr_block: '10.0.1.0/24', availability_zone: 'eu-west-1b', tags_all }),
    plan('gateway', 'aws_internet_gateway', { tags_all }),
    plan('table', 'aws_route_table', { tags_all }),
    plan('route', 'aws_route', { destination_cidr_block: '0.0.0.0/0' }),
    plan('eip', 'aws_eip', { tags_all }),
    plan('nat', 'aws_nat_gateway', { tags_all }),
    plan('endpoint', 'aws_vpc_endpoint', { service_name: 'com.amazonaws.eu-west-1.s3', tags_all }),
    plan('group', 'aws_security_group', { name: `${name}-alb`, tags_all }),
    plan('lb', 'aws_lb', { name, tags_all }),
    plan('listener', 'aws_lb_listener', { port: 80, tags_all }),
    plan('rule', 'aws_lb_listener_rule', { priority: 850, tags_all }),
    plan('target_group', 'aws_lb_target_group', { name: `${name}-web`, tags_all }),
    plan('cluster', 'aws_ecs_cluster', { name, tags_all }),
    plan('providers', 'aws_ecs_cluster_capacity_providers', { cluster_name: name }),
    plan('service', 'aws_ecs_service', { name: `${name}-web`, tags_all }),
    plan('definition', 'aws_ecs_task_definition', { family: `${name}-web`, tags_all }),
    plan('instance', 'aws_db_instance', { identifier: name, tags_all }),
    plan('subnet_group', 'aws_db_subnet_group', { name, tags_all }),
    plan('parameter_group', 'aws_db_parameter_group', { name: `${name}-pg17`, tags_all }),
    plan('secret', 'aws_secretsmanager_secret', { name: 'shop/brave-otter/database', tags_all }),
    plan('role', 'aws_iam_role', { name: `${name}-task`, tags_all }),
    plan('certificate', 'aws_acm_certificate', { domain_name: 'brave-otter.example.com', tags_all }),
    plan('logs', 'aws_cloudwatch_log_group', { name: `/devtool/${name}/flow-logs`, tags_all }),
    plan('topic', 'aws_sns_topic', { name: `${name}-alerts`, tags_all }),
    plan('parameter', 'aws_ssm_parameter', { name: '/devtool/shop/brave-otter', tags_all }),
    plan('unknown', 'aws_sqs_queue', { name, tags_all }),
  ]
}
