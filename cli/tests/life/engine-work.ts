import { KINDS, type Kind, type Thing } from './account.ts'
import type { StateAt } from './engine-state.ts'
import type { Process } from './process.ts'
import type { World } from './world.ts'

/** What makes an engine stop before it is through. */
export type Refusal = 'already-exists' | 'quota' | 'other' | 'interrupted'

/** What an engine does to the account, one thing at a time: it happens first, and the state knows it after that. */
export interface Work {
  /** What is gone from the account is gone from the state. */
  refresh(): Promise<void>
  adopt(id: string): Promise<void>
  bring(kind: Kind, commit: string): Promise<void>
  remove(thing: Thing): Promise<void>
  stop(refusal: Refusal): never
  /** What stopped it; null when it is through. */
  attempt(work: () => Promise<void>): Promise<Refusal | null>
}

export function createWork(of: {
  world: World
  process: Process
  environment: string
  state: StateAt
  signal: AbortSignal | undefined
}): Work {
  const { process, environment, state, signal } = of
  const { account, timeline } = of.world
  const { known } = state

  const stop = (refusal: Refusal): never => {
    throw new Stopped(refusal)
  }
  const operate = async (what: string, change: () => void): Promise<void> => {
    if (signal?.aborted === true) stop('interrupted')
    await process.pass(`terraform ${what}`, change)
    await state.persist()
  }
  const forget = ({ id }: Thing): void => {
    known.splice(0, known.length, ...known.filter((thing) => thing.id !== id))
  }
  const remove = (thing: Thing): Promise<void> =>
    operate(`deletes ${thing.id}`, () => {
      account.things.delete(thing.id)
      forget(thing)
    })
  const create = (kind: Kind, commit: string): Promise<void> =>
    operate(`creates ${kind} of ${environment}`, () => {
      if (!KINDS[kind].repeatable && account.of(environment).some((thing) => thing.kind === kind)) stop('already-exists')
      known.push({ ...account.make(environment, kind, commit, timeline.now) })
    })

  return {
    stop,
    remove,
    refresh: () =>
      operate('refreshes', () => {
        for (const thing of [...known]) if (!account.things.has(thing.id)) forget(thing)
      }),
    adopt: (id) =>
      operate(`imports ${id}`, () => {
        const thing = account.things.get(id)
        if (thing === undefined) return stop('other')
        if (!known.some((one) => one.id === id)) known.push({ ...thing })
      }),
    bring: async (kind, commit) => {
      const there = known.find((thing) => thing.kind === kind)
      if (there === undefined) return create(kind, commit)
      if (there.commit === commit) return
      if (kind === 'task-definition') {
        await create(kind, commit)
        return remove(there)
      }
      await operate(`updates ${there.id}`, () => {
        const real = account.things.get(there.id)
        if (real === undefined) return stop('other')
        Object.assign(real, { commit, at: timeline.now })
        there.commit = commit
      })
    },
    attempt: async (work) => {
      try {
        await work()
        return null
      } catch (error) {
        if (error instanceof Stopped) return error.refusal
        throw error
      }
    },
  }
}

class Stopped extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal)
    this.refusal = refusal
  }
}
