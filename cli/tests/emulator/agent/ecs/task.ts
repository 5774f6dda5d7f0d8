import type { Task, TaskStopCode } from '@aws-sdk/client-ecs'
import type { Interface } from '../ports.ts'
import { type Containers, startContainers } from './containers.ts'
import type { TaskPorts, TaskSpec } from './model.ts'
import { changes } from './signal.ts'
import { describeTask, type TaskProgress } from './task-answer.ts'

export interface RunningTask {
  readonly id: string
  readonly arn: string
  readonly spec: TaskSpec
  /** As DescribeTasks shows it. */
  view(): Task
  /** Running, and healthy in the eyes of every check that there is. */
  healthy(): boolean
  /** Why the service scheduler would replace it; undefined if it would not. */
  fault(graceSeconds: number): string | undefined
  /** Takes it out of its target groups, waits for the drain, ends its containers. Resolves when it is STOPPED. */
  stop(code: TaskStopCode, reason: string): Promise<void>
  /** Ends it at once: the emulator itself ends. */
  abandon(): Promise<void>
  ended: Promise<void>
  interface(): Interface | undefined
  /** The loopback port behind a port of the task's address. */
  portOf(containerPort: number): number | undefined
}

/** Starts a task. `changed` is called whenever something about it does. */
export function startTask(ports: TaskPorts, spec: TaskSpec, changed: () => void): RunningTask {
  const id = ports.random.id().replaceAll('-', '')
  const arn = `${spec.clusterArn.replace(':cluster/', ':task/')}/${id}`
  const progress: TaskProgress = { lastStatus: 'PROVISIONING', desiredStatus: 'RUNNING', createdAt: ports.clock.now() }
  const moved = changes()
  const abandoned = new AbortController()
  let containers: Containers | undefined
  let taken: Interface | undefined
  let ending: Promise<void> | undefined
  const set = (change: Partial<TaskProgress>): void => {
    Object.assign(progress, change)
    moved.happened()
    changed()
  }
  const asked = (): boolean => progress.desiredStatus === 'STOPPED'

  const live = async (): Promise<void> => {
    try {
      taken = await ports.addresses.take(spec.placement)
      if (asked()) return
      set({ lastStatus: 'PENDING', interface: taken })
      const from = taken
      const prepared = await ports.prepare(spec.definition, from)
      if (asked()) return
      const begun = startContainers(ports, spec.containers, {
        taskId: id,
        secrets: prepared.secrets,
        network: () => ports.network(from),
        changed: () => set({}),
      })
      containers = begun
      void begun.essentialEnded.then((failure) => {
        if (failure === undefined) return end('EssentialContainerExited', 'Essential container in task exited')
        return end('TaskFailedToStart', failure)
      })
      await begun.started
      if (asked()) return
      set({ lastStatus: 'ACTIVATING' })
      for (const { targetGroupArn, containerPort } of spec.targets) {
        ports.targets.register(targetGroupArn, {
          id: from.address,
          port: containerPort,
          interface: from,
          to: () => begun.portOf(containerPort),
        })
      }
      set({ lastStatus: 'RUNNING', startedAt: ports.clock.now() })
    } catch (error) {
      void end('TaskFailedToStart', error instanceof Error ? error.message : String(error))
    }
  }
  const starting = live()

  const end = (stopCode: TaskStopCode, stoppedReason: string): Promise<void> => {
    ending ??= (async () => {
      const serving = progress.lastStatus === 'RUNNING' || progress.lastStatus === 'ACTIVATING'
      set({
        desiredStatus: 'STOPPED',
        stopCode,
        stoppedReason,
        stoppingAt: ports.clock.now(),
        ...(serving ? { lastStatus: 'DEACTIVATING' } : {}),
      })
      if (serving) {
        const drained = spec.targets.map(({ targetGroupArn }) => ports.targets.deregister(targetGroupArn, taken?.address ?? ''))
        // what has ended by itself answers no request that a drain could wait for
        if (stopCode === 'EssentialContainerExited') void Promise.allSettled(drained)
        else await Promise.race([Promise.all(drained), moved.until(() => (abandoned.signal.aborted ? true : undefined))])
      }
      set({ lastStatus: 'STOPPING', executionStoppedAt: ports.clock.now() })
      await containers?.stop()
      await starting
      await ports.logs.flush()
      if (taken !== undefined) ports.addresses.release(taken)
      set({ lastStatus: 'STOPPED', stoppedAt: ports.clock.now() })
    })()
    return ending
  }

  const unhealthyContainer = (): boolean =>
    containers?.states().some((state) => state.healthStatus === 'UNHEALTHY' && isEssential(state.name)) ?? false
  const isEssential = (name: string): boolean =>
    spec.containers.find(({ definition }) => definition.name === name)?.definition.essential !== false
  const checked = (): readonly string[] =>
    spec.containers
      .filter(({ definition }) => definition.healthCheck !== undefined && isEssential(definition.name))
      .map(({ definition }) => definition.name)
  const targetState = (targetGroupArn: string, port: number): string | undefined =>
    ports.targets.health(targetGroupArn).find((state) => state.id === taken?.address && state.port === port)?.state

  return {
    id,
    arn,
    spec,
    view: () => describeTask({ arn, spec, progress, containers: containers?.states() ?? [] }),
    healthy: () => {
      if (progress.lastStatus !== 'RUNNING' || asked()) return false
      const states = containers?.states() ?? []
      if (!checked().every((name) => states.find((state) => state.name === name)?.healthStatus === 'HEALTHY')) return false
      return spec.targets.every(({ targetGroupArn, containerPort }) => targetState(targetGroupArn, containerPort) === 'healthy')
    },
    fault: (graceSeconds) => {
      if (progress.lastStatus !== 'RUNNING' || asked()) return undefined
      if (progress.startedAt !== undefined && ports.clock.now().getTime() - progress.startedAt.getTime() < graceSeconds * 1000)
        return undefined
      if (unhealthyContainer()) return 'Task failed container health checks'
      const failed = spec.targets.find(({ targetGroupArn, containerPort }) => targetState(targetGroupArn, containerPort) === 'unhealthy')
      return failed === undefined ? undefined : `Task failed ELB health checks in (target-group ${failed.targetGroupArn})`
    },
    stop: end,
    abandon: async () => {
      abandoned.abort()
      moved.happened()
      await end('UserInitiated', 'The emulator ended')
    },
    ended: moved.until(() => (progress.lastStatus === 'STOPPED' ? true : undefined)).then(() => undefined),
    interface: () => (progress.lastStatus === 'STOPPED' ? undefined : taken),
    portOf: (port) => containers?.portOf(port),
  }
}
