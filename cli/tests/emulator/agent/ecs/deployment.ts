import type { Deployment as DeploymentAnswer, ServiceEvent, TaskDefinition } from '@aws-sdk/client-ecs'
import type { Revision, ServiceOverlay, ServiceSettings } from './model.ts'
import type { Counts } from './rollout.ts'
import type { RunningTask } from './task.ts'

export interface Deployment {
  id: string
  status: 'PRIMARY' | 'ACTIVE'
  revision: Revision
  definition: TaskDefinition
  createdAt: Date
  updatedAt: Date
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED'
  rolloutStateReason: string
  /** Of this deployment, also those that have stopped. */
  tasks: Member[]
  failedTasks: number
  /** Failed tasks since the last one that became healthy. */
  failuresInARow: number
  /** Not before this are tasks started, after failures. */
  startAfter: number
}

export interface Member {
  task: RunningTask
  /** It was healthy once. */
  proven: boolean
  /** What the scheduler found wrong with it. */
  fault?: string
  counted?: boolean
  /** Somebody looks again when its grace period is over. */
  watched?: boolean
}

export function newDeployment(id: string, revision: Revision, definition: TaskDefinition, now: Date): Deployment {
  return {
    id,
    status: 'PRIMARY',
    revision,
    definition,
    createdAt: now,
    updatedAt: now,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    tasks: [],
    failedTasks: 0,
    failuresInARow: 0,
    startAfter: 0,
  }
}

/** Tasks that run or are on their way there. */
export function liveOf(deployment: Deployment): Member[] {
  return deployment.tasks.filter(({ task }) => task.view().desiredStatus !== 'STOPPED')
}

export function isReady(member: Member): boolean {
  return member.proven && member.task.healthy()
}

export function countsOf(deployments: readonly Deployment[]): Counts {
  const live = deployments.flatMap(liveOf)
  return { live: live.length, ready: live.filter(isReady).length }
}

/** Tasks that have not stopped altogether. */
export function remaining(deployment: Deployment): Member[] {
  return deployment.tasks.filter(({ task }) => task.view().lastStatus !== 'STOPPED')
}

export function describeDeployment(deployment: Deployment, desired: number): DeploymentAnswer {
  const { revision } = deployment
  const { placement } = revision
  const live = liveOf(deployment)
  const running = live.filter(({ task }) => task.view().lastStatus === 'RUNNING').length
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: revision.taskDefinition,
    desiredCount: deployment.status === 'PRIMARY' ? desired : live.length,
    runningCount: running,
    pendingCount: live.length - running,
    failedTasks: deployment.failedTasks,
    createdAt: deployment.createdAt,
    updatedAt: deployment.updatedAt,
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
    platformVersion: '1.4.0',
    platformFamily: 'Linux',
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: placement.subnetIds,
        securityGroups: placement.securityGroupIds,
        assignPublicIp: placement.publicAddress ? 'ENABLED' : 'DISABLED',
      },
    },
    ...(revision.launchType === undefined ? {} : { launchType: revision.launchType as 'FARGATE' }),
    ...(revision.capacityProvider === undefined
      ? {}
      : { capacityProviderStrategy: [{ capacityProvider: revision.capacityProvider, weight: 1, base: 0 }] }),
  }
}

export interface ServiceFacts {
  settings: ServiceSettings
  deployments: readonly Deployment[]
  /** Newest first. */
  events: readonly ServiceEvent[]
  removing: boolean
}

/** What is true of a service, in the words of DescribeServices. */
export function describeService({ settings, deployments, events, removing }: ServiceFacts): ServiceOverlay {
  const primary = deployments.find(({ status }) => status === 'PRIMARY')
  const left = deployments.flatMap(remaining).map(({ task }) => task.view())
  const live = deployments.flatMap(liveOf).map(({ task }) => task.view())
  return {
    status: !removing ? 'ACTIVE' : left.length > 0 ? 'DRAINING' : 'INACTIVE',
    desiredCount: removing ? 0 : settings.desiredCount,
    runningCount: left.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingCount: live.filter(({ lastStatus }) => lastStatus !== 'RUNNING').length,
    taskDefinition: primary?.revision.taskDefinition ?? settings.revision.taskDefinition,
    deployments: deployments
      .toSorted((left, right) => Number(right.status === 'PRIMARY') - Number(left.status === 'PRIMARY'))
      .map((deployment) => describeDeployment(deployment, settings.desiredCount)),
    events: [...events],
  }
}

/** Stopped tasks stay visible, as with ECS; not for ever. */
const STOPPED_TASKS = 100

export function byAge(left: Deployment, right: Deployment): number {
  return left.createdAt.getTime() - right.createdAt.getTime()
}

/** What has ended and is counted tells a deployment nothing any more. */
export function isNeeded({ task, counted }: Member): boolean {
  const view = task.view()
  return (
    view.lastStatus !== 'STOPPED' ||
    (counted !== true && view.stopCode !== 'UserInitiated' && view.stopCode !== 'ServiceSchedulerInitiated')
  )
}

export function withoutOldest(tasks: RunningTask[]): RunningTask[] {
  const stopped = tasks.filter((task) => task.view().lastStatus === 'STOPPED')
  const dropped = new Set(stopped.slice(0, Math.max(0, stopped.length - STOPPED_TASKS)))
  return tasks.filter((task) => !dropped.has(task))
}
