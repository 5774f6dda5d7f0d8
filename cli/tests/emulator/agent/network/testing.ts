import type { Interface, NetworkSnapshot } from '../ports.ts'
import type { KnownPrefixLists } from './network.ts'

export type Snapshot = NetworkSnapshot & KnownPrefixLists

export const anywhere = [{ CidrIp: '0.0.0.0/0' }]
const all = { IpProtocol: '-1', IpRanges: anywhere }
export const tcp = (port: number, peer: object) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...peer })
const local = { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active' as const }
export const entry = (Egress: boolean, RuleNumber: number, RuleAction: 'allow' | 'deny') => ({
  Egress,
  RuleNumber,
  RuleAction,
  Protocol: '-1',
  CidrBlock: '0.0.0.0/0',
})

/** For tests only: a load balancer in the public subnet, a task and a database in the private one, and a NAT gateway between. */
export function snapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    subnets: [
      { SubnetId: 'subnet-public', VpcId: 'vpc-1', CidrBlock: '10.0.128.0/24' },
      { SubnetId: 'subnet-private', VpcId: 'vpc-1', CidrBlock: '10.0.0.0/20' },
      { SubnetId: 'subnet-other', VpcId: 'vpc-2', CidrBlock: '10.0.0.0/20' },
    ],
    routeTables: [
      { RouteTableId: 'rtb-main', VpcId: 'vpc-1', Associations: [{ Main: true }], Routes: [local] },
      {
        RouteTableId: 'rtb-public',
        VpcId: 'vpc-1',
        Associations: [{ SubnetId: 'subnet-public' }],
        Routes: [local, { DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1', State: 'active' }],
      },
      {
        RouteTableId: 'rtb-private',
        VpcId: 'vpc-1',
        Associations: [{ SubnetId: 'subnet-private' }],
        Routes: [local, { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1', State: 'active' }],
      },
    ],
    securityGroups: [
      { GroupId: 'sg-lb', GroupName: 'lb', IpPermissions: [tcp(443, { IpRanges: anywhere })], IpPermissionsEgress: [all] },
      {
        GroupId: 'sg-task',
        GroupName: 'task',
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 3000, ToPort: 3999, UserIdGroupPairs: [{ GroupId: 'sg-lb' }] }],
        IpPermissionsEgress: [tcp(443, { IpRanges: anywhere }), tcp(5432, { UserIdGroupPairs: [{ GroupId: 'sg-db' }] })],
      },
      {
        GroupId: 'sg-db',
        GroupName: 'db',
        IpPermissions: [tcp(5432, { UserIdGroupPairs: [{ GroupId: 'sg-task' }] })],
        IpPermissionsEgress: [],
      },
      { GroupId: 'sg-open', GroupName: 'open', IpPermissions: [all], IpPermissionsEgress: [all] },
      { GroupId: 'sg-closed', GroupName: 'closed', IpPermissions: [], IpPermissionsEgress: [] },
    ],
    networkAcls: [
      {
        NetworkAclId: 'acl-1',
        IsDefault: true,
        Associations: [{ SubnetId: 'subnet-public' }, { SubnetId: 'subnet-private' }],
        Entries: [entry(true, 32767, 'deny'), entry(true, 100, 'allow'), entry(false, 100, 'allow'), entry(false, 32767, 'deny')],
      },
    ],
    internetGateways: [{ InternetGatewayId: 'igw-1', Attachments: [{ VpcId: 'vpc-1' }] }],
    natGateways: [{ NatGatewayId: 'nat-1', SubnetId: 'subnet-public', State: 'available' }],
    vpcEndpoints: [],
    ...changes,
  }
}

export const at = (subnet: string, address: string, group: string, publicAddress = false): Interface => ({
  address,
  subnetId: `subnet-${subnet}`,
  securityGroupIds: [`sg-${group}`],
  publicAddress,
})
export const balancer = at('public', '10.0.128.9', 'lb', true)
export const task = at('private', '10.0.0.5', 'task')
export const database = at('private', '10.0.0.6', 'db')
export const open = at('private', '10.0.0.7', 'open')

export const routed = (table: string, Routes: object[]): Partial<Snapshot> => ({
  routeTables: snapshot().routeTables.map((each) => (each.RouteTableId === table ? { ...each, Routes: [local, ...Routes] } : each)),
})
