import { KINDS, kindOf, type Thing } from './account.ts'
import type { Process } from './process.ts'
import type { World } from './world.ts'

/** The state of an environment while an engine holds its lock. */
export interface StateAt {
  /** What it knows; the engine changes it. */
  readonly known: Thing[]
  /** Writes it if that was not done for a while. */
  persist(): Promise<void>
  /** Writes it and frees the lock. */
  close(): Promise<void>
}

/** Terraform's own: it does not write more often (terraform-automation.md, 1.8). */
const PERSIST_MS = 20_000

export const stateKey = (environment: string): string => `state/preview/${environment}.tfstate`

/** `undefined` if somebody holds the lock. The body of the lock is that of Terraform's S3 backend. */
export async function openState({ bucket, timeline }: World, process: Process, environment: string): Promise<StateAt | undefined> {
  const key = stateKey(environment)
  const lockKey = `${key}.tflock`
  const { user, host } = process.identity
  const lock = { ID: `${process.number}-${process.doors}`, Who: `${user}@${host}`, Created: new Date(timeline.now).toISOString() }
  const locked = await process.pass('terraform locks', () => bucket.put(lockKey, JSON.stringify(lock), { absent: true }))
  if (locked === undefined) return undefined
  const known = parse(bucket.read(key), environment)
  let written = timeline.now
  let text = JSON.stringify(known)
  const write = async (): Promise<void> => {
    if (JSON.stringify(known) === text) return
    text = JSON.stringify(known)
    await process.pass('terraform writes its state', () => bucket.put(key, serialize(known)))
    written = timeline.now
  }
  return {
    known,
    persist: async () => {
      if (timeline.now - written >= PERSIST_MS) await write()
    },
    close: async () => {
      await write()
      await process.pass('terraform unlocks', () => bucket.remove(lockKey))
    },
  }
}

interface Stored {
  resources: { type: string; instances: { attributes: { id: string; commit: string } }[] }[]
}

function parse(text: string | undefined, environment: string): Thing[] {
  if (text === undefined) return []
  return (JSON.parse(text) as Stored).resources.flatMap(({ type, instances }) =>
    instances.map(({ attributes: { id, commit } }) => ({ id, environment, kind: kindOf(type), commit, at: 0 })),
  )
}

function serialize(known: readonly Thing[]): string {
  const resources = known.map(({ kind, id, commit }) => ({
    mode: 'managed',
    type: KINDS[kind].type,
    name: 'it',
    instances: [{ attributes: { id, commit } }],
  }))
  return JSON.stringify({ version: 4, lineage: 'lineage', serial: 1, resources })
}
