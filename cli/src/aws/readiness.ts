import type { Service } from '@aws-sdk/client-ecs'
import type { Aws } from './clients.ts'
import { attempting, unless } from './errors.ts'
import { currentDeployment, judge, type ServiceState, type TargetCounts } from './readiness-rules.ts'
import { lastLines, stoppedTasks } from './stopped-tasks.ts'

/** Where a service of an environment is; what the rendered root gives as output `services`. */
export interface WatchedService {
  name: string
  /** Name or ARN. */
  cluster: string
  service: string
  targetGroupArn: string | null
  logGroup: string
  logStreamPrefix: string
  /** ARN of the task definition that was just applied, where known: a rollback to another one is then a failure. */
  taskDefinition?: string
}

/** `DescribeServices` takes ten. */
const BATCH = 10

/**
 * One look at every service, to be repeated until all are `ready` or one is `failed`. Asks ECS and the load balancer, never the URL: a
 * target group with only unhealthy targets answers all the same ("fails open", ELB user guide, target-group-health-checks). Log lines are
 * read for failed services only.
 */
export async function serviceStates(aws: Aws, services: readonly WatchedService[]): Promise<ServiceState[]> {
  return attempting('look at the services', async () => {
    const found = await describe(aws, services)
    return Promise.all(
      services.map(async (watched) => {
        const service = found.get(watched)
        const [stopped, targets] = await Promise.all([
          service === undefined || isSteady(service) ? [] : stoppedTasks(aws, watched, currentDeployment(service)?.id),
          watched.targetGroupArn === null ? null : targetCounts(aws, watched.targetGroupArn),
        ])
        const state = judge({ name: watched.name, expected: watched.taskDefinition, service, stopped, targets })
        return state.status === 'failed' ? { ...state, lastLines: await lastLines(aws, watched, stopped) } : state
      }),
    )
  })
}

/** All tasks of the current deployment run: those that ended on the way there tell nothing any more. */
function isSteady(service: Service): boolean {
  const deployment = currentDeployment(service)
  return deployment?.rolloutState === 'COMPLETED' && deployment.runningCount === deployment.desiredCount
}

async function describe(aws: Aws, services: readonly WatchedService[]): Promise<Map<WatchedService, Service>> {
  const { client, sdk } = await aws.ecs()
  const found = new Map<WatchedService, Service>()
  for (const cluster of new Set(services.map((watched) => watched.cluster))) {
    const here = services.filter((watched) => watched.cluster === cluster)
    for (let start = 0; start < here.length; start += BATCH) {
      const batch = here.slice(start, start + BATCH)
      const command = new sdk.DescribeServicesCommand({ cluster, services: batch.map(({ service }) => service) })
      const reply = await unless(['ClusterNotFoundException'], () => client.send(command))
      for (const watched of batch) {
        const service = reply?.services?.find((each) => each.serviceName === watched.service || each.serviceArn === watched.service)
        if (service !== undefined && service.status !== 'INACTIVE') found.set(watched, service)
      }
    }
  }
  return found
}

async function targetCounts(aws: Aws, targetGroupArn: string): Promise<TargetCounts> {
  const { client, sdk } = await aws.elb()
  const counts: TargetCounts = { healthy: 0, waiting: 0, reason: null }
  const reply = await unless(['TargetGroupNotFoundException', 'TargetGroupNotFound'], () =>
    client.send(new sdk.DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn })),
  )
  for (const { TargetHealth: health } of reply?.TargetHealthDescriptions ?? []) {
    if (health?.State === 'healthy') counts.healthy += 1
    else if (health?.State !== 'draining' && health?.State !== 'unhealthy.draining') {
      counts.waiting += 1
      counts.reason = health?.Description ?? health?.Reason ?? counts.reason
    }
  }
  return counts
}
