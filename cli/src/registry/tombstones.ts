import type { ObjectStore } from '../system/object-store.ts'
import type { EnvironmentRecord } from './record.ts'
import { readRecord, serialize } from './stored-record.ts'

/** What is known of environments that are gone: the last of each name, and the last of each pull request. */
export interface Tombstones {
  of(name: string): Promise<EnvironmentRecord | undefined>
  ofPullRequest(repository: string, pullRequest: number): Promise<EnvironmentRecord | undefined>
  keep(name: string, last: EnvironmentRecord): Promise<void>
}

const DESTROYED = 'registry/destroyed/'
/** A folder of its own; no environment's object is a folder. */
const BY_PULL_REQUEST = `${DESTROYED}pull-requests/`

/** GitHub tells repositories apart without regard to case, and uses none of the characters that are replaced. */
function keyOfPullRequest(repository: string, pullRequest: number): string {
  return `${BY_PULL_REQUEST}${repository.toLowerCase().replace(/[^a-z0-9._-]/g, '~')}~${pullRequest}.json`
}

export function createTombstones(store: ObjectStore): Tombstones {
  const keyOf = (name: string): string => `${DESTROYED}${name}.json`

  /** Two environments of one pull request may end at the same moment, in two runs: the one that was destroyed later is what is remembered. */
  const keepOfPullRequest = async (key: string, last: EnvironmentRecord): Promise<void> => {
    for (;;) {
      const known = await store.get(key)
      if (known !== undefined && endOf(known.body) > (last.updatedAt ?? '')) return
      const condition = known === undefined ? ({ absent: true } as const) : { version: known.version }
      if ((await store.put(key, serialize(last), condition)) !== undefined) return
    }
  }

  return {
    of: async (name) => (await readRecord(store, keyOf(name)))?.record,
    ofPullRequest: async (repository, pullRequest) => (await readRecord(store, keyOfPullRequest(repository, pullRequest)))?.record,
    keep: async (name, last) => {
      if (last.pullRequest !== null && last.repository != null)
        await keepOfPullRequest(keyOfPullRequest(last.repository, last.pullRequest), last)
      await store.put(keyOf(name), serialize(last))
    },
  }
}

/** When it was destroyed. One that cannot be read is worth nothing: it must not keep an environment from being closed. */
function endOf(body: string): string {
  try {
    return String((JSON.parse(body) as Partial<EnvironmentRecord> | null)?.updatedAt ?? '')
  } catch {
    return ''
  }
}
