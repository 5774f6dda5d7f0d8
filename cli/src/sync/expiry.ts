import type { PullRequestFacts } from './facts.ts'
import type { SyncRecord, SyncTombstone } from './input.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/** Milliseconds since 1970; `undefined` for none. */
function instant(time: string | null | undefined): number | undefined {
  return time == null ? undefined : Date.parse(time)
}

export function isExpired(record: Pick<SyncRecord, 'expiresAt'>, now: Date): boolean {
  const end = instant(record.expiresAt)
  return end !== undefined && end <= now.getTime()
}

/** Within the last third of its life, and of that within the last day: who asked for two hours is not warned at once. */
export function expiresSoon({ expiresAt, updatedAt, createdAt }: SyncRecord, now: Date): boolean {
  const end = instant(expiresAt)
  if (end === undefined) return false
  const start = instant(updatedAt ?? createdAt) ?? now.getTime()
  return end - now.getTime() <= Math.min(DAY, (end - start) / 3)
}

/** Whether the time was up when it was destroyed. So the registry needs to keep no cause. */
export function endedByExpiry({ expiresAt, updatedAt }: SyncTombstone): boolean {
  const end = instant(expiresAt)
  const gone = instant(updatedAt)
  return end !== undefined && gone !== undefined && end <= gone
}

/** What brings an environment back that has expired: a commit that it did not run, or the label added after its `end`. */
export function revival(
  past: { commit: string | null },
  end: string | null,
  fact: PullRequestFacts,
): 'new-commit' | 'labelled-again' | undefined {
  if (!isSameCommit(past.commit, fact.commit)) return 'new-commit'
  const labelled = instant(fact.labelledAt)
  const ended = instant(end)
  return labelled !== undefined && ended !== undefined && labelled > ended ? 'labelled-again' : undefined
}

/** A record may hold a shortened id of at least seven digits. */
export function isSameCommit(recorded: string | null, head: string): boolean {
  return recorded !== null && recorded.length >= 7 && head.startsWith(recorded)
}

/** `in 3 h`, `5 min ago`, `just now`. */
export function fromNow(time: string, now: Date): string {
  const distance = Date.parse(time) - now.getTime()
  const minutes = Math.round(Math.abs(distance) / MINUTE)
  if (minutes === 0) return distance > 0 ? 'in a moment' : 'just now'
  const amount = minutes < 60 ? `${minutes} min` : minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`
  return distance > 0 ? `in ${amount}` : `${amount} ago`
}
