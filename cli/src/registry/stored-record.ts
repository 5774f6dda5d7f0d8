import type { ObjectStore } from '../system/object-store.ts'
import type { EnvironmentRecord } from './record.ts'

export interface ReadRecord {
  record: EnvironmentRecord
  /** Of the object, for a conditional write. */
  version: string
}

/** A record as the store has it. Throws a `UserError` that names the object if it is none. */
export async function readRecord(store: ObjectStore, key: string): Promise<ReadRecord | undefined> {
  const object = await store.get(key)
  if (object === undefined) return undefined
  const { parseRecord } = await import('./record.ts')
  return { record: parseRecord(object.body, `${store.location}/${key}`), version: object.version }
}

export function serialize(record: EnvironmentRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`
}
