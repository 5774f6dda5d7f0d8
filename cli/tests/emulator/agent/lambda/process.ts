import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RunningProcess, startProcess } from '../../../../src/machine/process.ts'
import { createNetworkFolder } from '../container/network.ts'
import { unprivileged } from '../container/owner.ts'
import { processPorts } from '../container/runtime.ts'
import type { Exit, Route } from '../ports.ts'

export interface FunctionProcess {
  /** Where invocations have their folders. */
  folder: string
  /** The unpacked code, and what else the process reads. */
  task: string
  reads: readonly string[]
  handler: string
  environment: Record<string, string>
  memoryMiB: number
  timeoutMs: number
  routes: readonly Route[]
  /** Port of the API on this machine. */
  api: number
  context: Record<string, string>
  /** As JSON. */
  event: string
}

export interface Outcome {
  /** What the runtime wrote, `undefined` if it did not come to it. */
  result?: { failed: boolean; body: string }
  timedOut: boolean
  exit: Exit
  lines: string[]
  milliseconds: number
}

/** The initialization may take so long on AWS, on top of the time limit. */
const INIT_MS = 10_000

/** One invocation in a process of its own, as after a cold start. `running` holds what can be ended meanwhile. */
export async function runFunction(spec: FunctionProcess, running: Set<RunningProcess>): Promise<Outcome> {
  const own = mkdtempSync(path.join(spec.folder, 'invocation-'))
  try {
    chmodSync(own, 0o755)
    const owner = unprivileged([process.execPath, spec.task, own, ...spec.reads])
    const network = createNetworkFolder(own, [spec.api], owner)
    network.write(spec.routes)
    const out = path.join(own, 'out')
    mkdirSync(out)
    if (owner !== undefined) chownSync(out, owner.uid, owner.gid)
    copyFileSync(path.join(import.meta.dirname, 'bootstrap.cjs'), path.join(own, 'bootstrap.cjs'))
    const head = { handler: spec.handler, root: spec.task, deadlineMs: spec.timeoutMs, context: spec.context }
    writeFileSync(path.join(own, 'invocation.json'), `${JSON.stringify(head).slice(0, -1)},"event":${spec.event}}`)

    const lines: string[] = []
    // the rest of the memory is what lies outside of the heap
    const heap = `--max-old-space-size=${Math.floor(spec.memoryMiB * 0.9)}`
    const environment = { ...spec.environment, NODE_OPTIONS: network.nodeOptions(spec.environment['NODE_OPTIONS']), TMPDIR: out }
    const command = [process.execPath, heap, path.join(own, 'bootstrap.cjs')]
    const log = { write: (line: string) => void lines.push(line), close: () => {} }
    const started = Date.now()
    const child = await startProcess(processPorts, { command, folder: spec.task, environment, ...owner }, { mark: own, log })
    running.add(child)
    const timedOut = await overtime(child, started, spec.timeoutMs, path.join(out, 'started'))
    const exit = await child.ended.finally(() => running.delete(child))
    const result = timedOut ? undefined : readResult(path.join(out, 'result.json'))
    return { ...(result === undefined ? {} : { result }), timedOut, exit, lines, milliseconds: Date.now() - started }
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
}

/** Whether it had to be ended. The limit counts from when the handler was called, a time that the runtime writes down. */
async function overtime(child: RunningProcess, started: number, timeoutMs: number, file: string): Promise<boolean> {
  const over = new AbortController()
  const ended = child.ended.then(() => over.abort())
  try {
    for (let pause = timeoutMs; ; ) {
      await sleep(pause, undefined, { signal: over.signal }).catch(() => {})
      if (over.signal.aborted) return false
      const called = Number(readFileOrNothing(file) ?? Number.NaN)
      const limit = Number.isNaN(called) ? started + Math.max(INIT_MS, timeoutMs) : called + timeoutMs
      pause = limit - Date.now()
      if (pause > 0) continue
      processPorts.processes.signal(-child.pid, 'SIGKILL')
      return true
    }
  } finally {
    if (over.signal.aborted) await ended
  }
}

function readFileOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function readResult(file: string): { failed: boolean; body: string } | undefined {
  const text = readFileOrNothing(file)
  if (text === undefined) return undefined
  const { failed, body } = JSON.parse(text)
  return { failed: failed === true, body: String(body) }
}
