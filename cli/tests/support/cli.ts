import path from 'node:path'
import { execa } from 'execa'
import { root, toolchain } from './toolchain.ts'

export interface DevtoolOptions {
  cwd: string
  /** Added to `childEnvironment()`; `undefined` removes a variable. */
  env?: Record<string, string | undefined>
  input?: string
  timeoutMs?: number
}

export interface DevtoolResult {
  /** 128 + signal number when a signal ended it. */
  exitCode: number
  stdout: string
  stderr: string
  /** stdout as the one JSON value that `--json` promises. */
  json<Value = unknown>(): Value
}

export interface RunningDevtool {
  pid: number
  /** Resolves however it ends; never rejects for a bad exit code. */
  done: Promise<DevtoolResult>
  kill(signal: NodeJS.Signals): void
  /** The command and everything it started. */
  killGroup(signal: NodeJS.Signals): void
}

const bin = path.join(root, 'cli/bin/devtool.js')
const MINUTE = 60_000
const SIGNALS: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }

/** What a child gets: where programs are, the tools of the toolchain, and nothing else of this process. */
export function childEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR } = process.env
  return { PATH, HOME, LANG: 'C.UTF-8', ...(TMPDIR === undefined ? {} : { TMPDIR }), ...toolchain().environment }
}

function parse<Value>(stdout: string, stderr: string): Value {
  try {
    return JSON.parse(stdout)
  } catch (error) {
    throw new Error(`stdout is not one JSON value: ${JSON.stringify(stdout.slice(0, 400))}\nstderr: ${stderr}`, { cause: error })
  }
}

// A test that is stopped leaves no Terraform running: each command has a process group of its own, which a signal to ours misses.
const groups = new Set<number>()

function sendToGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // it has ended already
  }
}

function killAll(): void {
  for (const group of groups) sendToGroup(group, 'SIGKILL')
}

function guard(): void {
  if (process.listeners('exit').includes(killAll)) return
  process.on('exit', killAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      killAll()
      process.kill(process.pid, signal)
    })
  }
}

/** Starts the built CLI in a process group of its own. */
export function startDevtool(args: readonly string[], options: DevtoolOptions): RunningDevtool {
  const child = execa(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env: { ...childEnvironment(), ...options.env } as Record<string, string>,
    extendEnv: false,
    reject: false,
    detached: true,
    stripFinalNewline: false,
    timeout: options.timeoutMs ?? 10 * MINUTE,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
  })
  const pid = child.pid
  if (pid === undefined) throw new Error('could not start devtool')
  guard()
  groups.add(pid)
  const killGroup = (signal: NodeJS.Signals): void => sendToGroup(pid, signal)
  const done = child.then(({ exitCode, signal, stdout = '', stderr = '', timedOut }) => {
    groups.delete(pid)
    if (timedOut) {
      killGroup('SIGKILL')
      throw new Error(`devtool ${args.join(' ')} took too long\nstderr: ${stderr}`)
    }
    return {
      exitCode: exitCode ?? 128 + (SIGNALS[signal ?? ''] ?? 0),
      stdout,
      stderr,
      json: <Value>() => parse<Value>(stdout, stderr),
    }
  })
  return { pid, done, kill: (signal) => void child.kill(signal), killGroup }
}

/** Runs the built CLI to its end. */
export function devtool(args: readonly string[], options: DevtoolOptions): Promise<DevtoolResult> {
  return startDevtool(args, options).done
}
