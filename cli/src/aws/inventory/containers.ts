import type { ECSClient, Tag } from '@aws-sdk/client-ecs'
import type { Loaded } from '../clients.ts'
import { unless } from '../errors.ts'
import type { Search } from './search.ts'
import { chunks, isNamed, mapFew, type Owner, owns, type Tags, type Thing } from './thing.ts'

type Ecs = Loaded<ECSClient, typeof import('../sdk/ecs.ts')>

/** Clusters, services and active task definitions. What ECS calls INACTIVE is gone, though it stays listed and tagged. */
export async function loadContainers({ aws, owner, tagged }: Search): Promise<Thing[]> {
  const ecs = await aws.ecs()
  const known = (await tagged()).filter(({ service }) => service === 'ecs').map(({ arn }) => arn)
  const [clusters, definitions] = await Promise.all([readClusters(ecs), readDefinitions(ecs, owner, known)])
  const ofProject = clusters.filter(({ tags }) => tags['devtool:project'] === owner.project)
  const services = (await mapFew(ofProject, ({ arn }) => readServices(ecs, arn, owner, known))).flat()
  return [...clusters.filter(({ tags }) => owns(owner, tags)).flatMap(clusterThings), ...services, ...definitions]
}

interface Cluster {
  arn: string
  name: string
  tags: Tags
  providers: string[]
}

function clusterThings({ name, providers }: Cluster): Thing[] {
  const cluster: Thing = { type: 'aws_ecs_cluster', id: name, name, attributes: { name } }
  if (providers.length === 0) return [cluster]
  return [cluster, { type: 'aws_ecs_cluster_capacity_providers', id: name, name, attributes: { cluster_name: name }, part: true }]
}

async function readClusters({ client, sdk }: Ecs): Promise<Cluster[]> {
  const arns: string[] = []
  for await (const page of sdk.paginateListClusters({ client }, {})) arns.push(...(page.clusterArns ?? []))
  const pages = await mapFew(chunks(arns, 100), (some) =>
    client.send(new sdk.DescribeClustersCommand({ clusters: some, include: ['TAGS'] })),
  )
  return pages
    .flatMap(({ clusters }) => clusters ?? [])
    .filter(({ status }) => status !== 'INACTIVE')
    .map((cluster) => ({
      arn: cluster.clusterArn ?? '',
      name: cluster.clusterName ?? '',
      tags: lowerTags(cluster.tags),
      providers: cluster.capacityProviders ?? [],
    }))
}

async function readServices({ client, sdk }: Ecs, cluster: string, owner: Owner, known: readonly string[]): Promise<Thing[]> {
  const arns: string[] = []
  await unless(['ClusterNotFoundException'], async () => {
    for await (const page of sdk.paginateListServices({ client, pageSize: 100 }, { cluster })) arns.push(...(page.serviceArns ?? []))
  })
  const nameOf = (arn: string): string => arn.split('/').at(-1) ?? ''
  const candidates = arns.filter((arn) => isNamed(owner, nameOf(arn)) || known.includes(arn))
  const pages = await mapFew(chunks(candidates, 10), (services) =>
    client.send(new sdk.DescribeServicesCommand({ cluster, services, include: ['TAGS'] })),
  )
  return pages
    .flatMap(({ services }) => services ?? [])
    .filter((service) => service.status !== 'INACTIVE' && owns(owner, lowerTags(service.tags)))
    .map((service) => ({
      type: 'aws_ecs_service',
      id: `${nameOf(service.clusterArn ?? cluster)}/${service.serviceName}`,
      name: service.serviceName ?? '',
      attributes: { name: service.serviceName },
      ...(service.status === 'ACTIVE' ? {} : { leaving: true as const }),
    }))
}

async function readDefinitions({ client, sdk }: Ecs, owner: Owner, known: readonly string[]): Promise<Thing[]> {
  const families: string[] = []
  const prefix = `${owner.project}-${owner.environment}`
  for await (const page of sdk.paginateListTaskDefinitionFamilies({ client }, { familyPrefix: prefix, status: 'ACTIVE' })) {
    families.push(...(page.families ?? []).filter((family) => isNamed(owner, family)))
  }
  const arns = new Set(known.filter((arn) => arn.includes(':task-definition/')))
  await mapFew(families, async (family) => {
    for await (const page of sdk.paginateListTaskDefinitions({ client }, { familyPrefix: family, status: 'ACTIVE' })) {
      for (const arn of page.taskDefinitionArns ?? []) arns.add(arn)
    }
  })
  const things = await mapFew([...arns], async (taskDefinition): Promise<Thing[]> => {
    const command = new sdk.DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] })
    const reply = await unless(['ClientException'], () => client.send(command))
    const family = reply?.taskDefinition?.family ?? ''
    if (reply?.taskDefinition?.status !== 'ACTIVE' || !owns(owner, lowerTags(reply.tags))) return []
    return [{ type: 'aws_ecs_task_definition', id: taskDefinition, name: family, attributes: { family } }]
  })
  return things.flat()
}

function lowerTags(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ key, value }) => [key ?? '', value ?? '']))
}
