import { printable } from '../output.ts'
import type { Files } from '../system/files.ts'
import { describeExit, isHopeless } from './exits.ts'
import { type Health, probe, probePort } from './health.ts'
import type { LogWriter } from './log.ts'
import { freePort, portIsFree } from './ports.ts'
import { type ProcessPorts, type RunningProcess, startProcess } from './process.ts'

export interface ServicePorts extends ProcessPorts {
  files: Files
}

export interface ServiceSpec {
  name: string
  /** Run by `sh -c` in `folder`. */
  command: string
  folder: string
  environment: (port: number | null) => Record<string, string>
  /** Whether it listens. */
  port: boolean
  /** The path that answers 200-399 when it is ready; without one it is enough that somebody listens. */
  health: string | null
  /** What finds its processes after a crash. Services and replacements may share one. */
  mark: string
  log: string
}

export interface Limits {
  /** To become healthy in. */
  healthyMs: number
  probeMs: number
  /** What does not listen is ready after this. */
  livesMs: number
  /** Before each next start. */
  backOffMs: readonly number[]
  /** So many without `steadyMs` of life between them are the end. */
  deaths: number
  steadyMs: number
  /** Between SIGTERM and SIGKILL. */
  graceMs: number
  /** A replaced process goes on for this long, for requests that were already on their way to it. */
  drainMs: number
}

export const LIMITS: Limits = {
  healthyMs: 60_000,
  probeMs: 2000,
  livesMs: 1000,
  backOffMs: [500, 1000, 2000, 4000, 8000],
  deaths: 5,
  steadyMs: 60_000,
  graceMs: 5000,
  drainMs: 1000,
}

/** What came of one start. */
export type Launched =
  | { outcome: 'ready'; running: RunningProcess }
  | { outcome: 'died'; reason: string; hopeless: boolean }
  | { outcome: 'unhealthy'; reason: string }
  | { outcome: 'stopped' }

export interface Launch {
  spec: ServiceSpec
  limits: Limits
  log: LogWriter
  signal: AbortSignal
  /** There is a process, which may not be ready for long. */
  onStart: (running: RunningProcess, port: number | null) => void
}

const PORTS_TRIED = 5
const IN_USE = /EADDRINUSE|address (already )?in use/i

/** Starts the service once and waits until it is ready. What is not ready in the end does not run any more. */
export async function launch(ports: ServicePorts, { spec, limits, log, signal, onStart }: Launch): Promise<Launched> {
  for (let tries = 1; ; tries += 1) {
    const port = spec.port ? await freePort() : null
    if (signal.aborted) return { outcome: 'stopped' }
    const { command, folder, mark } = spec
    const running = await startProcess(ports, { command, folder, environment: spec.environment(port) }, { mark, log })
    onStart(running, port)

    const over = new AbortController()
    const end = (): void => over.abort()
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    const ended = running.ended.then((exit) => {
      end()
      return exit
    })
    const health = await becomesHealthy(ports, spec, port, limits, over.signal)
    signal.removeEventListener('abort', end)

    if (signal.aborted) {
      await running.stop(limits.graceMs)
      return { outcome: 'stopped' }
    }
    if (over.signal.aborted) {
      const exit = await ended
      if (port !== null && tries < PORTS_TRIED && (await wasTaken(port, running.lastLines(200)))) continue
      return { outcome: 'died', reason: describeExit(exit, spec.command), hopeless: isHopeless(exit) }
    }
    if (health.state === 'healthy') return { outcome: 'ready', running }
    await running.stop(limits.graceMs)
    const where = spec.health === null ? '' : ` at ${printable(spec.health)}`
    return { outcome: 'unhealthy', reason: `not healthy within ${limits.healthyMs / 1000} s: ${health.reason}${where}` }
  }
}

/** Somebody was faster than the process. That it says so is not enough: it may want some other port that is taken. */
async function wasTaken(port: number, lines: readonly string[]): Promise<boolean> {
  const complaints = lines.filter((line) => IN_USE.test(line))
  if (complaints.length === 0) return false
  return complaints.some((line) => line.includes(`:${port}`)) || !(await portIsFree(port))
}

/** Until it is, time is up or `over` fires; then the last answer. */
async function becomesHealthy(
  { clock }: ServicePorts,
  spec: ServiceSpec,
  port: number | null,
  limits: Limits,
  over: AbortSignal,
): Promise<Health> {
  if (port === null) {
    await clock.sleep(limits.livesMs, over)
    return { state: 'healthy' }
  }
  const deadline = clock.now().getTime() + limits.healthyMs
  for (let pause = 20; ; pause = Math.min(pause * 1.5, 250)) {
    const health = await (spec.health === null ? probePort(port, limits.probeMs) : probe({ port, path: spec.health }, limits.probeMs))
    if (over.aborted || health.state === 'healthy' || clock.now().getTime() + pause >= deadline) return health
    await clock.sleep(pause, over)
    if (over.aborted) return health
  }
}
