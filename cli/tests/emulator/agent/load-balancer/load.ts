import { ACMClient, DescribeCertificateCommand } from '@aws-sdk/client-acm'
import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2'
import {
  type Listener as AppliedListener,
  DescribeListenerCertificatesCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { addressIn } from '../network/addresses.ts'
import type { AgentPorts } from '../ports.ts'
import type { Applied, Balancer, Listener } from './model.ts'
import { type Attributes, readBalancer, readGroup, readListener } from './read.ts'

type Ports = Pick<AgentPorts, 'clients' | 'region' | 'endpoint'>

/** Reads the load balancers, listeners and target groups that were applied. What is not implemented is left out and said in `refused`. */
export async function loadApplied(ports: Ports): Promise<Applied> {
  const { elb, ec2 } = ports.clients
  const [{ LoadBalancers = [] }, { TargetGroups = [] }, { Subnets = [] }] = await Promise.all([
    elb.send(new DescribeLoadBalancersCommand({})),
    elb.send(new DescribeTargetGroupsCommand({})),
    ec2.send(new DescribeSubnetsCommand({})),
  ])
  const applied: Applied = { balancers: [], listeners: [], groups: [], refused: [] }
  const unless = <Value>(name: string, read: () => Value): Value[] => {
    try {
      return [read()]
    } catch (error) {
      applied.refused.push(`${name}: ${error instanceof Error ? error.message : error}`)
      return []
    }
  }

  for (const group of TargetGroups) {
    const { Attributes = [] } = await elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: group.TargetGroupArn }))
    applied.groups.push(...unless(group.TargetGroupArn ?? '', () => readGroup(group, asRecord(Attributes))))
  }
  for (const [index, balancer] of LoadBalancers.entries()) {
    const { Attributes = [] } = await elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: balancer.LoadBalancerArn }))
    // counted from the end of the subnet, where tasks do not get theirs
    const address = (id: string): string => addressIn(Subnets.find(({ SubnetId }) => SubnetId === id)?.CidrBlock ?? '', -5 - index)
    const name = balancer.LoadBalancerArn ?? ''
    applied.balancers.push(...unless(name, () => readBalancer(balancer, asRecord(Attributes), address)))
  }
  for (const balancer of applied.balancers) {
    const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn: balancer.arn }))
    for (const listener of Listeners) applied.listeners.push(...(await loadListener(ports, listener, balancer, unless)))
  }
  return applied
}

function asRecord(attributes: readonly { Key?: string | undefined; Value?: string | undefined }[]): Attributes {
  return Object.fromEntries(attributes.map(({ Key = '', Value }) => [Key, Value]))
}

async function loadListener(
  ports: Ports,
  listener: AppliedListener,
  balancer: Balancer,
  unless: (name: string, read: () => Listener) => Listener[],
): Promise<Listener[]> {
  const { ListenerArn, Protocol } = listener
  const { Rules = [] } = await ports.clients.elb.send(new DescribeRulesCommand({ ListenerArn }))
  const certificates = Protocol === 'HTTPS' ? await loadCertificates(ports, ListenerArn) : []
  return unless(ListenerArn ?? '', () => readListener(listener, Rules, balancer, certificates))
}

/** The names of each certificate, of the default one first. */
async function loadCertificates({ clients, region, endpoint }: Ports, ListenerArn: string | undefined): Promise<string[][]> {
  const { Certificates = [] } = await clients.elb.send(new DescribeListenerCertificatesCommand({ ListenerArn }))
  const acm = new ACMClient({ region, endpoint, credentials: clients.elb.config.credentials })
  try {
    const sorted = Certificates.toSorted((one, other) => Number(other.IsDefault === true) - Number(one.IsDefault === true))
    return await Promise.all(
      sorted.map(async ({ CertificateArn }) => {
        const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn }))
        return [...new Set([Certificate?.DomainName ?? '', ...(Certificate?.SubjectAlternativeNames ?? [])])]
      }),
    )
  } finally {
    acm.destroy()
  }
}
