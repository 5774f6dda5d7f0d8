import type { Because } from './action.ts'
import { endedByExpiry, isExpired, revival } from './expiry.ts'
import { latestFacts, type PullRequestFacts } from './facts.ts'
import type { SyncInput, SyncRecord, SyncTombstone } from './input.ts'

/** The input, looked up by name and number. */
export interface Situation {
  input: SyncInput
  now: Date
  facts: ReadonlyMap<number, PullRequestFacts>
  notFound: ReadonlySet<number>
  pinned: ReadonlySet<string>
  leased: ReadonlySet<string>
  /** The environment of a pull request; others that it may have are none that is updated. */
  mains: ReadonlyMap<number, SyncRecord>
  /** What a pull request had, until its time was up. */
  expired: ReadonlyMap<number, readonly SyncTombstone[]>
}

export function survey(input: SyncInput): Situation {
  const found = {
    input,
    now: input.now,
    facts: latestFacts(input.answer),
    notFound: new Set(input.notFound),
    pinned: new Set(input.pinned),
    leased: new Set(input.leases),
    mains: new Map<number, SyncRecord>(),
    expired: new Map<number, SyncTombstone[]>(),
  }
  for (const record of input.records) {
    if (record.pullRequest === null || untouchable(record, found) !== undefined) continue
    const known = found.mains.get(record.pullRequest)
    if (known === undefined || isBetterMain(record, known, found)) found.mains.set(record.pullRequest, record)
  }
  for (const tombstone of input.tombstones) {
    if (tombstone.pullRequest === null || tombstone.project !== input.project || tombstone.target !== 'aws') continue
    if (endedByExpiry(tombstone)) found.expired.set(tombstone.pullRequest, [...(found.expired.get(tombstone.pullRequest) ?? []), tombstone])
  }
  return found
}

/** Why an environment is none of ours to touch. */
export function untouchable(record: SyncRecord, { input, pinned }: Pick<Situation, 'input' | 'pinned'>): Because | undefined {
  if (record.project !== input.project) return 'other-project'
  if (record.target !== 'aws') return 'local'
  if (record.pinned || pinned.has(record.name)) return 'pinned'
  return record.template === 'platform' ? 'platform' : undefined
}

/** Its destruction was begun, and may have removed anything. */
export function isDying({ status }: SyncRecord): boolean {
  return status === 'destroying' || status === 'leaked' || status === 'destroyed'
}

/** Its time is up, and the pull request holds nothing that would bring it back. */
export function isGone(record: SyncRecord, fact: PullRequestFacts | undefined, now: Date): boolean {
  return isExpired(record, now) && (fact === undefined || revival(record, record.expiresAt, fact) === undefined)
}

/** What runs before what is ending or has not begun, and of those the oldest: people have its link. */
function isBetterMain(one: SyncRecord, other: SyncRecord, { facts, leased, now }: Pick<Situation, 'facts' | 'leased' | 'now'>): boolean {
  const fact = facts.get(one.pullRequest as number)
  const rank = (record: SyncRecord): number =>
    (isGone(record, fact, now) ? 4 : 0) + (isDying(record) ? 2 : 0) + (record.status === 'claimed' && !leased.has(record.name) ? 1 : 0)
  const difference = rank(one) - rank(other)
  return difference === 0 ? isOlder(one, other) : difference < 0
}

export function isOlder(one: SyncRecord, other: SyncRecord): boolean {
  const [left, right] = [one.createdAt ?? '~', other.createdAt ?? '~']
  return left === right ? one.name < other.name : left < right
}
