import type { ObjectStore } from '../system/object-store.ts'
import type { ProcessIdentity } from '../system/processes.ts'
import type { Lease } from './lease-object.ts'

/** What a run is about to say of a pull request: kept from before it begins to say anything until it has said how it ended. */
export interface Untold {
  schema: 1
  run: string
  /** `owner/name`. */
  repository: string
  pullRequest: number
  since: string
  holder: ProcessIdentity
  workflow: Lease['workflow']
}

const PREFIX = 'registry/untold/'
const keyOf = ({ pullRequest, run }: Untold): string => `${PREFIX}${pullRequest}-${run}.json`

export async function noteUntold(store: ObjectStore, untold: Untold): Promise<void> {
  await store.put(keyOf(untold), JSON.stringify(untold, null, 2))
}

export async function forgetUntold(store: ObjectStore, untold: Untold): Promise<void> {
  await store.remove(keyOf(untold))
}

/** One that cannot be read says nothing, and is left out. */
export async function listUntold(store: ObjectStore): Promise<Untold[]> {
  const objects = await Promise.all((await store.list(PREFIX)).map((key) => store.get(key)))
  return objects.flatMap((object) => (object === undefined ? [] : (parse(object.body) ?? [])))
}

function parse(body: string): Untold | undefined {
  try {
    const value = JSON.parse(body) as Partial<Untold> | null
    const isWhole = typeof value?.run === 'string' && typeof value.repository === 'string' && typeof value.since === 'string'
    return isWhole && Number.isInteger(value.pullRequest) && typeof value.holder?.host === 'string' ? (value as Untold) : undefined
  } catch {
    return undefined
  }
}
