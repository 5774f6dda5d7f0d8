import type { Clock } from '../system/clock.ts'

/** Whether the promise resolves in time. */
export async function within(clock: Clock, promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const done = new AbortController()
  try {
    return await Promise.race([promise.then(() => true), clock.sleep(milliseconds, done.signal).then(() => false)])
  } finally {
    done.abort()
  }
}
