/** Time that passes only when everything that could happen at a moment has happened: what is due comes in the order of its time. */
export interface Timeline {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Calls `work` in `delay` milliseconds; what is returned takes it back. */
  after(delay: number, work: () => void): () => void
  /** Until nothing is due any more, or `done` says so. `busy` says that somebody works who will be heard of without time passing. */
  run(options: { busy: () => boolean; done?: () => boolean }): Promise<void>
}

interface Due {
  at: number
  order: number
  work: (() => void) | null
}

const START = Date.UTC(2026, 10, 21, 8)
/** Of real time, for a module that is loaded for the first time. */
const PATIENCE_MS = 20_000

const { setImmediate: immediately, performance } = globalThis

export function createTimeline(): Timeline {
  const queue: Due[] = []
  let now = START
  let order = 0

  const insert = (due: Due): void => {
    let at = queue.length
    while (at > 0 && isAfter(queue[at - 1], due)) at -= 1
    queue.splice(at, 0, due)
  }

  /** Everything that follows without waiting has happened. */
  const settled = (): Promise<void> => new Promise((resolve) => immediately(resolve))

  const idle = async (busy: () => boolean): Promise<void> => {
    await settled()
    if (!busy()) return
    const since = performance.now()
    while (busy()) {
      if (performance.now() - since > PATIENCE_MS) throw new Error('a run waits for something that is none of its doors')
      await settled()
    }
    await settled()
  }

  return {
    get now() {
      return now
    },
    after: (delay, work) => {
      order += 1
      const due: Due = { at: now + Math.max(0, delay), order, work }
      insert(due)
      return () => {
        due.work = null
      }
    },
    run: async ({ busy, done = () => false }) => {
      for (;;) {
        await idle(busy)
        if (done()) return
        const next = queue.shift()
        if (next === undefined) return
        if (next.work === null) continue
        now = next.at
        next.work()
      }
    },
  }
}

function isAfter(one: Due | undefined, other: Due): boolean {
  return one !== undefined && (one.at > other.at || (one.at === other.at && one.order > other.order))
}
