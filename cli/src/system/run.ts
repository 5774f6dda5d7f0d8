import { execa } from 'execa'
import { ToolError, UserError } from '../errors.ts'

export interface RunOptions {
  cwd: string
  /** The whole environment of the child; nothing is inherited. */
  env: Record<string, string | undefined>
  input?: string
  /** Give a non-zero exit back instead of throwing. */
  allowFailure?: boolean
  /** Called with every line of the child's stdout as it comes; the lines are then not kept in the result. */
  onLine?: (line: string) => void
  /** Called in the same tick as the spawn. */
  onSpawn?: (pid: number) => void
  /** Sends the child one SIGINT, once; the run then still waits for it to end. */
  interrupt?: AbortSignal
  /** A process group of its own, so that a terminal's Ctrl-C reaches us alone and we decide what to forward. */
  ownGroup?: boolean
}

export interface RunResult {
  /** 128 + signal number when a signal ended it. */
  exitCode: number
  stdout: string
  stderr: string
}

/** Runs a program from an argument list; never through a shell. Throws `ToolError` on a non-zero exit unless `allowFailure`. */
export type Run = (command: string, args: readonly string[], options: RunOptions) => Promise<RunResult>

const tail = (text: string): string => text.trimEnd().split('\n').slice(-20).join('\n')

export const systemRun: Run = async (command, args, options) => {
  const child = execa(command, args, {
    cwd: options.cwd,
    env: options.env as Record<string, string>,
    extendEnv: false,
    reject: false,
    stdin: options.input === undefined ? 'ignore' : 'pipe',
    ...(options.input === undefined ? {} : { input: options.input }),
    buffer: { stdout: options.onLine === undefined, stderr: true },
    maxBuffer: 64 * 1024 * 1024,
    detached: options.ownGroup ?? false,
    cleanup: !(options.ownGroup ?? false),
  })
  if (child.pid !== undefined) options.onSpawn?.(child.pid)
  const interrupt = (): void => {
    child.kill('SIGINT')
  }
  options.interrupt?.addEventListener('abort', interrupt, { once: true })
  if (options.interrupt?.aborted === true) interrupt()
  try {
    if (options.onLine !== undefined) for await (const line of child) options.onLine(line)
    const result = await child
    if (result.code === 'ENOENT') throw new UserError(`could not run ${command}: it is not installed or not on PATH`, { cause: result })
    if (result.exitCode === undefined && result.signal === undefined) {
      throw new ToolError(`could not run ${command}: ${result.shortMessage ?? 'it did not start'}`, { cause: result })
    }
    const exitCode = result.exitCode ?? 128 + (result.signalDescription === undefined ? 0 : signalNumber(result.signal))
    if (exitCode !== 0 && options.allowFailure !== true) {
      throw new ToolError(`${command} ${args[0] ?? ''} ended with exit code ${exitCode}\n${tail(result.stderr ?? '')}`.trimEnd())
    }
    return { exitCode, stdout: options.onLine === undefined ? (result.stdout ?? '') : '', stderr: result.stderr ?? '' }
  } finally {
    options.interrupt?.removeEventListener('abort', interrupt)
  }
}

function signalNumber(signal: string | undefined): number {
  return signal === 'SIGINT' ? 2 : signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : 0
}
