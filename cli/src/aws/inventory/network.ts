import type { EC2Client, RouteTable, SecurityGroupRule, Tag } from '@aws-sdk/client-ec2'
import type { Loaded } from '../clients.ts'
import type { Search } from './search.ts'
import { type Owner, type Tags, type Thing, tagsOf } from './thing.ts'

type Ec2 = Loaded<EC2Client, typeof import('../sdk/ec2.ts')>
type Filters = { Name: string; Values: string[] }[]
type Attributes = Thing['attributes']

interface Options {
  part?: true
}

/** Everything of EC2's API: one call says which types there are, one call for each of these says what still lives. */
export async function loadNetwork({ aws, owner }: Search): Promise<Thing[]> {
  const ec2 = await aws.ec2()
  const tagged = await taggedThings(ec2, owner)
  const filters = [
    { Name: 'tag:devtool:project', Values: [owner.project] },
    { Name: 'tag:devtool:environment', Values: [owner.environment] },
  ]
  const looked = await Promise.all(
    [...tagged].map(async ([kind, ids]) => {
      const look = lookers[kind]
      // Of a kind that no template makes, the tags are all there is to go by.
      if (look === undefined) return ids.map((id) => ({ type: `ec2 ${kind}`, id, name: id, attributes: {} }))
      // Held against the ids once more: an emulator may ignore a filter.
      return (await look(ec2, filters)).filter(({ id, part }) => part === true || ids.includes(id))
    }),
  )
  return looked.flat()
}

/** Beginning of the id (`vpce`) -> ids that carry both tags. The types that the call gives besides are spelled differently by emulators. */
async function taggedThings({ client, sdk }: Ec2, owner: Owner): Promise<Map<string, string[]>> {
  const idsWith = async (key: string, value: string): Promise<Set<string>> => {
    const ids = new Set<string>()
    const filters = [
      { Name: 'key', Values: [key] },
      { Name: 'value', Values: [value] },
    ]
    for await (const page of sdk.paginateDescribeTags({ client }, { Filters: filters })) {
      for (const { ResourceId: id = '' } of page.Tags ?? []) ids.add(id)
    }
    return ids
  }
  const ofEnvironment = await idsWith('devtool:environment', owner.environment)
  if (ofEnvironment.size === 0) return new Map()
  const ofProject = await idsWith('devtool:project', owner.project)
  const kinds = new Map<string, string[]>()
  for (const id of ofEnvironment) {
    const kind = id.slice(0, id.lastIndexOf('-'))
    if (ofProject.has(id)) kinds.set(kind, [...(kinds.get(kind) ?? []), id])
  }
  return kinds
}

function thing(type: string, id: string | undefined, tags: Tag[] | undefined, attributes: Attributes, options: Options = {}): Thing {
  const { Name = null }: { Name?: string | null } = tagsOf(tags) as Tags & { Name?: string }
  return { type, id: id ?? '', name: Name ?? id ?? '', attributes: { ...attributes, Name }, ...options }
}

async function gather<TPage>(pages: AsyncIterable<TPage>, things: (page: TPage) => Thing[]): Promise<Thing[]> {
  const found: Thing[] = []
  for await (const page of pages) found.push(...things(page))
  return found
}

