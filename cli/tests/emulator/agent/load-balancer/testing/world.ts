import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ACMClient, RequestCertificateCommand } from '@aws-sdk/client-acm'
import * as ec2 from '@aws-sdk/client-ec2'
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2'
import { type Clock, systemClock } from '../../../../../src/system/clock.ts'
import { type Emulator, startEmulator } from '../../../emulator.ts'
import { createAuthority } from '../../certificates.ts'
import { loadNetwork } from '../../network/load.ts'
import { createNetwork } from '../../network/network.ts'
import type { AgentPorts, Authority, Clients, LoadBalancers } from '../../ports.ts'
import { createLoadBalancers } from '../load-balancers.ts'

const region = 'us-east-1'

/** Ten times as fast: the settings of a health check are whole seconds. */
const fastClock: Clock = { ...systemClock, sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / 10, signal) }

/** For tests only: an account with a VPC and a load balancer, and what serves it. */
export interface World {
  balancers: LoadBalancers
  clients: Clients
  authority: Authority
  dnsName: string
  balancerArn: string
  /** The group that the load balancer may reach on every port. */
  openGroup: string
  closedGroup: string
  subnetId: string
  listener(fields: Partial<elb.CreateListenerCommandInput>): Promise<string>
  targetGroup(name: string, fields?: Partial<elb.CreateTargetGroupCommandInput>, delaySeconds?: number): Promise<string>
  rule(listenerArn: string, priority: number, fields: Partial<elb.CreateRuleCommandInput>): Promise<string>
  certificate(...names: string[]): Promise<string>
  close(): Promise<void>
}

export const nothing: elb.Action = {
  Type: 'fixed-response',
  FixedResponseConfig: { StatusCode: '404', ContentType: 'text/plain', MessageBody: 'no such environment' },
}

export async function startWorld(): Promise<World> {
  const [emulator, folder] = await Promise.all([startEmulator(), mkdtemp(path.join(tmpdir(), 'devtool-balancer-'))])
  try {
    return await makeWorld(emulator, folder)
  } catch (error) {
    await emulator.stop()
    await rm(folder, { recursive: true })
    throw error
  }
}

async function makeWorld(emulator: Emulator, folder: string): Promise<World> {
  const settings = { region, endpoint: emulator.url, credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' } }
  const own = { ec2: new ec2.EC2Client(settings), elb: new elb.ElasticLoadBalancingV2Client(settings) }
  const acm = new ACMClient(settings)
  const clients = own as Pick<Clients, 'ec2' | 'elb'> as Clients
  const { subnets, groups } = await makeNetwork(own.ec2)
  const authority = await createAuthority(path.join(folder, 'authority'))
  const ports: Pick<AgentPorts, 'clients' | 'region' | 'endpoint' | 'authority' | 'network'> = {
    clients,
    region,
    endpoint: emulator.url,
    authority,
    network: async () => createNetwork(await loadNetwork(own.ec2)),
  }
  const balancers = createLoadBalancers({ ...ports, clock: fastClock })
  const made = await own.elb.send(
    new elb.CreateLoadBalancerCommand({ Name: 'shop', Subnets: subnets, SecurityGroups: [groups.balancer], Scheme: 'internet-facing' }),
  )
  const { LoadBalancerArn: balancerArn = '', DNSName: dnsName = '', VpcId } = made.LoadBalancers?.[0] ?? {}
  const Attributes = [
    { Key: 'idle_timeout.timeout_seconds', Value: '1' },
    { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
  ]
  await own.elb.send(new elb.ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: balancerArn, Attributes }))

  return {
    balancers,
    clients,
    authority,
    dnsName,
    balancerArn,
    openGroup: groups.open,
    closedGroup: groups.closed,
    subnetId: subnets[0] ?? '',
    async listener(fields) {
      const input = { LoadBalancerArn: balancerArn, Protocol: 'HTTP' as const, Port: 80, DefaultActions: [nothing], ...fields }
      return (await own.elb.send(new elb.CreateListenerCommand(input))).Listeners?.[0]?.ListenerArn ?? ''
    },
    async targetGroup(name, fields = {}, delaySeconds = 5) {
      const check = {
        HealthCheckPath: '/healthz',
        HealthCheckIntervalSeconds: 2,
        HealthCheckTimeoutSeconds: 1,
        Matcher: { HttpCode: '200-399' },
      }
      const thresholds = { HealthyThresholdCount: 2, UnhealthyThresholdCount: 2 }
      const input = {
        Name: name,
        VpcId,
        Protocol: 'HTTP' as const,
        Port: 80,
        TargetType: 'ip' as const,
        ...check,
        ...thresholds,
        ...fields,
      }
      const arn = (await own.elb.send(new elb.CreateTargetGroupCommand(input))).TargetGroups?.[0]?.TargetGroupArn ?? ''
      const delay = [{ Key: 'deregistration_delay.timeout_seconds', Value: String(delaySeconds) }]
      await own.elb.send(new elb.ModifyTargetGroupAttributesCommand({ TargetGroupArn: arn, Attributes: delay }))
      return arn
    },
    async rule(ListenerArn, Priority, fields) {
      const input = { ListenerArn, Priority, Conditions: [{ Field: 'path-pattern', Values: ['/*'] }], Actions: [nothing], ...fields }
      return (await own.elb.send(new elb.CreateRuleCommand(input))).Rules?.[0]?.RuleArn ?? ''
    },
    async certificate(DomainName = '', ...SubjectAlternativeNames) {
      const more = SubjectAlternativeNames.length === 0 ? {} : { SubjectAlternativeNames }
      return (await acm.send(new RequestCertificateCommand({ DomainName, ValidationMethod: 'DNS', ...more }))).CertificateArn ?? ''
    },
    async close() {
      await balancers.stop()
      for (const client of [own.ec2, own.elb, acm]) client.destroy()
      await emulator.stop()
      await rm(folder, { recursive: true })
    },
  }
}

async function makeNetwork(client: ec2.EC2Client) {
  const VpcId = (await client.send(new ec2.CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc?.VpcId ?? ''
  const subnet = async (CidrBlock: string, AvailabilityZone: string): Promise<string> =>
    (await client.send(new ec2.CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone }))).Subnet?.SubnetId ?? ''
  const subnets = [await subnet('10.0.0.0/24', 'us-east-1a'), await subnet('10.0.1.0/24', 'us-east-1b')]
  const group = async (name: string): Promise<string> =>
    (await client.send(new ec2.CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId }))).GroupId ?? ''
  const groups = { balancer: await group('balancer'), open: await group('open'), closed: await group('closed') }
  const UserIdGroupPairs = [{ GroupId: groups.balancer }]
  const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 65535, UserIdGroupPairs }]
  await client.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId: groups.open, IpPermissions }))
  return { subnets, groups }
}
