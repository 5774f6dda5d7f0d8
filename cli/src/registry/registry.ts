import { ConflictError } from '../errors.ts'
import type { Clock } from '../system/clock.ts'
import type { ObjectStore } from '../system/object-store.ts'
import type { Random } from '../system/random.ts'
import type { EnvironmentRecord } from './record.ts'
import { createSlots } from './slots.ts'
import { type ReadRecord, readRecord, serialize } from './stored-record.ts'
import { createTombstones } from './tombstones.ts'

/** Which environments exist, for whom and until when. Every write is conditional: of two writers at once one is told so. */
export interface Registry {
  /** For messages. */
  readonly location: string
  get(name: string): Promise<EnvironmentRecord | undefined>
  /** The record of an environment that was destroyed under this name, if it is the last thing known of it. */
  getDestroyed(name: string): Promise<EnvironmentRecord | undefined>
  /**
   * The last record of the environment of a pull request that was destroyed last, whatever its name was and whoever has that name now. What was
   * destroyed before records were kept by pull request is not found. `repository` is owner/name, in any case of letters.
   */
  getDestroyedOf(repository: string, pullRequest: number): Promise<EnvironmentRecord | undefined>
  /** Every record in name order; `onCorrupt` is told of each one that cannot be read. */
  list(onCorrupt: (error: unknown) => void): Promise<EnvironmentRecord[]>
  names(): Promise<string[]>
  /** Takes the name of the record and a slot for it, the record's own if that is free; `undefined` if someone has the name. */
  claim(record: EnvironmentRecord): Promise<EnvironmentRecord | undefined>
  /** The slot that a claim of this moment would be given if it asked for it. Claims nothing. */
  freeSlot(): Promise<number>
  /** The record with its slot, claimed now if the run that claimed the name died before it had one. */
  withSlot(record: EnvironmentRecord): Promise<EnvironmentRecord & { slot: number }>
  /** Changes the record that is there now; looks again and repeats when another writer was faster. */
  update(name: string, change: (record: EnvironmentRecord) => EnvironmentRecord): Promise<EnvironmentRecord>
  /** Frees the slots that claims which died have left. */
  tidy(): Promise<void>
  /** The environment is gone: keeps its last record, by name and by pull request, and frees name and slot. */
  close(name: string, last: EnvironmentRecord): Promise<void>
}

const PREFIX = 'registry/environments/'
/** Requests in flight while listing: enough to hide the latency of a bucket, little enough to hold few records in memory. */
const CONCURRENCY = 32

export function createRegistry(ports: { store: ObjectStore; clock: Clock; random: Random }): Registry {
  const { store, random } = ports
  const slots = createSlots(ports)
  const keyOf = (name: string): string => `${PREFIX}${name}.json`
  const read = (key: string): Promise<ReadRecord | undefined> => readRecord(store, key)
  const tombstones = createTombstones(store)
  const owns = async (name: string, slot: number): Promise<boolean> => (await read(keyOf(name)))?.record.slot === slot
  const names = async (): Promise<string[]> => (await store.list(PREFIX)).map((key) => key.slice(PREFIX.length, -'.json'.length))

  // What was written last: usually nobody else has written since, and then looking first is a request for nothing.
  const written = new Map<string, ReadRecord>()

  const update = async (name: string, change: (record: EnvironmentRecord) => EnvironmentRecord): Promise<EnvironmentRecord> => {
    for (;;) {
      const found = written.get(name) ?? (await read(keyOf(name)))
      if (found === undefined) {
        throw new ConflictError(`could not update ${name}: it is no longer in the registry`, { hint: 'devtool env list' })
      }
      const record = change(found.record)
      const version = await store.put(keyOf(name), serialize(record), { version: found.version })
      if (version === undefined) written.delete(name)
      else {
        written.set(name, { record, version })
        return record
      }
    }
  }

  const withSlot = async (record: EnvironmentRecord): Promise<EnvironmentRecord & { slot: number }> => {
    if (record.slot !== null) return { ...record, slot: record.slot }
    const slot = await slots.claim(record.name, owns)
    const updated = await update(record.name, (current) => ({ ...current, slot: current.slot ?? slot }))
    if (updated.slot !== slot) await slots.release(slot, record.name)
    return { ...updated, slot: updated.slot ?? slot }
  }

  const list: Registry['list'] = async (onCorrupt) => {
    const keys = await store.list(PREFIX)
    const records: (EnvironmentRecord | undefined)[] = new Array(keys.length).fill(undefined)
    let next = 0
    const worker = async (): Promise<void> => {
      for (let index = next++; index < keys.length; index = next++) {
        try {
          records[index] = (await read(keys[index] as string))?.record
        } catch (error) {
          onCorrupt(error)
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, keys.length) }, worker))
    return records.filter((record) => record !== undefined)
  }

  return {
    location: store.location,
    names,
    get: async (name) => {
      const found = await read(keyOf(name))
      if (found === undefined) written.delete(name)
      else written.set(name, found)
      return found?.record
    },
    getDestroyed: tombstones.of,
    getDestroyedOf: tombstones.ofPullRequest,
    list,
    tidy: async () => {
      const used = (await list(() => undefined)).flatMap(({ slot }) => slot ?? [])
      await slots.tidy(new Set(used), async (name) => (await read(keyOf(name)))?.record.slot)
    },
    claim: async (record) => {
      const key = keyOf(record.name)
      // The name first: of many claimants at once only the one who gets it goes on to look for a slot.
      const mine = { ...record, slot: null, claim: random.below(2 ** 48).toString(36) }
      const version = await store.put(key, serialize(mine), { absent: true })
      if (version === undefined) return undefined
      const claimed = { ...mine, slot: await slots.claim(record.name, owns, record.slot) }
      if ((await store.put(key, serialize(claimed), { version })) !== undefined) return claimed
      await slots.release(claimed.slot, record.name)
      return withSlot(mine)
    },
    freeSlot: slots.highestFree,
    withSlot,
    update,
    close: async (name, last) => {
      // First what is to be known of it afterwards: until its record goes, whoever closes it again writes the same.
      await tombstones.keep(name, last)
      if (last.slot !== null) await slots.release(last.slot, name)
      await store.remove(keyOf(name))
    },
  }
}
