import { describe, expect, test } from 'vitest'
import { createNetwork } from './network.ts'
import { awsService } from './services.ts'
import { at, database, routed, type Snapshot, snapshot, task, tcp } from './testing.ts'

describe('services of AWS', () => {
  const endpoint = (name: string, changes: object = {}) => ({
    VpcEndpointId: 'vpce-1',
    VpcId: 'vpc-1',
    ServiceName: `com.amazonaws.us-east-1.${name}`,
    State: 'Available' as const,
    ...changes,
  })
  const named = (changes: object = {}) =>
    endpoint('ecr.api', {
      VpcEndpointType: 'Interface',
      PrivateDnsEnabled: true,
      SubnetIds: ['subnet-private'],
      Groups: [{ GroupId: 'sg-open' }],
      ...changes,
    })
  const isolated = routed('rtb-private', [])
  const why = (changes: Partial<Snapshot>, service = 'ecr.api', from = task) =>
    createNetwork(snapshot(changes)).why(from, awsService(service), 443)

  test('through the internet where there is no endpoint', () => {
    expect(why({})).toBeUndefined()
    expect(why(isolated)).toBe('route table rtb-private of subnet-private has no route to 198.51.100.10')
    expect(why({ ...isolated, vpcEndpoints: [named({ PrivateDnsEnabled: false })] })).toContain('no route')
    expect(why({ ...isolated, vpcEndpoints: [named({ VpcId: 'vpc-2' })] })).toContain('no route')
  })

  test('through an interface endpoint, which must let it in', () => {
    expect(why({ ...isolated, vpcEndpoints: [named()] })).toBeUndefined()
    expect(why({ ...isolated, vpcEndpoints: [named()] }, 'logs')).toContain('no route')
    // with its private name the endpoint is the only way, also where there is another
    expect(why({ vpcEndpoints: [named({ Groups: [{ GroupId: 'sg-closed' }] })] })).toContain(
      'security group sg-closed (closed) has no ingress',
    )
  })

  test('through a gateway endpoint, which the route table must know', () => {
    const route = { DestinationPrefixListId: 'pl-s3', GatewayId: 'vpce-1', State: 'active' as const }
    const gateway = { ...routed('rtb-private', [route]), vpcEndpoints: [endpoint('s3', { RouteTableIds: ['rtb-private'] })] }
    expect(why(gateway, 's3')).toBeUndefined()
    expect(why(gateway, 'dynamodb')).toContain('no route')
    expect(why({ ...gateway, vpcEndpoints: [endpoint('s3', { RouteTableIds: ['rtb-public'] })] }, 's3')).toContain('no route')
    const group = { GroupId: 'sg-s3', GroupName: 's3', IpPermissionsEgress: [tcp(443, { PrefixListIds: [{ PrefixListId: 'pl-s3' }] })] }
    const securityGroups = [...snapshot().securityGroups, group]
    expect(why({ ...gateway, securityGroups }, 's3', at('private', '10.0.0.5', 's3'))).toBeUndefined()
    expect(why({ ...gateway }, 's3', database)).toContain('no egress rule')
  })

  test('an endpoint with a policy of its own is refused', () => {
    const open = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] })
    expect(why({ ...isolated, vpcEndpoints: [named({ PolicyDocument: open })] })).toBeUndefined()
    const narrow = open.replace('"Action":"*"', '"Action":"ecr:*"')
    expect(() => why({ vpcEndpoints: [named({ PolicyDocument: narrow })] })).toThrow('does not implement the policy of VPC endpoint vpce-1')
  })
})
