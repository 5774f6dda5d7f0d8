import { ConflictError } from '../errors.ts'
import type { Clock } from '../system/clock.ts'
import type { ObjectStore } from '../system/object-store.ts'
import type { Random } from '../system/random.ts'

/** Slots are 1 to 999: each is a block of 50 of the 50,000 listener-rule priorities of a load balancer, and block 0 is the platform's. */
export const SLOT_COUNT = 999
const PREFIX = 'registry/slots/'
/** A claim takes seconds; a slot that has belonged to nobody for this long was left by a claim that died. */
const ORPHAN_MS = 3_600_000

interface SlotOwner {
  name: string
  claimedAt: string
}

const keyOf = (slot: number): string => `${PREFIX}${String(slot).padStart(4, '0')}.json`

export interface Slots {
  /** `wanted` if it is free, otherwise any other. */
  claim(name: string, owns: (name: string, slot: number) => Promise<boolean>, wanted?: number | null): Promise<number>
  /** A slot to plan with: claims go for low ones, so that the highest stays free the longest. Without one, the last. */
  highestFree(): Promise<number>
  release(slot: number, name: string): Promise<void>
  /** Frees what claims that died have left, but for `used`. `slotOf` a name: null for one that has none yet, undefined if there is no such name. */
  tidy(used: ReadonlySet<number>, slotOf: (name: string) => Promise<number | null | undefined>): Promise<void>
}

export function createSlots(ports: { store: ObjectStore; clock: Clock; random: Random }): Slots {
  const { store, clock, random } = ports

  const owner = async (slot: number): Promise<SlotOwner | undefined> => {
    const object = await store.get(keyOf(slot))
    return object === undefined ? undefined : (JSON.parse(object.body) as SlotOwner)
  }

  const release = async (slot: number, name: string): Promise<void> => {
    if ((await owner(slot))?.name === name) await store.remove(keyOf(slot))
  }

  const reclaim = async (owns: (name: string, slot: number) => Promise<boolean>): Promise<number> => {
    let freed = 0
    for (let slot = 1; slot <= SLOT_COUNT; slot += 1) {
      const holder = await owner(slot)
      if (holder === undefined) continue
      const age = clock.now().getTime() - Date.parse(holder.claimedAt)
      if (age < ORPHAN_MS || (await owns(holder.name, slot))) continue
      await release(slot, holder.name)
      freed += 1
    }
    return freed
  }

  const listFree = async (): Promise<number[]> => {
    const taken = new Set(await store.list(PREFIX))
    return Array.from({ length: SLOT_COUNT }, (_, index) => index + 1).filter((slot) => !taken.has(keyOf(slot)))
  }

  const claim: Slots['claim'] = async (name, owns, wanted) => {
    for (;;) {
      const free = await listFree()
      if (free.length === 0) {
        if ((await reclaim(owns)) > 0) continue
        throw new ConflictError(`could not claim a slot: all ${SLOT_COUNT} are taken`, {
          hint: 'remove environments that nobody needs: devtool env list, devtool env destroy <name>',
        })
      }
      // Many claims at once would all go for the lowest; a random one of the next few dozen seldom meets another.
      const slot = free.find((each) => each === wanted) ?? (free[random.below(Math.min(free.length, 64))] as number)
      const body = JSON.stringify({ name, claimedAt: clock.now().toISOString() } satisfies SlotOwner)
      if ((await store.put(keyOf(slot), body, { absent: true })) !== undefined) return slot
    }
  }

  const tidy: Slots['tidy'] = async (used, slotOf) => {
    for (const key of await store.list(PREFIX)) {
      const slot = Number(key.slice(PREFIX.length, -'.json'.length))
      const holder = used.has(slot) ? undefined : await owner(slot)
      if (holder === undefined) continue
      const current = await slotOf(holder.name)
      const age = clock.now().getTime() - Date.parse(holder.claimedAt)
      // a name is claimed before its slot: whoever has none, or another slot, does not come back for this one
      if (current !== slot && (current !== null || age >= ORPHAN_MS)) await release(slot, holder.name)
    }
  }

  return { claim, release, tidy, highestFree: async () => (await listFree()).at(-1) ?? SLOT_COUNT }
}
