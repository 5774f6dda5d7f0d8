import { hostname, userInfo } from 'node:os'
import type { Files } from './files.ts'

/** A process as other machines can name it. */
export interface ProcessIdentity {
  user: string
  host: string
  /** The machine, stable over reboots; empty where it has no id (a container), and then nothing is concluded from it. */
  machine: string
  /** This boot and process-id namespace: process ids are comparable only within it. */
  boot: string
  pid: number
  /** When the process began, in the kernel's ticks; a recycled pid has another. */
  started: string
}

export interface Processes {
  self(): Promise<ProcessIdentity>
  /** True only if it is certain that the process has ended; a process of another machine is never certain. */
  ended(identity: ProcessIdentity): Promise<boolean>
  /** Whether a process of this machine has that id now. */
  alive(pid: number): Promise<boolean>
  /** Live processes of ours whose environment holds `variable=value`. Linux only; empty elsewhere. */
  withVariable(variable: string, value: string): Promise<{ pid: number; command: string }[]>
  /** Sends a signal; to the whole process group of that leader if `pid` is negative. Nothing happens if it has ended. */
  signal(pid: number, signal: 'SIGINT' | 'SIGTERM' | 'SIGQUIT' | 'SIGKILL'): void
}

interface Stat {
  state: string
  started: string
}

/** Fields 3 and 22 of /proc/<pid>/stat (proc(5)); the command in field 2 may itself hold spaces and brackets. */
function parseStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', started: fields[19] ?? '' }
}

/** Whether the two have their ids from the same kernel and name space: then `ended` of the one is certain to the other. */
export function haveOneMachine(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.host === other.host && one.boot === other.boot && one.machine === other.machine
}

/** Empty for a user id without a name, as containers may have. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}

export function systemProcesses(files: Files): Processes {
  const stat = async (pid: number): Promise<Stat | undefined> => {
    const text = await files.readText(`/proc/${pid}/stat`).catch(() => undefined)
    return text === undefined ? undefined : parseStat(text)
  }
  const line = async (file: string): Promise<string> => ((await files.readText(file).catch(() => undefined)) ?? '').trim()

  const self = async (): Promise<ProcessIdentity> => ({
    user: userName(),
    host: hostname(),
    machine: await line('/etc/machine-id'),
    boot: `${await line('/proc/sys/kernel/random/boot_id')}/${(await files.linkTarget('/proc/self/ns/pid')) ?? ''}`,
    pid: process.pid,
    started: (await stat(process.pid))?.started ?? '',
  })

  const alive = async (identity: { pid: number; started: string }): Promise<boolean> => {
    try {
      process.kill(identity.pid, 0)
    } catch (error) {
      return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
    }
    const now = await stat(identity.pid)
    if (now === undefined) return true
    // a zombie has ended; only its parent has not looked yet
    return now.state !== 'Z' && (identity.started === '' || identity.started === now.started)
  }

  return {
    self,
    alive: (pid) => alive({ pid, started: '' }),
    ended: async (identity) => {
      const here = await self()
      if (identity.host !== here.host) return false
      if (haveOneMachine(identity, here)) return !(await alive(identity))
      const sameBootId = identity.boot.split('/')[0] === here.boot.split('/')[0]
      return here.machine !== '' && identity.machine === here.machine && !sameBootId
    },
    withVariable: async (variable, value) => {
      const found: { pid: number; command: string }[] = []
      for (const entry of await files.list('/proc').catch(() => [])) {
        const pid = Number.parseInt(entry, 10)
        if (!Number.isInteger(pid) || pid === process.pid) continue
        const environ = await files.readText(`/proc/${pid}/environ`).catch(() => undefined)
        if (environ === undefined || !environ.split('\0').includes(`${variable}=${value}`)) continue
        if ((await stat(pid))?.state === 'Z') continue
        const command = (await files.readText(`/proc/${pid}/cmdline`).catch(() => undefined)) ?? ''
        found.push({ pid, command: command.split('\0')[0] ?? '' })
      }
      return found
    },
    signal: (pid, signal) => {
      try {
        process.kill(pid, signal)
      } catch {
        // it ended by itself meanwhile
      }
    },
  }
}
