import path from 'node:path'
import type { Clock } from '../../system/clock.ts'
import type { Files } from '../../system/files.ts'
import type { Processes } from '../../system/processes.ts'
import type { Run } from '../../system/run.ts'

export interface PreviousPorts {
  files: Files
  run: Run
  processes: Processes
  clock: Clock
  variables: Readonly<Record<string, string | undefined>>
}

/** A fast shutdown cuts the sessions off and writes a checkpoint; an immediate one leaves that to the next start. Neither loses what is committed. */
const SHUTDOWN = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5000],
  ['SIGKILL', 5000],
] as const

const LOOK_MS = 25

/** Ends a server, one way after the other, until `gone` says in the time it is given that it is. */
export async function shutDown(
  processes: Processes,
  pid: number,
  gone: (milliseconds: number) => Promise<boolean>,
  ways: readonly (readonly ['SIGINT' | 'SIGQUIT' | 'SIGKILL', number])[] = SHUTDOWN,
): Promise<void> {
  for (const [signal, milliseconds] of ways) {
    processes.signal(pid, signal)
    if (await gone(milliseconds)) return
  }
}

/** Ends a server that an earlier owner left on the data, and makes sure that the next one is not kept out by a process that is none. */
export async function endPrevious(ports: PreviousPorts, data: string, owner?: { uid: number; gid: number }): Promise<void> {
  const { files, processes } = ports
  const file = path.join(data, 'postmaster.pid')
  const [line = '', ...rest] = ((await files.readText(file)) ?? '').split('\n')
  const pid = Number.parseInt(line, 10)
  if (!(pid > 0)) return
  if (!(await hasEnded(ports, pid)) && (await servesFrom(ports, pid, data))) {
    await shutDown(processes, pid, (milliseconds) => endsWithin(ports, pid, milliseconds))
    return
  }
  // After a reboot the number may be anybody's, and a server that was killed keeps its own until its parent has looked: Postgres would not
  // start beside either. The rest of the file stays: by it Postgres finds out whether
  // sessions of a server that was killed still hold its memory. Its own parent it does not take for a server.
  await files.write(file, [process.pid, ...rest].join('\n'), { mode: 0o600 })
  if (owner !== undefined) await files.setOwner(file, owner)
}

/**
 * Ends what a killed server left: sessions that are busy do not notice that it is gone, and while they live nobody may start on their
 * data. Where there is no list of processes with their folders (macOS) they end by themselves, sooner or later.
 */
export async function endSessions(ports: PreviousPorts, data: string): Promise<void> {
  const { files, processes } = ports
  if (!(await files.exists(data))) return
  const real = await realFolder(ports, data)
  for (const entry of await files.list('/proc')) {
    const pid = Number.parseInt(entry, 10)
    if (!(pid > 0) || (await files.linkTarget(`/proc/${pid}/cwd`)) !== real) continue
    if (!(await commandOf(files, pid)).startsWith('postgres: ')) continue
    const gone = (milliseconds: number): Promise<boolean> => endsWithin(ports, pid, milliseconds)
    await shutDown(processes, pid, gone, [
      ['SIGQUIT', 2000],
      ['SIGKILL', 2000],
    ])
  }
}

async function servesFrom(ports: PreviousPorts, pid: number, data: string): Promise<boolean> {
  const { files, run, variables } = ports
  if (await files.exists('/proc/self/cwd')) {
    return (await files.linkTarget(`/proc/${pid}/cwd`)) === (await realFolder(ports, data)) && /postgres/.test(await commandOf(files, pid))
  }
  const { stdout } = await run('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { cwd: '/', env: variables, allowFailure: true })
  return stdout.includes('postgres') && stdout.includes(data)
}

async function realFolder({ run, variables }: PreviousPorts, folder: string): Promise<string> {
  return (await run('/bin/sh', ['-c', 'cd "$1" && pwd -P', 'sh', folder], { cwd: '/', env: variables })).stdout.trimEnd()
}

async function commandOf(files: Files, pid: number): Promise<string> {
  return ((await files.readText(`/proc/${pid}/cmdline`).catch(() => undefined)) ?? '').replaceAll('\0', ' ')
}

async function endsWithin(ports: PreviousPorts, pid: number, milliseconds: number): Promise<boolean> {
  const { clock } = ports
  for (const until = clock.now().getTime() + milliseconds; clock.now().getTime() < until; await clock.sleep(LOOK_MS)) {
    if (await hasEnded(ports, pid)) return true
  }
  return false
}

async function hasEnded({ processes }: Pick<PreviousPorts, 'processes'>, pid: number): Promise<boolean> {
  return processes.ended({ ...(await processes.self()), pid, started: '' })
}
