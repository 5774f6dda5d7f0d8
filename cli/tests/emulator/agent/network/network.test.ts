import { describe, expect, test } from 'vitest'
import { createNetwork } from './network.ts'
import { anywhere, at, balancer, database, entry, open, routed, type Snapshot, snapshot, task, tcp } from './testing.ts'

const withGroup = (rules: object[], changes: Partial<Snapshot> = {}) => {
  const group = { GroupId: 'sg-x', GroupName: 'x', IpPermissions: rules, IpPermissionsEgress: rules }
  const base = snapshot(changes)
  return createNetwork({ ...base, securityGroups: [...base.securityGroups, group] })
}
describe('between interfaces', () => {
  const network = createNetwork(snapshot())

  test('the groups on both sides must allow it', () => {
    expect(network.why(balancer, task, 3000)).toBeUndefined()
    expect(network.why(task, database, 5432)).toBeUndefined()
    expect(network.why(balancer, database, 5432)).toBe('security group sg-db (db) has no ingress rule for tcp port 5432 from 10.0.128.9')
    expect(network.why(task, balancer, 80)).toBe('security group sg-task (task) has no egress rule for tcp port 80 to 10.0.128.9')
    expect(network.why(database, task, 3000)).toContain('sg-db (db) has no egress rule')
  })

  test('a range of ports has both its ends', () => {
    expect([2999, 3000, 3999, 4000].map((port) => network.why(balancer, task, port) === undefined)).toEqual([false, true, true, false])
  })

  test('an interface always reaches itself, one of another VPC never', () => {
    expect(network.why(task, task, 9)).toBeUndefined()
    expect(network.why(open, at('other', '10.0.0.8', 'open'), 80)).toBe('10.0.0.7 and 10.0.0.8 are in two VPCs, vpc-1 and vpc-2')
  })

  test('one of several groups is enough, none is not', () => {
    const both = { ...database, securityGroupIds: ['sg-closed', 'sg-db'] }
    expect(network.why(task, both, 5432)).toBeUndefined()
    expect(network.why(open, { ...both, securityGroupIds: ['sg-closed'] }, 5432)).toContain('sg-closed (closed)')
    expect(network.why(open, { ...both, securityGroupIds: [] }, 5432)).toBe('10.0.0.6 has no security group')
  })

  test.each([
    ['a range that holds it', [tcp(80, { IpRanges: [{ CidrIp: '10.0.0.0/20' }] })], true],
    ['its address', [tcp(80, { IpRanges: [{ CidrIp: '10.0.0.7/32' }] })], true],
    ['a range beside it', [tcp(80, { IpRanges: [{ CidrIp: '10.0.16.0/20' }] })], false],
    ['IPv6 only', [tcp(80, { Ipv6Ranges: [{ CidrIpv6: '::/0' }] })], false],
    ['TCP by its number', [{ IpProtocol: '6', FromPort: 80, ToPort: 80, IpRanges: anywhere }], true],
    ['UDP', [{ IpProtocol: 'udp', FromPort: 80, ToPort: 80, IpRanges: anywhere }], false],
    ['ICMP', [{ IpProtocol: 'icmp', FromPort: -1, ToPort: -1, IpRanges: anywhere }], false],
    ['a prefix list', [tcp(80, { PrefixListIds: [{ PrefixListId: 'pl-1' }] })], true],
    ['another prefix list', [tcp(80, { PrefixListIds: [{ PrefixListId: 'pl-2' }] })], false],
  ])('%s', (_, rules, reachable) => {
    const prefixLists = new Map([
      ['pl-1', ['192.168.0.0/16', '10.0.0.0/24']],
      ['pl-2', ['192.168.0.0/16']],
    ])
    const network = withGroup(rules, { prefixLists })
    expect(network.why(open, at('private', '10.0.0.9', 'x'), 80) === undefined).toBe(reachable)
  })

  test('IPv6', () => {
    const network = withGroup([tcp(80, { Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32' }] })])
    expect(network.why({ ...open, address: '2001:db8::5' }, at('private', '10.0.0.9', 'x'), 80)).toBeUndefined()
    expect(network.why({ ...open, address: '2001:db9::5' }, at('private', '10.0.0.9', 'x'), 80)).toContain('no ingress rule')
  })
})

describe('the internet', () => {
  test('reaches a public interface and nothing else', () => {
    const network = createNetwork(snapshot())
    expect(network.why('internet', balancer, 443)).toBeUndefined()
    expect(network.why('internet', balancer, 80)).toBe('security group sg-lb (lb) has no ingress rule for tcp port 80 from 198.51.100.10')
    expect(network.why('internet', { ...balancer, publicAddress: false }, 443)).toBe('10.0.128.9 has no public address')
    expect(network.why('internet', { ...open, publicAddress: true }, 443)).toBe('subnet-private has no route to an internet gateway')
  })

  test('is reached through a NAT gateway that is itself connected', () => {
    expect(createNetwork(snapshot()).internet(task)).toBeUndefined()
    expect(createNetwork(snapshot({ natGateways: [] })).internet(task)).toBe('NAT gateway nat-1 is not there')
    const deleted = [{ NatGatewayId: 'nat-1', SubnetId: 'subnet-public', State: 'deleted' as const }]
    expect(createNetwork(snapshot({ natGateways: deleted })).internet(task)).toBe('NAT gateway nat-1 is deleted')
    const lost = createNetwork(snapshot(routed('rtb-public', [])))
    expect(lost.internet(task)).toBe('NAT gateway nat-1 stands in subnet-public, which has no route to an internet gateway')
    const detached = createNetwork(snapshot({ internetGateways: [{ InternetGatewayId: 'igw-1', Attachments: [] }] }))
    expect(detached.internet(task)).toBe('internet gateway igw-1 is not attached to vpc-1')
  })

  test('is reached through an internet gateway with a public address only', () => {
    const network = createNetwork(snapshot())
    expect(network.internet(balancer)).toBeUndefined()
    expect(network.internet({ ...balancer, publicAddress: false })).toBe(
      '10.0.128.9 has no public address, which the internet gateway needs',
    )
  })

  test('needs a route and a rule', () => {
    const main = snapshot({ routeTables: snapshot().routeTables.filter(({ RouteTableId }) => RouteTableId !== 'rtb-private') })
    expect(createNetwork(main).internet(task)).toBe('route table rtb-main of subnet-private has no route to 198.51.100.10')
    expect(createNetwork(snapshot()).internet(database)).toContain('sg-db (db) has no egress rule')
    const hole = routed('rtb-private', [{ DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1', State: 'blackhole' }])
    expect(createNetwork(snapshot(hole)).internet(task)).toBe('the route of rtb-private to 0.0.0.0/0 is a black hole')
  })

  test('the narrowest route counts', () => {
    const narrow = { DestinationCidrBlock: '198.51.100.0/24', GatewayId: 'igw-1' }
    const wide = { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1' }
    expect(createNetwork(snapshot(routed('rtb-private', [wide, narrow]))).internet(task)).toContain('no public address')
  })
})

describe('what is not emulated is refused', () => {
  test.each([
    [
      'a network ACL',
      snapshot({ networkAcls: [{ NetworkAclId: 'acl-2', IsDefault: false, Associations: [{ SubnetId: 'subnet-private' }] }] }),
    ],
    [
      'rules in the default network ACL',
      snapshot({
        networkAcls: snapshot().networkAcls.map((acl) => ({ ...acl, Entries: [...(acl.Entries ?? []), entry(false, 50, 'deny')] })),
      }),
    ],
    ['a transit gateway', snapshot(routed('rtb-private', [{ DestinationCidrBlock: '0.0.0.0/0', TransitGatewayId: 'tgw-1' }]))],
    ['a route to a prefix list', snapshot(routed('rtb-private', [{ DestinationPrefixListId: 'pl-1', NatGatewayId: 'nat-1' }]))],
    [
      'an unknown prefix list',
      snapshot({
        securityGroups: [
          { GroupId: 'sg-task', GroupName: 'task', IpPermissionsEgress: [tcp(443, { PrefixListIds: [{ PrefixListId: 'pl-9' }] })] },
        ],
      }),
    ],
    [
      'an unknown protocol',
      snapshot({
        securityGroups: [{ GroupId: 'sg-task', GroupName: 'task', IpPermissionsEgress: [{ IpProtocol: 'sctp', IpRanges: anywhere }] }],
      }),
    ],
    ['a group that is not there', snapshot({ securityGroups: [] })],
    ['a subnet that is not there', snapshot({ subnets: [] })],
  ])('%s', (_, given) => {
    expect(() => createNetwork(given).internet(task)).toThrow()
  })
})
