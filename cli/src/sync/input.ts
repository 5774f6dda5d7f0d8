import type { Environment } from '../environment/environment.ts'
import type { PullRequestAnswer } from './facts.ts'

/** What planning needs of a record of the registry. */
export type SyncRecord = Pick<
  Environment,
  'name' | 'project' | 'target' | 'template' | 'pinned' | 'status' | 'pullRequest' | 'commit' | 'createdAt' | 'updatedAt' | 'expiresAt'
>

/** The last record of an environment that is gone; `updatedAt` is when it was destroyed. */
export type SyncTombstone = Pick<SyncRecord, 'name' | 'project' | 'target' | 'pullRequest' | 'commit' | 'updatedAt' | 'expiresAt'>

export interface FoundResources {
  /** The environment that the tags name. */
  environment: string
  resources: number
}

export interface SyncInput {
  /** `project` of the blueprint. */
  project: string
  now: Date
  answer: PullRequestAnswer
  /** Pull requests that were looked up by number and that GitHub does not know, or does not show to this token. */
  notFound?: readonly number[]
  records: readonly SyncRecord[]
  tombstones: readonly SyncTombstone[]
  /** Names of the environments that the blueprint pins, whatever their records say. */
  pinned: readonly string[]
  /** Names of the environments whose lease is held by a run that has not provably ended. */
  leases: readonly string[]
  /** What carries this project's tags in the account, looked up before the records were read: later it would report what is being made. */
  found?: readonly FoundResources[]
  /** `previews` of the blueprint; `limit` counts what holds resources, not names that were only claimed. */
  previews: { label: string; ttl: string; limit: number }
  options?: SyncOptions
}

export interface SyncOptions {
  /** How many environments one run may destroy, expired ones included; 10 unless told. */
  maxDestroys?: number
  /** Plan for this pull request alone. */
  onlyPullRequest?: number
}
