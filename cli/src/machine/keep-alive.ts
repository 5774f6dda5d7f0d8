import { NotFoundError } from '../errors.ts'
import { describeExit } from './exits.ts'
import { type Launched, type Limits, launch, type ServicePorts, type ServiceSpec } from './launch.ts'
import type { LogWriter } from './log.ts'
import type { RunningProcess } from './process.ts'

/** As in the public JSON of an environment. */
export type ServiceStatus = 'starting' | 'ready' | 'failed' | 'stopped'

export interface ServiceState {
  status: ServiceStatus
  /** Where it listens; null while nothing runs. */
  port: number | null
  pid: number | null
  restarts: number
  /** Why it failed, or what it died of before it was started again. */
  reason: string | null
  /** Newest last, at most 50, also those of a process that died before. Looked up when it is read. */
  readonly lastLines: string[]
}

/** One version of a service: one process after the other, until it is stopped or given up. */
export interface Kept {
  state(): ServiceState
  stop(): Promise<void>
}

interface What {
  spec: ServiceSpec
  limits: Limits
  log: Promise<LogWriter>
  /** The status has changed. */
  onChange: () => void
}

const SHOWN_LINES = 50

export function keepAlive(ports: ServicePorts, { spec, limits, log, onChange }: What): Kept {
  const { clock } = ports
  const stopping = new AbortController()
  let status: ServiceStatus = 'starting'
  let reason: string | null = null
  let running: RunningProcess | undefined
  let port: number | null = null
  let restarts = 0
  let earlier: string[] = []

  const lines = (): string[] => [...earlier, ...(running?.lastLines(SHOWN_LINES) ?? [])].slice(-SHOWN_LINES)
  const takeUp = (process: RunningProcess | undefined, chosen: number | null): void => {
    earlier = lines()
    running = process
    port = chosen
  }
  const become = (next: ServiceStatus, why: string | null): void => {
    if (next !== 'ready') takeUp(undefined, null)
    status = next
    reason = why
    onChange()
  }
  const note = (text: string): void => {
    void log.then((writer) => writer.write(`devtool: ${spec.name} ${text}`)).catch(() => {})
  }

  const start = async (): Promise<Launched> => {
    try {
      return await launch(ports, { spec, limits, log: await log, signal: stopping.signal, onStart: takeUp })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { outcome: 'died', reason, hopeless: error instanceof NotFoundError }
    }
  }
  const giveUp = (why: string): void => {
    note(`is given up: ${why}`)
    become('failed', why)
  }

  const live = async (): Promise<void> => {
    let deaths = 0
    let wasReady = false
    for (;;) {
      const since = clock.now().getTime()
      let launched = await start()
      if (launched.outcome === 'ready') {
        wasReady = true
        become('ready', null)
        launched = { outcome: 'died', reason: describeExit(await launched.running.ended, spec.command), hopeless: false }
      }
      if (stopping.signal.aborted || launched.outcome === 'stopped') return
      if (launched.outcome === 'unhealthy') return giveUp(launched.reason)
      deaths = clock.now().getTime() - since >= limits.steadyMs ? 1 : deaths + 1
      if (deaths >= limits.deaths || (launched.hopeless && !wasReady)) return giveUp(launched.reason)

      const pause = limits.backOffMs[Math.min(deaths, limits.backOffMs.length) - 1] ?? 0
      note(`${launched.reason}; it is started again in ${pause / 1000} s`)
      become('starting', launched.reason)
      await clock.sleep(pause, stopping.signal)
      if (stopping.signal.aborted) return
      restarts += 1
    }
  }
  const life = live()

  return {
    state: () => ({
      status,
      port,
      pid: running?.pid ?? null,
      restarts,
      reason,
      get lastLines() {
        return lines()
      },
    }),
    stop: async () => {
      stopping.abort()
      await running?.stop(limits.graceMs)
      await life
      if (status !== 'stopped') become('stopped', null)
    },
  }
}
