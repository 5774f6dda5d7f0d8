import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Loaded } from '../clients.ts'
import { unless } from '../errors.ts'
import type { Search } from './search.ts'
import { chunks, mapFew, owns, type Tags, type Thing, tagsOf } from './thing.ts'

type Elb = Loaded<ElasticLoadBalancingV2Client, typeof import('../sdk/elb.ts')>

interface Listener {
  arn: string
  loadBalancerArn: string
  port: number | undefined
}

/**
 * Load balancers, target groups, listeners and rules. The tagging API leaves listeners and rules out, so they are looked for on every load
 * balancer of the project: a preview's rules stand on the platform's.
 */
export async function loadBalancing({ aws, owner, tagged }: Search): Promise<Thing[]> {
  const elb = await aws.elb()
  const known = new Set((await tagged()).map(({ arn }) => arn))
  // A name of ours is cut at 32 characters but always begins with the project.
  const candidate = (name: string | undefined, arn: string | undefined): boolean =>
    name?.startsWith(`${owner.project}-`) === true || known.has(arn ?? '')

  const balancers: { arn: string; name: string; dns: string | undefined }[] = []
  const groups: { arn: string; name: string }[] = []
  const { client, sdk } = elb
  await Promise.all([
    (async () => {
      for await (const page of sdk.paginateDescribeLoadBalancers({ client }, {})) {
        for (const { LoadBalancerArn: arn = '', LoadBalancerName: name = '', DNSName: dns } of page.LoadBalancers ?? []) {
          if (candidate(name, arn)) balancers.push({ arn, name, dns })
        }
      }
    })(),
    (async () => {
      for await (const page of sdk.paginateDescribeTargetGroups({ client }, {})) {
        for (const { TargetGroupArn: arn = '', TargetGroupName: name = '' } of page.TargetGroups ?? []) {
          if (candidate(name, arn)) groups.push({ arn, name })
        }
      }
    })(),
  ])
  const tags = await readTags(
    elb,
    [...balancers, ...groups].map(({ arn }) => arn),
  )
  const ofProject = balancers.filter(({ arn }) => tags.get(arn)?.['devtool:project'] === owner.project)
  const listeners = (await mapFew(ofProject, ({ arn }) => readListeners(elb, arn))).flat()
  const rules = (await mapFew(listeners, ({ arn }) => readRules(elb, arn))).flat()
  for (const [arn, value] of await readTags(
    elb,
    [...listeners, ...rules].map(({ arn }) => arn),
  ))
    tags.set(arn, value)

  const ours = ({ arn }: { arn: string }): boolean => owns(owner, tags.get(arn))
  const Name = (arn: string): string => tags.get(arn)?.Name ?? arn.split('/').slice(1).join('/')
  return [
    ...balancers.filter(ours).map(({ arn, name, dns }) => ({ type: 'aws_lb', id: arn, name, attributes: { name, dns_name: dns } })),
    ...groups.filter(ours).map(({ arn, name }) => ({ type: 'aws_lb_target_group', id: arn, name, attributes: { name } })),
    ...listeners.filter(ours).map(({ arn, loadBalancerArn, port }) => ({
      type: 'aws_lb_listener',
      id: arn,
      name: Name(arn),
      attributes: { load_balancer_arn: loadBalancerArn, port },
    })),
    ...rules.filter(ours).map(({ arn, listenerArn, priority }) => ({
      type: 'aws_lb_listener_rule',
      id: arn,
      name: Name(arn),
      attributes: { listener_arn: listenerArn, priority },
    })),
  ]
}

async function readListeners({ client, sdk }: Elb, loadBalancerArn: string): Promise<Listener[]> {
  const found: Listener[] = []
  await unless(['LoadBalancerNotFoundException', 'LoadBalancerNotFound'], async () => {
    for await (const page of sdk.paginateDescribeListeners({ client }, { LoadBalancerArn: loadBalancerArn })) {
      for (const { ListenerArn: arn = '', Port: port } of page.Listeners ?? []) found.push({ arn, loadBalancerArn, port })
    }
  })
  return found
}

async function readRules({ client, sdk }: Elb, listenerArn: string): Promise<{ arn: string; listenerArn: string; priority: string }[]> {
  const found: { arn: string; listenerArn: string; priority: string }[] = []
  await unless(['ListenerNotFoundException', 'ListenerNotFound'], async () => {
    for await (const page of sdk.paginateDescribeRules({ client }, { ListenerArn: listenerArn })) {
      for (const { RuleArn: arn = '', Priority: priority = '', IsDefault: fallback } of page.Rules ?? []) {
        if (fallback !== true) found.push({ arn, listenerArn, priority })
      }
    }
  })
  return found
}

/** `DescribeTags` takes twenty, and fails for all when one is gone by then. */
async function readTags({ client, sdk }: Elb, arns: readonly string[]): Promise<Map<string, Tags>> {
  const gone = ['LoadBalancerNotFound', 'TargetGroupNotFound', 'ListenerNotFound', 'RuleNotFound'].flatMap((code) => [
    code,
    `${code}Exception`,
  ])
  const read = async (some: readonly string[]): Promise<(readonly [string, Tags])[]> => {
    const reply = await unless(gone, () => client.send(new sdk.DescribeTagsCommand({ ResourceArns: [...some] })))
    if (reply === undefined) return some.length === 1 ? [] : (await mapFew(some, (arn) => read([arn]))).flat()
    return (reply.TagDescriptions ?? []).map(({ ResourceArn: arn, Tags: tags }) => [arn ?? '', tagsOf(tags)] as const)
  }
  return new Map((await mapFew(chunks(arns, 20), read)).flat())
}
