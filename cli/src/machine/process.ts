import { NotFoundError } from '../errors.ts'
import type { Clock } from '../system/clock.ts'
import type { Processes } from '../system/processes.ts'
import type { Exit, Spawn } from '../system/spawn.ts'
import { endCarriers } from './carriers.ts'
import { collectLines } from './lines.ts'
import type { LogWriter } from './log.ts'
import { within } from './waiting.ts'

export interface ProcessSpec {
  /** A command line as in `start:` of the blueprint, run by `sh -c` in `folder`; or a program and its arguments. */
  command: string | readonly string[]
  folder: string
  /** The whole environment; nothing is inherited. */
  environment: Record<string, string>
  uid?: number
  gid?: number
}

export interface RunningProcess {
  readonly pid: number
  /** Newest last, at most 200 lines of 4 KB, of stdout and stderr together; without control characters. */
  lastLines(count: number): string[]
  /**
   * Resolves when the process has ended and with it all that it started, as in a container: whatever is left of its group, or carries its
   * mark, is ended then.
   */
  readonly ended: Promise<Exit>
  /** SIGTERM to its group, SIGKILL after `graceMs`; then whatever else it started. Resolves when all of it is gone. */
  stop(graceMs: number): Promise<Exit>
}

export interface ProcessPorts {
  spawn: Spawn
  processes: Processes
  clock: Clock
}

/** Carried by everything that was started under a mark: by it a later supervisor finds what a crashed one left. */
const MARK = 'DEVTOOL_RUN'
/** Carried by one process and what it starts, so that it can be ended while another lives under the same mark. */
const OWN_MARK = 'DEVTOOL_PROCESS'

const SHELL = '/bin/sh'
/** What a shell does itself; another word begins a program (POSIX, Shell Command Language: 1.6, 2.4, 2.15). */
const OF_THE_SHELL = new Set(
  (
    '. : alias bg break case cd command continue do done elif else esac eval exec exit export fc fg fi for function getopts hash if in jobs ' +
    'kill local newgrp pwd read readonly return select set shift source then time times trap type ulimit umask unalias unset until wait while'
  ).split(' '),
)

/** After the process itself has gone, its output usually ends as soon as it is read. */
const SETTLE_MS = 100
/** What left the group and the output gets at least this long after SIGTERM. */
const LEAST_GRACE_MS = 500
/** What is left of a process that ended by itself gets this long. */
const LEFT_GRACE_MS = 1000

let started = 0

/** Starts a process under a mark, with its output in `log` (which is the caller's to close). Throws a `UserError` if it cannot be started. */
export async function startProcess(
  ports: ProcessPorts,
  spec: ProcessSpec,
  options: { mark: string; log?: LogWriter },
): Promise<RunningProcess> {
  const { spawn, processes, clock } = ports
  started += 1
  const own = `${process.pid}-${clock.now().getTime()}-${started}`
  const [program = '', ...args] = typeof spec.command === 'string' ? shell(spec.command) : spec.command
  const spawned = await spawn(program, args, {
    cwd: spec.folder,
    env: { ...spec.environment, [MARK]: options.mark, [OWN_MARK]: own },
    ...(spec.uid === undefined ? {} : { uid: spec.uid }),
    ...(spec.gid === undefined ? {} : { gid: spec.gid }),
  }).catch((error: unknown) => {
    throw program === SHELL && isMissing(error) ? new NotFoundError(`there is no folder ${spec.folder}`, { cause: error }) : error
  })
  const { pid } = spawned
  const { log } = options
  const lines = collectLines((line) => {
    if (log?.writeBytes !== undefined) log.writeBytes(line)
    else log?.write(line.toString('utf8'))
  })
  lines.read(spawned.stdout)
  lines.read(spawned.stderr)

  /** Whether it ended in time. What left the group and still holds the output is asked to end as soon as the process itself is gone. */
  const endsBy = async (deadline: number): Promise<boolean> => {
    const left = (): number => Math.max(deadline - clock.now().getTime(), 0)
    if (!(await within(clock, spawned.exited, left()))) return false
    if (await within(clock, spawned.ended, Math.min(SETTLE_MS, left()))) return true
    // as a group: only who leads one of its own has left ours, and nobody is asked twice
    for (const carrier of await processes.withVariable(OWN_MARK, own)) processes.signal(-carrier.pid, 'SIGTERM')
    return within(clock, spawned.ended, left())
  }

  const endAll = async (graceMs: number): Promise<Exit> => {
    const deadline = clock.now().getTime() + graceMs
    processes.signal(-pid, 'SIGTERM')
    if (!(await endsBy(deadline))) processes.signal(-pid, 'SIGKILL')
    await endCarriers(ports, OWN_MARK, own, Math.max(deadline - clock.now().getTime(), LEAST_GRACE_MS))
    processes.signal(-pid, 'SIGKILL')
    if (!(await within(clock, spawned.ended, LEAST_GRACE_MS))) {
      // held by what cannot be found, where processes do not show their environment: it goes on without a reader
      spawned.stdout.destroy()
      spawned.stderr.destroy()
    }
    return spawned.ended
  }

  let finished: Promise<Exit> | undefined
  const finish = (graceMs: number): Promise<Exit> => {
    finished ??= endAll(graceMs)
    return finished
  }
  const ended = spawned.exited.then(() => finish(LEFT_GRACE_MS))

  return { pid, lastLines: lines.last, ended, stop: finish }
}

/**
 * Where it can, the program takes the place of the shell: one process less, and its exit code is not lost with a shell that SIGTERM ends first.
 * Some shells do so themselves.
 */
function shell(command: string): [string, ...string[]] {
  const word = /^([\w./@+-]+)(?:\s[\w./@%+:,=\s-]*)?$/.exec(command)?.[1]
  return [SHELL, '-c', word === undefined || OF_THE_SHELL.has(word) ? command : `exec ${command}`]
}

/** A shell is always there: what is missing when it cannot be run is the folder. */
function isMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
}

/** Ends everything that carries the mark: what a crashed supervisor left. How many there were. Linux only; 0 elsewhere. */
export function endMarked(ports: Pick<ProcessPorts, 'processes' | 'clock'>, mark: string, graceMs: number): Promise<number> {
  return endCarriers(ports, MARK, mark, graceMs)
}
