import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { UserError } from '../errors.ts'
import { withAppended } from './files.ts'

export interface SpawnOptions {
  cwd: string
  /** The whole environment of the child; nothing is inherited. */
  env: Record<string, string | undefined>
  /** Runs it as this user; only root may. */
  uid?: number
  gid?: number
}

/** How a process ended: one of the two is not null. */
export interface Exit {
  code: number | null
  signal: string | null
}

/** A child in a process group of its own, so that what it starts can be ended with it. It does not keep this process alive. */
export interface Spawned {
  pid: number
  stdout: Readable
  stderr: Readable
  /** Resolves when it has ended; what it started may still hold its output. Never rejects. */
  exited: Promise<Exit>
  /** Resolves when it has ended and its output is read to the end; never rejects. */
  ended: Promise<Exit>
}

/** Starts a program that runs for long. Throws a `UserError` if it cannot be started. */
export type Spawn = (command: string, args: readonly string[], options: SpawnOptions) => Promise<Spawned>

export const systemSpawn: Spawn = async (command, args, options) => {
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  const ended = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })))
  const pid = await started(child, command)
  return { pid, stdout: child.stdout, stderr: child.stderr, exited, ended }
}

/** Starts a program that outlives this one, with its output at the end of a file; the pid. */
export async function spawnDetached(command: string, args: readonly string[], options: SpawnOptions & { output: string }): Promise<number> {
  const { output, ...rest } = options
  const pid = await withAppended(output, (descriptor) => {
    const child = spawn(command, args, { ...rest, detached: true, stdio: ['ignore', descriptor, descriptor] })
    child.unref()
    return started(child, command)
  })
  return pid
}

async function started(child: ChildProcess, command: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT'
      reject(new UserError(`could not run ${command}: ${missing ? 'it is not installed or not on PATH' : error.message}`, { cause: error }))
    })
  })
  return child.pid as number
}
