import { isDeepStrictEqual } from 'node:util'
import type { ServiceEvent, TaskDefinition } from '@aws-sdk/client-ecs'
import type { Clock } from '../../../../src/system/clock.ts'
import type { Random } from '../../../../src/system/random.ts'
import {
  byAge,
  countsOf,
  type Deployment,
  describeService,
  isNeeded,
  isReady,
  liveOf,
  type Member,
  newDeployment,
  remaining,
  withoutOldest,
} from './deployment.ts'
import type { Revision, ServiceOverlay, ServiceSettings, TaskSpec } from './model.ts'
import { failureThreshold, LIMITS, type Limits, nextStep } from './rollout.ts'
import { changes } from './signal.ts'
import type { RunningTask } from './task.ts'

export interface ServicePorts {
  clock: Clock
  random: Random
  start(spec: TaskSpec, changed: () => void): RunningTask
  /** The task of one deployment. */
  specOf(settings: ServiceSettings, deployment: Deployment): TaskSpec
  limits?: Partial<Limits>
}

export interface EcsService {
  settings(): ServiceSettings
  /** Makes it what was asked for; `fault` says what this emulator or Fargate cannot do of it. */
  apply(settings: ServiceSettings, definition: TaskDefinition, options: { force: boolean; fault: string | undefined }): void
  /** Looks at everything again: a target's health has changed. */
  wake(): void
  view(): ServiceOverlay
  tasks(): RunningTask[]
  /** Drains it; resolves when no task is left. */
  remove(): Promise<void>
  /** Ends its tasks at once: the emulator itself ends. */
  abandon(): Promise<void>
}

const EVENTS = 100

