import type { Clock } from '../../src/system/clock.ts'
import type { Processes, ProcessIdentity } from '../../src/system/processes.ts'
import type { Pass } from './bucket.ts'
import type { Chance } from './chance.ts'
import type { Death } from './story.ts'
import type { Timeline } from './timeline.ts'

/** A process that may die at any of its doors: what it would do after that is never done, and nobody is told. */
export interface Process {
  readonly number: number
  readonly identity: ProcessIdentity
  readonly state: 'running' | 'dead' | 'ended'
  /** Doors that it has passed; the last of them, for whoever reads what happened. */
  readonly doors: number
  readonly at: string
  readonly interrupt: AbortSignal
  readonly clock: Clock
  pass: Pass
  /** It waits for something, which will come. */
  readonly waits: boolean
  kill(): void
  end(): void
  /** Rejects when it has died: for what would block others if it never ended. */
  readonly died: Promise<never>
}

/** A cancelled run is asked to stop, and killed when it has not (terraform-automation.md, F6). */
const GRACE_MS = 10_000

export interface ProcessOptions {
  number: number
  timeline: Timeline
  chance: Chance
  death: Death | null
  /** Each process has a machine of its own, made from one image; otherwise all are on one. */
  hosted: boolean
  onDeath: () => void
}

export function createProcess({ number, timeline, chance, death, hosted, onDeath }: ProcessOptions): Process {
  let state: Process['state'] = 'running'
  let doors = 0
  let waiting = 0
  let at = 'the start'
  const controller = new AbortController()
  let fail: (error: Error) => void = () => undefined
  const died = new Promise<never>((_, reject) => {
    fail = reject
  })
  died.catch(() => undefined)

  const kill = (): void => {
    if (state !== 'running') return
    state = 'dead'
    fail(new Error('the process is dead'))
    onDeath()
  }

  const strike = (): void => {
    if (death === null || doors !== death.at) return
    if (death.how === 'cancel') controller.abort()
    if (death.how === 'cancel') timeline.after(GRACE_MS, kill)
    else kill()
  }

  /** Resolves when `delay` is over, unless the process is dead by then. */
  const wait = (delay: number): Promise<void> =>
    new Promise((resolve) => {
      if (state !== 'running') return
      waiting += 1
      timeline.after(delay, () => {
        waiting -= 1
        if (state === 'running') resolve()
      })
    })

  const door = (name: string, delay: number): Promise<void> => {
    if (state === 'running') {
      doors += 1
      at = name
      strike()
    }
    return wait(delay)
  }

  const pass: Pass = async (name, work) => {
    const slow = name.startsWith('terraform')
    await door(name, slow ? chance.between(200, 6_000) : chance.between(5, 200))
    try {
      return await work()
    } finally {
      await door(`${name}, done`, chance.between(1, 100))
    }
  }

  const clock: Clock = {
    now: () => new Date(timeline.now),
    sleep: async (milliseconds, signal) => {
      if (signal?.aborted === true) return
      await Promise.race([
        door('sleep', milliseconds),
        new Promise<void>((resolve) => {
          signal?.addEventListener('abort', () => state === 'running' && resolve(), { once: true })
        }),
      ])
    },
    every: (milliseconds, work) => {
      let working: Promise<void> = Promise.resolve()
      let takeBack = (): void => undefined
      let ended = false
      const next = (): void => {
        takeBack = timeline.after(milliseconds, () => {
          if (state !== 'running') return
          working = work().then(() => {
            if (!ended) next()
          })
        })
      }
      next()
      return () => {
        ended = true
        takeBack()
        return working
      }
    },
  }

  const boot = hosted ? `boot-${number}` : 'boot'
  return {
    number,
    identity: { user: 'runner', host: 'runner', machine: 'image', boot, pid: hosted ? 42 : number, started: hosted ? '1' : String(number) },
    clock,
    pass,
    kill,
    died,
    interrupt: controller.signal,
    get state() {
      return state
    },
    get doors() {
      return doors
    },
    get at() {
      return at
    },
    get waits() {
      return waiting > 0
    },
    end: () => {
      if (state === 'running') state = 'ended'
    },
  }
}

/** What a process knows of the others: on its own machine which of them have ended, of another machine nothing. */
export function processesOf(self: Process, all: readonly Process[]): Processes {
  const find = ({ boot, pid }: ProcessIdentity): Process | undefined =>
    all.find(({ identity }) => identity.boot === boot && identity.pid === pid)
  return {
    self: async () => self.identity,
    ended: async (identity) => identity.boot === self.identity.boot && find(identity)?.state !== 'running',
    alive: async (pid) => find({ ...self.identity, pid })?.state === 'running',
    // its Terraform dies with it, as with the machine of a runner
    withVariable: async () => [],
    signal: () => undefined,
  }
}
