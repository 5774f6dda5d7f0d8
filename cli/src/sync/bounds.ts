import { takesPlace } from '../environment/limit.ts'
import { isRemoval, type SyncAction } from './action.ts'
import type { Draft } from './decide.ts'
import type { SyncRecord } from './input.ts'
import { isDying, isOlder, type Situation } from './situation.ts'

/**
 * Leaves what is more than one run may destroy. First what ends now, then what has expired, then what was tried before: something that
 * cannot be destroyed must not keep the rest from it.
 */
export function capRemovals(drafts: readonly Draft[], most: number): Draft[] {
  const rank = ({ action, record }: Draft): number => (record !== null && isDying(record) ? 2 : action.kind === 'expire' ? 1 : 0)
  const removals = drafts.filter(({ action }) => isRemoval(action))
  if (removals.length <= most) return [...drafts]
  const sorted = removals.sort(
    (one, other) => rank(one) - rank(other) || (isOlder(one.record as SyncRecord, other.record as SyncRecord) ? -1 : 1),
  )
  const later = new Set(sorted.slice(most))
  return drafts.map((draft) => (later.has(draft) ? { ...draft, action: postponed(draft.action, most) } : draft))
}

function postponed(action: SyncAction, most: number): SyncAction {
  return {
    ...action,
    kind: 'leave',
    because: 'destroy-cap',
    reason: `${action.reason}; a run destroys at most ${most}: the next one goes on`,
  }
}

/**
 * Leaves the new ones that do not fit: of `drafts`, in the order in which they are carried out, each may take the room that is there or that
 * a removal before it makes. `all` says what the rest of the project is doing.
 */
export function fitCreates(drafts: readonly Draft[], all: readonly Draft[], situation: Situation): Draft[] {
  const { project, previews } = situation.input
  const { limit } = previews
  const counting = { project, target: 'aws', pinned: situation.pinned, busy: situation.leased } as const
  const free = limit - situation.input.records.filter((record) => takesPlace(record, counting)).length
  const removed = drafts.filter(({ action, record }) => isRemoval(action) && record !== null && takesPlace(record, counting))
  let made = 0
  let idle: { longest: SyncRecord | undefined } | undefined
  return drafts.map((draft) => {
    if (draft.action.kind !== 'create') return draft
    const index = made - free
    const place = index < 0 ? null : removed[index]?.action.environment
    if (place !== undefined) {
      made += 1
      return { ...draft, action: { ...draft.action, inPlaceOf: place } }
    }
    idle ??= { longest: longestIdle(all) }
    return { ...draft, action: unfitting(draft.action, limit, idle.longest) }
  })
}

function unfitting(action: SyncAction, limit: number, idle: SyncRecord | undefined): SyncAction {
  const offer = idle === undefined ? 'none of them is idle' : `${idle.name} has been idle longest: ${removalOf(idle)} makes room`
  const reason = `previews.limit of ${limit} is reached; ${offer}`
  return { ...action, kind: 'leave', because: 'limit', reason, commit: null, couldGo: idle?.name ?? null }
}

/** One that its pull request asks for would be made again. */
function removalOf({ name, pullRequest }: SyncRecord): string {
  return pullRequest === null ? `devtool env destroy ${name}` : `taking the label off #${pullRequest}`
}

/** Ready, left as it is by this plan, and not deployed to for longest. */
function longestIdle(drafts: readonly Draft[]): SyncRecord | undefined {
  let oldest: SyncRecord | undefined
  for (const { action, record } of drafts) {
    const isIdle = record?.status === 'ready' && (action.kind === 'warn' || IDLE.has(action.because))
    if (isIdle && (oldest === undefined || isIdleLonger(record, oldest))) oldest = record
  }
  return oldest
}

const IDLE: ReadonlySet<string> = new Set(['up-to-date', 'second-environment', 'no-pull-request'])

function isIdleLonger(one: SyncRecord, other: SyncRecord): boolean {
  const [left, right] = [one.updatedAt ?? '', other.updatedAt ?? '']
  return left === right ? one.name < other.name : left < right
}
