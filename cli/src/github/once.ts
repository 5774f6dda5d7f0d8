import type { Clock } from '../system/clock.ts'
import { isUncertain } from './errors.ts'

const TRIES = 3
/** Milliseconds: what GitHub made although its answer was lost shows up by then. */
const PAUSE = 2_000

/**
 * Makes what must not be there twice. A request whose answer was lost may have been done, so before the next try it is looked for.
 */
export async function makeOnce<T>(clock: Clock, make: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await make()
    } catch (error) {
      if (tries === TRIES || !isUncertain(error)) throw error
    }
    await clock.sleep(PAUSE * tries)
    const found = await find()
    if (found !== undefined) return found
  }
}
