import { constants } from 'node:os'
import type { ContainerCondition } from '@aws-sdk/client-ecs'
import type { ContainerRuntime, Exit, Route, RunningContainer } from '../ports.ts'
import { watchHealth } from './health.ts'
import type { ContainerPlan, Logs, TaskPorts } from './model.ts'
import { changes } from './signal.ts'

export interface ContainerState {
  name: string
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED'
  healthStatus: 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY'
  exitCode?: number
  reason?: string
}

export interface Containers {
  states(): readonly ContainerState[]
  portOf(containerPort: number): number | undefined
  /** Resolves when each has started or will not. */
  started: Promise<void>
  /** Resolves when an essential container has ended, with why if it never started. */
  essentialEnded: Promise<string | undefined>
  /** Ends them, those that depend on another before that other. */
  stop(): Promise<void>
}

export interface ContainersPlace {
  taskId: string
  secrets: Record<string, Record<string, string>>
  network: () => readonly Route[]
  changed: () => void
}

interface Live extends ContainerState {
  plan: ContainerPlan
  running?: RunningContainer
  stop?: Promise<void>
}

const DEFAULT_STOP_SECONDS = 30

/** Starts the containers of one task as their `dependsOn` says. */
export function startContainers(
  ports: Pick<TaskPorts, 'clock' | 'logs'> & { runtime: ContainerRuntime },
  plans: readonly ContainerPlan[],
  place: ContainersPlace,
): Containers {
  const stopping = new AbortController()
  const moved = changes()
  const lives = plans.map((plan): Live => ({ plan, name: plan.definition.name, lastStatus: 'PENDING', healthStatus: 'UNKNOWN' }))
  const set = (live: Live, change: Partial<Live>): void => {
    Object.assign(live, change)
    moved.happened()
    place.changed()
  }

  const bring = async (live: Live): Promise<void> => {
    try {
      await dependencies(live)
    } catch (error) {
      // what the container agent of ECS reports of a container that it never started
      return set(live, { lastStatus: 'STOPPED', exitCode: 143, reason: `CannotStartContainerError: ${words(error)}` })
    }
    if (stopping.signal.aborted) return set(live, { lastStatus: 'STOPPED' })
    try {
      live.running = await ports.runtime.start(specOf(live.plan, place, ports.logs), place.network)
    } catch (error) {
      return set(live, { lastStatus: 'STOPPED', reason: words(error) })
    }
    set(live, { lastStatus: 'RUNNING' })
    const check = new AbortController()
    if (live.plan.definition.healthCheck !== undefined) {
      void watchHealth(ports.clock, live.plan.definition.healthCheck, live.running, check.signal, (healthStatus) =>
        set(live, { healthStatus }),
      )
    }
    const exit = await live.running.ended
    check.abort()
    set(live, { lastStatus: 'STOPPED', exitCode: exitCode(exit) })
  }

  const dependencies = async (live: Live): Promise<void> => {
    for (const { containerName, condition } of live.plan.definition.dependsOn ?? []) {
      const other = lives.find(({ name }) => name === containerName)
      const limit = other?.plan.definition.startTimeout
      const late = new AbortController()
      let timedOut = false
      if (limit !== undefined) {
        void ports.clock.sleep(limit * 1000, late.signal).then(() => {
          timedOut = !late.signal.aborted
          moved.happened()
        })
      }
      try {
        await moved.until(() => (stopping.signal.aborted ? true : met(live.name, other, condition, timedOut)))
      } finally {
        late.abort()
      }
    }
  }

  const end = (live: Live): Promise<void> => {
    live.stop ??= (async () => {
      const dependents = lives.filter(({ plan }) => plan.definition.dependsOn?.some(({ containerName }) => containerName === live.name))
      await Promise.all(dependents.map(end))
      // one that is just being started is ended when it has
      await moved.until(() => (live.running !== undefined || live.lastStatus === 'STOPPED' ? true : undefined))
      if (live.lastStatus !== 'STOPPED') await live.running?.stop()
      await moved.until(() => (live.lastStatus === 'STOPPED' ? true : undefined))
    })()
    return live.stop
  }

  const essentialEnded = moved.until(() => {
    const ended = lives.find((live) => live.lastStatus === 'STOPPED' && live.plan.definition.essential !== false)
    return ended === undefined ? undefined : { reason: ended.exitCode === undefined ? ended.reason : undefined }
  })
  const started = moved.until(() => (lives.every(({ lastStatus }) => lastStatus !== 'PENDING') ? true : undefined))
  for (const live of lives) void bring(live)
  return {
    states: () => lives.map(({ plan: _plan, running: _running, stop: _stop, ...state }) => state),
    portOf: (port) => lives.map(({ running }) => running?.portOf(port)).find((found) => found !== undefined),
    started: started.then(() => undefined),
    essentialEnded: essentialEnded.then(({ reason }) => reason),
    stop: async () => {
      stopping.abort()
      moved.happened()
      await Promise.all(lives.map(end))
    },
  }
}

/** True if the condition holds; undefined while it may yet; throws, in the words of ECS, when it never will. */
function met(name: string, other: Live | undefined, condition: ContainerCondition | undefined, timedOut: boolean): true | undefined {
  const says = (what: string): Error => new Error(`dependency graph: ${what}`)
  if (other === undefined) throw says(`container ordering dependency for target [${name}] does not exist`)
  const between = `container ordering dependency [${other.name}] for target [${name}]`
  const stopped = other.lastStatus === 'STOPPED'
  if (stopped && other.running === undefined) throw says(`failed to resolve ${between} because dependency will never start`)
  const holds = {
    START: other.running !== undefined,
    COMPLETE: stopped,
    SUCCESS: stopped && other.exitCode === 0,
    HEALTHY: other.healthStatus === 'HEALTHY',
  }[condition ?? 'START']
  if (holds) return true
  if (stopped && condition === 'SUCCESS') throw says(`failed to resolve ${between} as dependency did not exit successfully.`)
  if (stopped) throw says(`failed to resolve ${between} because dependency will never be healthy`)
  if (timedOut) throw says(`${between} has timed out.`)
  return undefined
}

function specOf(plan: ContainerPlan, place: ContainersPlace, logs: Logs): Parameters<ContainerRuntime['start']>[0] {
  const { definition } = plan
  const options = definition.logConfiguration?.options
  const group = options?.['awslogs-group']
  const stream = `${options?.['awslogs-stream-prefix']}/${definition.name}/${place.taskId}`
  return {
    name: definition.name,
    image: definition.image,
    environment: { ...plan.environment, ...place.secrets[definition.name] },
    stopTimeoutSeconds: definition.stopTimeout ?? DEFAULT_STOP_SECONDS,
    readonlyRootFilesystem: definition.readonlyRootFilesystem ?? false,
    log: (line) => {
      if (group !== undefined) logs.write(group, stream, line)
    },
    ...(plan.command === undefined ? {} : { command: plan.command }),
    ...(definition.entryPoint === undefined ? {} : { entryPoint: definition.entryPoint }),
    ...(definition.workingDirectory === undefined ? {} : { workingDirectory: definition.workingDirectory }),
  }
}

/** As a shell and Docker say it: 128 and the number of the signal. */
function exitCode({ code, signal }: Exit): number {
  if (code !== null) return code
  return 128 + (constants.signals[signal as keyof typeof constants.signals] ?? 0)
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
