import type {
  TargetGroup as AppliedGroup,
  Listener as AppliedListener,
  LoadBalancer,
  Rule,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Interface } from '../ports.ts'
import type { Balancer, Listener, TargetGroup } from './model.ts'
import { readRules } from './read-rules.ts'

/** Attributes as the API gives them, defaults left out. */
export type Attributes = Readonly<Record<string, string | undefined>>

/** Attributes that change what a request meets, and what of each the emulator does. */
const BALANCER: Readonly<Record<string, string>> = {
  'routing.http.xff_header_processing.mode': 'append',
  'routing.http.xff_client_port.enabled': 'false',
  'routing.http.preserve_host_header.enabled': 'false',
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': 'false',
}
const GROUP: Readonly<Record<string, string>> = {
  'stickiness.enabled': 'false',
  'slow_start.duration_seconds': '0',
  'load_balancing.algorithm.type': 'round_robin',
}

function refuseOthers(attributes: Attributes, implemented: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(implemented)) {
    const given = attributes[key] ?? value
    if (given !== value) throw new Error(`the emulator does not implement ${key} = ${given}`)
  }
}

/** Each reader throws on what is not implemented, and names it. */
export function readBalancer(balancer: LoadBalancer, attributes: Attributes, addressIn: (subnetId: string) => string): Balancer {
  if (balancer.Type !== 'application') throw new Error(`the emulator does not implement load balancers of type ${balancer.Type}`)
  refuseOthers(attributes, BALANCER)
  const node = ({ SubnetId = '' }): Interface => ({
    address: addressIn(SubnetId),
    subnetId: SubnetId,
    securityGroupIds: balancer.SecurityGroups ?? [],
    publicAddress: balancer.Scheme === 'internet-facing',
  })
  return {
    arn: balancer.LoadBalancerArn ?? '',
    dnsName: balancer.DNSName ?? '',
    scheme: balancer.Scheme ?? '',
    nodes: (balancer.AvailabilityZones ?? []).map(node),
    idleTimeoutMs: Number(attributes['idle_timeout.timeout_seconds'] ?? 60) * 1000,
    dropsInvalidHeaders: attributes['routing.http.drop_invalid_header_fields.enabled'] === 'true',
  }
}

export function readListener(listener: AppliedListener, rules: readonly Rule[], balancer: Balancer, certificates: string[][]): Listener {
  const { ListenerArn: arn = '', Protocol, Port: port = 0, SslPolicy = '' } = listener
  if (Protocol !== 'HTTP' && Protocol !== 'HTTPS') throw new Error(`the emulator does not implement listeners for ${Protocol}`)
  const read = { arn, balancer, port, rules: readRules(rules, arn) }
  if (Protocol === 'HTTP') return read
  if (certificates.length === 0) throw new Error('a listener for HTTPS has no certificate')
  return { ...read, tls: { version: SslPolicy.startsWith('ELBSecurityPolicy-TLS13-1-3-') ? 'TLSv1.3' : 'TLSv1.2', certificates } }
}

export function readGroup(group: AppliedGroup, attributes: Attributes): TargetGroup {
  const { Protocol, ProtocolVersion = 'HTTP1', TargetType, HealthCheckProtocol, HealthCheckEnabled } = group
  if (Protocol !== 'HTTP' || ProtocolVersion !== 'HTTP1')
    throw new Error(`the emulator does not implement targets for ${Protocol} ${ProtocolVersion}`)
  if (TargetType !== 'ip') throw new Error(`the emulator does not implement targets of type ${TargetType}`)
  if (HealthCheckProtocol !== 'HTTP' || HealthCheckEnabled === false) {
    throw new Error(`the emulator does not implement health checks by ${HealthCheckEnabled === false ? 'nothing' : HealthCheckProtocol}`)
  }
  refuseOthers(attributes, GROUP)
  const port = group.HealthCheckPort ?? 'traffic-port'
  return {
    arn: group.TargetGroupArn ?? '',
    delayMs: Number(attributes['deregistration_delay.timeout_seconds'] ?? 300) * 1000,
    check: {
      path: group.HealthCheckPath ?? '/',
      ...(port === 'traffic-port' ? {} : { port: Number(port) }),
      intervalMs: (group.HealthCheckIntervalSeconds ?? 30) * 1000,
      timeoutMs: (group.HealthCheckTimeoutSeconds ?? 5) * 1000,
      healthyAfter: group.HealthyThresholdCount ?? 5,
      unhealthyAfter: group.UnhealthyThresholdCount ?? 2,
      codes: group.Matcher?.HttpCode ?? '200',
    },
  }
}
