/** Something that changes, and those who wait until it is as they need it. */
export interface Changes {
  happened(): void
  /** Resolves with the first value of `look` that is not undefined; it is asked now and after each change. What it throws rejects. */
  until<T>(look: () => T | undefined): Promise<T>
  /** Calls after each change. Returns how to stop that. */
  listen(listener: () => void): () => void
}

export function changes(): Changes {
  const listeners = new Set<() => void>()
  const listen = (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return {
    happened: () => {
      for (const listener of [...listeners]) listener()
    },
    listen,
    until: (look) =>
      new Promise((resolve, reject) => {
        const ask = (): boolean => {
          try {
            const value = look()
            if (value === undefined) return false
            resolve(value)
          } catch (error) {
            reject(error)
          }
          return true
        }
        if (ask()) return
        const stop = listen(() => {
          if (ask()) stop()
        })
      }),
  }
}
