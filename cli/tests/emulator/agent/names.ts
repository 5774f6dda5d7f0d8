import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import {
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandInput,
  type ListResourceRecordSetsCommandOutput,
  paginateListHostedZones,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53'

/** Which names lead to which load balancer, as Route 53 has them. */
export interface Names {
  /** The DNS name of the load balancer behind a name; undefined if none is. */
  target(host: string): string | undefined
  /** Every name that is known to lead to that load balancer: those of the records, and for a wildcard those that a rule asks for. */
  of(loadBalancerDnsName: string): string[]
}

interface Alias {
  name: string
  target: string
}

export async function loadNames(route53: Route53Client, elb: ElasticLoadBalancingV2Client): Promise<Names> {
  const [aliases, hosts] = await Promise.all([loadAliases(route53), loadHosts(elb)])
  const wildcards = aliases.filter(({ name }) => name.startsWith('*.'))
  const exact = aliases.filter(({ name }) => !name.startsWith('*.'))
  const target = (host: string): string | undefined => {
    const asked = canonical(host)
    const found = exact.find(({ name }) => name === asked) ?? wildcards.find(({ name }) => asked.endsWith(name.slice(1)))
    return found?.target
  }
  return {
    target,
    of: (dnsName) => [...new Set([...exact.map(({ name }) => name), ...hosts])].filter((name) => target(name) === canonical(dnsName)),
  }
}

async function loadAliases(client: Route53Client): Promise<Alias[]> {
  const aliases: Alias[] = []
  for await (const zones of paginateListHostedZones({ client }, {})) {
    for (const { Id } of zones.HostedZones ?? []) {
      for (const { Name = '', AliasTarget } of await recordsOf(client, Id)) {
        // an asterisk is stored in octal
        if (AliasTarget?.DNSName !== undefined)
          aliases.push({ name: canonical(Name.replace('\\052', '*')), target: canonical(AliasTarget.DNSName) })
      }
    }
  }
  return aliases
}

async function recordsOf(client: Route53Client, HostedZoneId: string | undefined): Promise<ResourceRecordSet[]> {
  const records: ResourceRecordSet[] = []
  let next: { StartRecordName?: string | undefined; StartRecordType?: ResourceRecordSet['Type'] } | undefined = {}
  while (next !== undefined) {
    const page: ListResourceRecordSetsCommandOutput = await client.send(
      new ListResourceRecordSetsCommand({ HostedZoneId, ...next } as ListResourceRecordSetsCommandInput),
    )
    records.push(...(page.ResourceRecordSets ?? []))
    next = page.IsTruncated === true ? { StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType } : undefined
  }
  return records
}

async function loadHosts(client: ElasticLoadBalancingV2Client): Promise<string[]> {
  const { LoadBalancers = [] } = await client.send(new DescribeLoadBalancersCommand({}))
  const hosts: string[] = []
  for (const { LoadBalancerArn } of LoadBalancers) {
    const { Listeners = [] } = await client.send(new DescribeListenersCommand({ LoadBalancerArn }))
    for (const { ListenerArn } of Listeners) {
      const { Rules = [] } = await client.send(new DescribeRulesCommand({ ListenerArn }))
      const conditions = Rules.flatMap(({ Conditions = [] }) => Conditions).filter(({ Field }) => Field === 'host-header')
      hosts.push(...conditions.flatMap(({ Values = [], HostHeaderConfig }) => HostHeaderConfig?.Values ?? Values))
    }
  }
  return hosts.filter((host) => !/[*?]/.test(host)).map(canonical)
}

function canonical(name: string): string {
  return name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^dualstack\./, '')
}
