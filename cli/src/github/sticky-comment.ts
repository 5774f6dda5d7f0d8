import type { Clock } from '../system/clock.ts'
import type { Comments, OwnComment } from './comments.ts'

/** Milliseconds between two edits. */
const PAUSE = 10_000

/** The one comment of DevTool's on a pull request, edited in place. */
export interface StickyComment {
  /** What it should say now. Returns at once; of what comes faster than it may be edited only the last is written. Never fails: `settle` does. */
  show(body: string): void
  /**
   * What it should say in the end; resolves when it says so. An edit that is already there is not made, nor one that `isSame` finds to say
   * nothing new. `urgent` does not wait for its turn: the process is about to be ended.
   */
  settle(body: string, options?: { isSame?: (existing: string) => boolean; urgent?: boolean }): Promise<void>
}

/** Bodies begin with the marker (rendering/comment.ts). */
export function stickyComment(comments: Comments, clock: Clock): StickyComment {
  let known: OwnComment | undefined
  let wanted: string | undefined
  let tried: string | undefined
  let free = 0
  let working: Promise<void> | undefined
  const hurry = new AbortController()

  /** There may be several for a moment, when two runs found none: the oldest stays, whoever sees that there are more removes them. */
  const find = async (): Promise<OwnComment | undefined> => {
    const [oldest, ...others] = await comments.find()
    for (const { id } of others) await comments.remove(id)
    return oldest
  }

  const edit = async (body: string): Promise<boolean> => {
    if (known === undefined) return false
    if (known.body === body) return true
    if (!(await comments.edit(known.id, body))) return false
    known = { id: known.id, body }
    return true
  }

  const write = async (body: string): Promise<void> => {
    const fresh = known === undefined
    known ??= await find()
    if (await edit(body)) return
    if (!fresh) {
      // deleted since: another run may have made it again
      known = await find()
      if (await edit(body)) return
    }
    const { id } = await comments.create(body)
    const oldest = await find()
    known = oldest === undefined || oldest.id === id ? { id, body } : oldest
    // removed by another run in this moment: looked for anew when it is its turn again
    if (!(await edit(body))) known = undefined
  }

  const work = async (): Promise<void> => {
    // never done before `working` is set
    await Promise.resolve()
    try {
      while (wanted !== undefined && wanted !== known?.body) {
        const pause = hurry.signal.aborted ? 0 : Math.min(free - clock.now().getTime(), PAUSE)
        if (pause > 0) {
          await clock.sleep(pause, hurry.signal)
          continue
        }
        tried = wanted
        try {
          await write(wanted)
        } finally {
          free = clock.now().getTime() + PAUSE
        }
      }
    } finally {
      // in the same breath as the last look at `wanted`, so that no text falls between
      working = undefined
    }
  }

  const start = (): Promise<void> => {
    working ??= work()
    return working
  }

  return {
    show: (body) => {
      wanted = body
      start().catch(() => {
        // the next one tries again
      })
    },
    settle: async (body, { isSame, urgent = false } = {}) => {
      if (isSame !== undefined) known ??= await find()
      if (urgent) hurry.abort()
      // what is said already is said again, so that nothing that waits for its turn comes after it
      const last = known !== undefined && isSame?.(known.body) === true ? known.body : body
      wanted = last
      await start().catch((error: unknown) => {
        if (tried === last) throw error
        return start()
      })
    },
  }
}
