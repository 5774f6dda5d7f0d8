import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { requireTool } from '../support/toolchain.ts'

/** A running AWS emulator: moto's server with the patches of `patches/`. */
export interface Emulator {
  /** An address, not `localhost`: the provider would put bucket names in front of a host name. */
  url: string
  port: number
  pid: number
  /** What an AWS client, the Terraform provider and its S3 backend need to use it, and nothing of the developer's own account. */
  environment: Record<string, string>
  /** Empties the account; faster than another emulator. */
  reset(): Promise<void>
  stop(): Promise<void>
}

export interface EmulatorOptions {
  /** A file that gets one JSON line for every API call. */
  calls?: string
  /** Patches to leave out, by name, or `all`. */
  without?: readonly string[]
  /** Another interpreter than the one that `scripts/setup.mjs` found. */
  python?: string
}

const launcher = path.join(import.meta.dirname, 'launcher.py')
const STARTED_IN_MS = 30_000
const ENDED_IN_MS = 2_000

type Server = ChildProcessByStdio<Writable, Readable, Readable>

export const emulatorRegion = 'us-east-1'

function environmentFor(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_REGION: emulatorRegion,
    AWS_DEFAULT_REGION: emulatorRegion,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  }
}

/** Starts an emulator on a free port, in about a second. It ends with this process, however that ends. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const python = options.python ?? requireTool('emulator').python
  const args = [launcher]
  if (options.calls !== undefined) args.push('--calls', options.calls)
  if (options.without !== undefined) args.push('--without', options.without.join(','))
  const { PATH, HOME, LANG } = process.env
  // the launcher ends when its stdin is closed, which the kernel does for a process that dies
  const server: Server = spawn(python, args, { env: { PATH, HOME, LANG }, stdio: ['pipe', 'pipe', 'pipe'] })
  const port = await ready(server)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    port,
    pid: server.pid as number,
    environment: environmentFor(url),
    reset: () => reset(url),
    stop: () => stop(server),
  }
}

async function ready(server: Server): Promise<number> {
  let complaint = ''
  server.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-4000)
  })
  const timer = setTimeout(() => server.kill('SIGKILL'), STARTED_IN_MS)
  try {
    const port = await Promise.race([readPort(server), failed(server)])
    // neither the server nor its pipes keep this process alive
    for (const handle of [server, server.stdin, server.stdout, server.stderr]) (handle as { unref?: () => void }).unref?.()
    return port
  } catch (error) {
    throw new Error(`could not start the AWS emulator: ${complaint.trim() || String(error)}`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

async function readPort(server: Server): Promise<number> {
  for await (const line of createInterface({ input: server.stdout })) {
    const port = /^READY (\d+)$/.exec(line)?.[1]
    if (port !== undefined) return Number(port)
  }
  // it closed stdout without a word; `failed` knows more
  return new Promise(() => {})
}

async function failed(server: Server): Promise<never> {
  const [code, signal] = await Promise.race([once(server, 'close'), once(server, 'error').then(([error]) => Promise.reject(error))])
  throw new Error(`it ended with ${signal ?? `exit code ${code}`}`)
}

async function reset(url: string): Promise<void> {
  const response = await fetch(`${url}/moto-api/reset`, { method: 'POST' })
  if (!response.ok) throw new Error(`could not reset the AWS emulator: HTTP ${response.status}`)
}

async function stop(server: Server): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  server.ref()
  const ended = once(server, 'exit')
  const timer = setTimeout(() => server.kill('SIGKILL'), ENDED_IN_MS)
  server.kill('SIGTERM')
  await ended
  clearTimeout(timer)
}
