import { type Kept, keepAlive, type ServiceState } from './keep-alive.ts'
import { LIMITS, type Limits, type ServicePorts, type ServiceSpec } from './launch.ts'
import { createLog, type LogWriter } from './log.ts'

export type { ServiceState, ServiceStatus } from './keep-alive.ts'
export type { Limits, ServicePorts, ServiceSpec } from './launch.ts'

export interface KeptService {
  state(): ServiceState
  /** Resolves with the state once it is ready or has been given up. */
  settled(): Promise<ServiceState>
  /**
   * Starts `spec` beside the old process on a new port and switches over once it is healthy, the old one ending a moment later; if it never is,
   * the old one goes on serving. Resolves with what became of `spec`. One after the other, if called twice.
   */
  replace(spec: ServiceSpec): Promise<ServiceState>
  /** Ends all its processes, also those on their way in or out. */
  stop(): Promise<void>
}

/** Keeps a service alive: starts it again when it dies, with back-off, until it is given up. Starts at once. */
export function keepService(ports: ServicePorts, spec: ServiceSpec, options: Partial<Limits> = {}): KeptService {
  const limits = { ...LIMITS, ...options }
  const closing = new AbortController()
  const logs = new Map<string, Promise<LogWriter>>()
  const leaving = new Set<Promise<void>>()
  let waiting: (() => void)[] = []
  let candidate: Kept | undefined

  const logOf = (file: string): Promise<LogWriter> => {
    const log = logs.get(file) ?? createLog(ports.files, file, ports.clock)
    logs.set(file, log)
    return log
  }
  const onChange = (): void => {
    const all = waiting
    waiting = []
    for (const look of all) look()
  }
  const keep = (version: ServiceSpec): Kept => keepAlive(ports, { spec: version, limits, log: logOf(version.log), onChange })
  const settledOf = async (which: () => Kept): Promise<ServiceState> => {
    while (which().state().status === 'starting') await new Promise<void>((resolve) => waiting.push(resolve))
    return which().state()
  }

  let current = keep(spec)

  const retire = async (old: Kept): Promise<void> => {
    await ports.clock.sleep(limits.drainMs, closing.signal)
    await old.stop()
  }
  const swap = async (version: ServiceSpec): Promise<ServiceState> => {
    if (closing.signal.aborted) {
      await current.stop()
      return current.state()
    }
    const next = keep(version)
    // nothing serves that could be kept
    if (current.state().status === 'failed') current = next
    candidate = next
    const state = await settledOf(() => next)
    candidate = undefined
    if (state.status !== 'ready' || current === next) return state
    const old = current
    current = next
    const left = retire(old).finally(() => leaving.delete(left))
    leaving.add(left)
    return state
  }

  let turn: Promise<unknown> = Promise.resolve()
  return {
    state: () => current.state(),
    settled: () => settledOf(() => current),
    replace: (version) => {
      const swapped = turn.then(() => swap(version))
      turn = swapped
      return swapped
    },
    stop: async () => {
      closing.abort()
      await Promise.all([current.stop(), candidate?.stop(), ...leaving])
      await turn
      // the last switch may have been on its way
      await Promise.all([current.stop(), ...leaving])
      for (const log of logs.values()) await log.then((writer) => writer.close()).catch(() => {})
    },
  }
}
