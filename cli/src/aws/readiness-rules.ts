import type { Deployment, Service } from '@aws-sdk/client-ecs'

export interface ServiceState {
  name: string
  status: 'ready' | 'pending' | 'failed'
  desired: number
  running: number
  /** Why it is not ready; `null` when it is. One line. */
  reason: string | null
  /** The newest log lines of what failed, oldest first; empty otherwise. */
  lastLines: string[]
}

/** Targets of a target group that are not on their way out. */
export interface TargetCounts {
  healthy: number
  /** Registered, and not (yet) healthy. */
  waiting: number
  /** What the load balancer says about one of the waiting. */
  reason: string | null
}

/** A task of the current deployment that ended. */
export interface StoppedTask {
  id: string
  reason: string
  containers: { name: string; exitCode: number | null; reason: string | null }[]
}

export interface Observation {
  name: string
  /** The task definition that should run, where known. */
  expected: string | undefined
  service: Service | undefined
  /** Newest first. */
  stopped: StoppedTask[]
  /** `null` for a worker. */
  targets: TargetCounts | null
}

/** So many ended tasks of one deployment are a crash loop; one or two may be a lost Spot instance or a slow database. */
const CRASHES = 3

/**
 * What an observation means.
 *
 * Ready: the primary deployment is complete (ECS says so only after the load balancer's checks passed), runs what was asked for, and no
 * registered target is waiting. A routed service without any registered target is trusted to ECS, because the emulator registers none.
 *
 * Failed, without waiting for a timeout: the rollout failed or was rolled back; an image that cannot be pulled or a secret that cannot be
 * read; a container that had to succeed first (migrations) did not; or `CRASHES` tasks of this deployment ended.
 */
export function judge(observation: Observation): ServiceState {
  const { name, service, targets } = observation
  const primary = service?.deployments?.find(({ status }) => status === 'PRIMARY')
  const desired = primary?.desiredCount ?? service?.desiredCount ?? 0
  const running = primary?.runningCount ?? service?.runningCount ?? 0
  const state = (status: ServiceState['status'], reason: string | null): ServiceState => ({
    name,
    status,
    desired,
    running,
    reason,
    lastLines: [],
  })
  // Said of a service made a moment ago too; the caller's time limit ends it.
  if (service === undefined) return state('pending', 'there is no such service in the cluster')

  const failure = rolloutFailure(observation, primary) ?? stoppedFailure(observation.stopped)
  if (failure !== undefined) return state('failed', failure)
  if (primary?.rolloutState !== undefined && primary.rolloutState !== 'COMPLETED') return state('pending', waitingFor(observation, primary))
  if (running < desired || (primary?.pendingCount ?? 0) > 0) return state('pending', waitingFor(observation, primary))
  if (targets !== null && desired > 0 && targets.waiting > 0) {
    return state('pending', `${targets.healthy} of ${targets.healthy + targets.waiting} targets healthy${because(targets.reason)}`)
  }
  return state('ready', null)
}

/**
 * The deployment that answers for the last apply: the primary one, or the failed one that a rollback is replacing. A failed deployment
 * beside an ordinary primary is left from an earlier apply.
 */
export function currentDeployment(service: Service): Deployment | undefined {
  const primary = service.deployments?.find(({ status }) => status === 'PRIMARY')
  if (!isRollback(primary)) return primary
  return service.deployments?.find(({ rolloutState }) => rolloutState === 'FAILED') ?? primary
}

/** "ECS deployment circuit breaker: rolling back to deploymentId ..." (ECS developer guide, deployment-circuit-breaker). */
function isRollback(deployment: Deployment | undefined): boolean {
  return /rolling back/i.test(deployment?.rolloutStateReason ?? '')
}

function rolloutFailure({ service, expected, stopped }: Observation, primary: Deployment | undefined): string | undefined {
  const detail = stopped[0] === undefined ? '' : `: ${describeTask(stopped[0])}`
  const current = service === undefined ? undefined : currentDeployment(service)
  // Also the deployment that a rollback replaces.
  if (current?.rolloutState === 'FAILED') return `${trim(current.rolloutStateReason ?? 'the deployment failed')}${detail}`
  if (isRollback(primary)) return `${trim(primary?.rolloutStateReason ?? '')}${detail}`
  if (expected !== undefined && primary !== undefined && primary.taskDefinition !== expected) {
    return `it runs ${tail(primary.taskDefinition)} and not ${tail(expected)}: the deployment was rolled back`
  }
  return undefined
}

function stoppedFailure(stopped: readonly StoppedTask[]): string | undefined {
  for (const task of stopped) {
    if (/CannotPull\w*Error|ImageNotFound|ResourceInitializationError/i.test(task.reason)) return trim(task.reason)
    const pull = task.containers.find(({ reason }) => /CannotPull\w*Error|ResourceInitializationError/i.test(reason ?? ''))
    if (pull !== undefined) return `container ${pull.name}: ${trim(pull.reason ?? '')}`
    const migrations = task.containers.find((container) => container.name === 'migrations' && (container.exitCode ?? 0) !== 0)
    if (migrations !== undefined) return `the migrations failed: ${exitOf(migrations)}`
  }
  const newest = stopped[0]
  if (newest === undefined || stopped.length < CRASHES) return undefined
  return `${stopped.length} tasks ended: ${describeTask(newest)}`
}

function waitingFor({ stopped, service, targets }: Observation, primary: Deployment | undefined): string {
  const newest = stopped[0]
  const since = primary?.createdAt?.getTime() ?? 0
  const event = service?.events?.find(
    ({ message, createdAt }) => (createdAt?.getTime() ?? 0) >= since && /unable|unhealthy|failed/i.test(message ?? ''),
  )
  if (event?.message !== undefined) return trim(event.message)
  if (newest !== undefined) return `a task ended: ${describeTask(newest)}`
  if (targets !== null && targets.waiting > 0) return `targets are not healthy yet${because(targets.reason)}`
  return `${primary?.runningCount ?? 0} of ${primary?.desiredCount ?? 0} tasks running`
}

function describeTask(task: StoppedTask): string {
  const failed = task.containers.find(({ exitCode, reason }) => (exitCode ?? 0) !== 0 || reason !== null)
  return failed === undefined ? trim(task.reason) : `${trim(task.reason)} (${exitOf(failed)})`
}

function exitOf(container: StoppedTask['containers'][number]): string {
  const end = container.exitCode === null ? 'did not start' : `ended with exit code ${container.exitCode}`
  return `container ${container.name} ${end}${because(container.reason)}`
}

function because(reason: string | null | undefined): string {
  return reason === null || reason === undefined || reason === '' ? '' : `: ${trim(reason)}`
}

function trim(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\.$/, '').trim().slice(0, 500)
}

function tail(arn: string | undefined): string {
  return arn?.split('/').at(-1) ?? 'nothing'
}