/** By the beginning of an id. */
const lookers: Record<string, (ec2: Ec2, filters: Filters) => Promise<Thing[]>> = {
  vpc: ({ client, sdk }, Filters) =>
    gather(sdk.paginateDescribeVpcs({ client }, { Filters }), ({ Vpcs }) =>
      (Vpcs ?? []).map((vpc) => thing('aws_vpc', vpc.VpcId, vpc.Tags, { cidr_block: vpc.CidrBlock })),
    ),
  subnet: ({ client, sdk }, Filters) =>
    gather(sdk.paginateDescribeSubnets({ client }, { Filters }), ({ Subnets }) =>
      (Subnets ?? []).map((subnet) => {
        const attributes = { vpc_id: subnet.VpcId, cidr_block: subnet.CidrBlock, availability_zone: subnet.AvailabilityZone }
        return thing('aws_subnet', subnet.SubnetId, subnet.Tags, attributes)
      }),
    ),
  igw: ({ client, sdk }, Filters) =>
    gather(sdk.paginateDescribeInternetGateways({ client }, { Filters }), ({ InternetGateways }) =>
      (InternetGateways ?? []).map((gateway) =>
        thing('aws_internet_gateway', gateway.InternetGatewayId, gateway.Tags, { vpc_id: gateway.Attachments?.[0]?.VpcId }),
      ),
    ),
  rtb: ({ client, sdk }, Filters) =>
    gather(sdk.paginateDescribeRouteTables({ client }, { Filters }), ({ RouteTables }) => (RouteTables ?? []).flatMap(routeTable)),
  nat: ({ client, sdk }, Filter) =>
    gather(sdk.paginateDescribeNatGateways({ client }, { Filter }), ({ NatGateways }) =>
      (NatGateways ?? [])
        // A deleted one stays listed for about an hour.
        .filter(({ State }) => State !== 'deleted' && State !== 'failed')
        .map((gateway) => thing('aws_nat_gateway', gateway.NatGatewayId, gateway.Tags, { subnet_id: gateway.SubnetId })),
    ),
  eipalloc: async ({ client, sdk }, Filters) => {
    const reply = await client.send(new sdk.DescribeAddressesCommand({ Filters }))
    return (reply.Addresses ?? []).map((address) => thing('aws_eip', address.AllocationId, address.Tags, {}))
  },
  vpce: ({ client, sdk }, Filters) =>
    gather(sdk.paginateDescribeVpcEndpoints({ client }, { Filters }), ({ VpcEndpoints }) =>
      (VpcEndpoints ?? [])
        .filter(({ State }) => !/^delet/i.test(State ?? ''))
        .map((endpoint) =>
          thing('aws_vpc_endpoint', endpoint.VpcEndpointId, endpoint.Tags, { vpc_id: endpoint.VpcId, service_name: endpoint.ServiceName }),
        ),
    ),
  sg: ({ client, sdk }, Filters) =>
    gather(sdk.paginateDescribeSecurityGroups({ client }, { Filters }), ({ SecurityGroups }) =>
      (SecurityGroups ?? []).map((group) => {
        // Every VPC has its "default", which Terraform takes over without creating it and which goes with the VPC.
        const options: Options = group.GroupName === 'default' ? { part: true } : {}
        return thing('aws_security_group', group.GroupId, group.Tags, { name: group.GroupName, vpc_id: group.VpcId }, options)
      }),
    ),
  sgr: ({ client, sdk }, Filters) =>
    gather(sdk.paginateDescribeSecurityGroupRules({ client }, { Filters }), ({ SecurityGroupRules }) =>
      (SecurityGroupRules ?? []).map(securityGroupRule),
    ),
  fl: ({ client, sdk }, Filter) =>
    gather(sdk.paginateDescribeFlowLogs({ client }, { Filter }), ({ FlowLogs }) =>
      (FlowLogs ?? []).map((log) => thing('aws_flow_log', log.FlowLogId, log.Tags, { vpc_id: log.ResourceId })),
    ),
  i: ({ client, sdk }, Filters) =>
    gather(sdk.paginateDescribeInstances({ client }, { Filters }), ({ Reservations }) =>
      (Reservations ?? [])
        .flatMap(({ Instances }) => Instances ?? [])
        .filter(({ State }) => State?.Name !== 'terminated')
        .map((instance) => thing('aws_instance', instance.InstanceId, instance.Tags, {})),
    ),
  vol: ({ client, sdk }, Filters) =>
    gather(sdk.paginateDescribeVolumes({ client }, { Filters }), ({ Volumes }) =>
      (Volumes ?? []).map((volume) => thing('aws_ebs_volume', volume.VolumeId, volume.Tags, {})),
    ),
}

function routeTable(table: RouteTable): Thing[] {
  const id = table.RouteTableId ?? ''
  const routes = (table.Routes ?? []).filter((route) => route.GatewayId !== 'local' && route.DestinationCidrBlock !== undefined)
  const associations = (table.Associations ?? []).filter(({ SubnetId }) => SubnetId !== undefined)
  return [
    thing('aws_route_table', id, table.Tags, { vpc_id: table.VpcId }),
    ...routes.map(({ DestinationCidrBlock: cidr }) =>
      thing('aws_route', `${id}_${cidr}`, [], { route_table_id: id, destination_cidr_block: cidr }, { part: true }),
    ),
    ...associations.map(({ SubnetId: subnet }) =>
      thing('aws_route_table_association', `${subnet}/${id}`, [], { route_table_id: id, subnet_id: subnet }, { part: true }),
    ),
  ]
}

function securityGroupRule(rule: SecurityGroupRule): Thing {
  const type = rule.IsEgress === true ? 'aws_vpc_security_group_egress_rule' : 'aws_vpc_security_group_ingress_rule'
  const everything = rule.IpProtocol === '-1'
  return thing(type, rule.SecurityGroupRuleId, rule.Tags, {
    security_group_id: rule.GroupId,
    ip_protocol: rule.IpProtocol,
    from_port: everything ? null : rule.FromPort,
    to_port: everything ? null : rule.ToPort,
    cidr_ipv4: rule.CidrIpv4,
    cidr_ipv6: rule.CidrIpv6,
    prefix_list_id: rule.PrefixListId,
    referenced_security_group_id: rule.ReferencedGroupInfo?.GroupId,
  })
}