/** The deployment controller of one service: closes in on what was asked for whenever something changes; while nothing does it does nothing. */
export function runService(ports: ServicePorts, first: ServiceSettings): EcsService {
  const limits = { ...LIMITS, ...ports.limits }
  const { clock } = ports
  const events: ServiceEvent[] = []
  const moved = changes()
  const over = new AbortController()
  let settings = first
  let asked: Revision | undefined
  let deployments: Deployment[] = []
  let begun: RunningTask[] = []
  let lastCompleted: Deployment | undefined
  let removing = false
  let looking = false
  let again = false

  const now = (): number => clock.now().getTime()
  const say = (what: string): void => {
    events.unshift({ id: ports.random.id(), createdAt: clock.now(), message: `(service ${settings.name}) ${what}` })
    events.splice(EVENTS)
  }
  const touch = (deployment: Deployment, rolloutState: Deployment['rolloutState'], reason: string): void => {
    Object.assign(deployment, { rolloutState, rolloutStateReason: reason, updatedAt: clock.now() })
  }
  const primary = (): Deployment | undefined => deployments.find(({ status }) => status === 'PRIMARY')
  // a timer may end a millisecond before its time, and then nobody would look again
  const wakeIn = (ms: number): void => void clock.sleep(ms + 2, over.signal).then(() => (over.signal.aborted ? undefined : wake()))

  /** One look at a time; what changes meanwhile is looked at after it. */
  const wake = (): void => {
    again = true
    if (looking) return
    looking = true
    try {
      while (again) {
        again = false
        look()
      }
    } finally {
      looking = false
    }
    moved.happened()
  }

  const look = (): void => {
    for (const deployment of deployments) for (const member of [...deployment.tasks]) examine(deployment, member)
    deployments = deployments.filter(
      (deployment) => deployment.status === 'PRIMARY' || remaining(deployment).length > 0 || isShown(deployment),
    )
    const current = primary()
    if (removing || current === undefined) return
    if (breaks(current)) {
      fail(current)
      return
    }
    const failed = current.rolloutState === 'FAILED'
    const others = deployments.filter((deployment) => deployment !== current)
    const step = nextStep({
      desired: settings.desiredCount,
      minimumPercent: settings.minimumPercent,
      maximumPercent: settings.maximumPercent,
      primary: countsOf([current]),
      others: countsOf(others),
      mayStart: !failed && now() >= current.startAfter,
    })
    if (step.start > 0) begin(current, step.start)
    if (step.stopPrimary > 0) end(liveOf(current), step.stopPrimary, current)
    if (step.stopOthers > 0 && !failed) end(others.toSorted(byAge).flatMap(liveOf), step.stopOthers, current)
    complete(current, others)
  }

  /** A failed deployment stays visible while it is rolled back. */
  const isShown = (deployment: Deployment): boolean =>
    deployment.rolloutState === 'FAILED' && primary() === lastCompleted && lastCompleted?.rolloutState === 'IN_PROGRESS'

  const examine = (deployment: Deployment, member: Member): void => {
    const view = member.task.view()
    if (view.desiredStatus !== 'STOPPED') {
      if (!member.proven && member.task.healthy()) prove(deployment, member, view.startedAt)
      if (member.watched !== true && view.startedAt !== undefined && settings.graceSeconds > 0) {
        member.watched = true
        wakeIn(settings.graceSeconds * 1000)
      }
      const fault = member.task.fault(settings.graceSeconds)
      if (fault === undefined) return
      member.fault = fault
      say(`(task ${member.task.id}) ${fault}.`)
      void member.task.stop('ServiceSchedulerInitiated', fault)
    }
    const byItself = view.stopCode === 'EssentialContainerExited' || view.stopCode === 'TaskFailedToStart' || member.fault !== undefined
    if (member.counted === true || !byItself) return
    member.counted = true
    deployment.failuresInARow += 1
    if (!member.proven) deployment.failedTasks += 1
    const wait = Math.min(limits.longestBackoffMs, limits.backoffMs * 2 ** (deployment.failuresInARow - 1))
    deployment.startAfter = now() + wait
    if (deployment.failuresInARow >= 3) say('is unable to consistently start tasks successfully.')
    wakeIn(wait)
  }

  const prove = (deployment: Deployment, member: Member, startedAt: Date | undefined): void => {
    const { definition, targets } = member.task.spec
    const checked = targets.length > 0 || definition.containerDefinitions?.some(({ healthCheck }) => healthCheck !== undefined)
    const left = limits.steadyMs - (now() - (startedAt?.getTime() ?? 0))
    if (checked !== true && left > 0) {
      wakeIn(left)
    } else {
      member.proven = true
      deployment.failuresInARow = 0
    }
  }

  const begin = (deployment: Deployment, count: number): void => {
    const started = Array.from({ length: count }, () => ports.start(ports.specOf(settings, deployment), wake))
    deployment.tasks = [...deployment.tasks.filter(isNeeded), ...started.map((task) => ({ task, proven: false }))]
    begun = withoutOldest([...begun, ...started])
    say(`has started ${count} tasks: ${started.map(({ id }) => `(task ${id})`).join(' ')}.`)
  }

  const end = (candidates: readonly Member[], count: number, by: Deployment): void => {
    const chosen = candidates.toSorted((left, right) => Number(isReady(left)) - Number(isReady(right))).slice(0, count)
    say(`has stopped ${chosen.length} running tasks: ${chosen.map(({ task }) => `(task ${task.id})`).join(' ')}.`)
    for (const { task } of chosen) void task.stop('ServiceSchedulerInitiated', `Scaling activity initiated by (deployment ${by.id})`)
  }

  const breaks = (deployment: Deployment): boolean =>
    settings.circuitBreaker.enable &&
    deployment.rolloutState === 'IN_PROGRESS' &&
    deployment !== lastCompleted &&
    deployment.failuresInARow >= failureThreshold(settings.desiredCount)

  const fail = (deployment: Deployment): void => {
    touch(deployment, 'FAILED', 'ECS deployment circuit breaker: tasks failed to start.')
    say(`(deployment ${deployment.id}) deployment failed: tasks failed to start.`)
    const target = lastCompleted
    if (!settings.circuitBreaker.rollback || target === undefined) return
    deployment.status = 'ACTIVE'
    target.status = 'PRIMARY'
    target.startAfter = 0
    touch(target, 'IN_PROGRESS', `ECS deployment circuit breaker: rolling back to deploymentId ${target.id}.`)
    settings = { ...settings, revision: target.revision }
    if (!deployments.includes(target)) deployments.push(target)
    say(`rolling back to deployment ${target.id}.`)
    wakeIn(limits.rollbackMs)
    again = true
  }

  const complete = (current: Deployment, others: readonly Deployment[]): void => {
    const { live, ready } = countsOf([current])
    const steady = live === settings.desiredCount && ready === live && others.every((deployment) => remaining(deployment).length === 0)
    if (!steady || current.rolloutState !== 'IN_PROGRESS') return
    if (current === lastCompleted && now() - current.updatedAt.getTime() < limits.rollbackMs) return
    touch(current, 'COMPLETED', `ECS deployment ${current.id} completed.`)
    lastCompleted = current
    say('has reached a steady state.')
    say(`(deployment ${current.id}) deployment completed.`)
    again = true
  }

  return {
    settings: () => settings,
    wake,
    apply: (wanted, definition, { force, fault }) => {
      const current = primary()
      // what a rollback made of it stays until something else is asked for
      const same = isDeepStrictEqual(asked, wanted.revision) && !force
      asked = wanted.revision
      settings = same ? { ...wanted, revision: settings.revision } : wanted
      if (!same) {
        if (current !== undefined) current.status = 'ACTIVE'
        const id = `ecs-svc/${String(ports.random.below(2 ** 45)).padStart(19, '1')}`
        const deployment = newDeployment(id, wanted.revision, definition, clock.now())
        if (fault !== undefined) {
          touch(deployment, 'FAILED', fault)
          say(`(deployment ${id}) deployment failed: ${fault}`)
        }
        deployments.unshift(deployment)
      }
      wake()
    },
    view: () => describeService({ settings, deployments, events, removing }),
    tasks: () => begun,
    remove: async () => {
      removing = true
      const current = primary()
      const alive = deployments.flatMap(liveOf)
      if (current !== undefined && alive.length > 0) end(alive, alive.length, current)
      await moved.until(() => (deployments.flatMap(remaining).length === 0 ? true : undefined))
      over.abort()
    },
    abandon: async () => {
      removing = true
      over.abort()
      await Promise.all(deployments.flatMap(remaining).map(({ task }) => task.abandon()))
    },
  }
}
