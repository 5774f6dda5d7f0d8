export interface Clock {
  now(): Date
  /** Waits; ends early, without an error, when `signal` fires. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
  /**
   * Does `work` again and again, each time that long after it was done the last time; keeps no process alive. `work` must not throw. What comes
   * back ends it, and resolves when nothing of it is under way any more.
   */
  every(milliseconds: number, work: () => Promise<void>): () => Promise<void>
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve()
        return
      }
      const finish = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = setTimeout(finish, milliseconds)
      signal?.addEventListener('abort', finish)
    }),
  every: (milliseconds, work) => {
    let ended = false
    let timer: NodeJS.Timeout
    let working: Promise<void> = Promise.resolve()
    const wait = (): void => {
      timer = setTimeout(() => {
        working = work().then(() => {
          if (!ended) wait()
        })
      }, milliseconds)
      timer.unref()
    }
    wait()
    return () => {
      ended = true
      clearTimeout(timer)
      return working
    }
  },
}
