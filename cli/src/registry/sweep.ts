import type { Clock } from '../system/clock.ts'
import type { ObjectStore } from '../system/object-store.ts'

const KEY = 'registry/sweep.json'

/** Notes that a sweep has come to its end: `devtool doctor` says so when none has for long. */
export async function noteSweep(store: ObjectStore, clock: Clock): Promise<void> {
  await store.put(KEY, JSON.stringify({ schema: 1, at: clock.now().toISOString() }))
}

/** When the last sweep was; `undefined` if none was noted, or the note cannot be read. */
export async function lastSweep(store: ObjectStore): Promise<Date | undefined> {
  const body = (await store.get(KEY))?.body ?? ''
  const at = /"at":\s*"([^"]+)"/.exec(body)?.[1] ?? ''
  return Number.isNaN(Date.parse(at)) ? undefined : new Date(at)
}
