import type { ActionKind, Because, SyncAction } from './action.ts'
import { expiresSoon, fromNow, isExpired, isSameCommit, revival } from './expiry.ts'
import type { PullRequestFacts } from './facts.ts'
import type { SyncRecord } from './input.ts'
import { isDying, isGone, type Situation, untouchable } from './situation.ts'
import { expiredBefore, isLabelled, refusal } from './wish.ts'

/** What one environment or pull request needs by itself: how many may be destroyed or made is not looked at yet. */
export interface Draft {
  action: SyncAction
  record: SyncRecord | null
}

export function draft(
  kind: ActionKind,
  subject: { record?: SyncRecord; pullRequest?: number },
  because: Because,
  reason: string,
  commit: string | null = null,
): Draft {
  const record = subject.record ?? null
  const pullRequest = subject.pullRequest ?? record?.pullRequest ?? null
  return {
    action: { kind, environment: record?.name ?? null, pullRequest, because, reason, commit, inPlaceOf: null, couldGo: null },
    record,
  }
}

const UNTOUCHABLE: Partial<Record<Because, string>> = {
  pinned: 'it is pinned',
  local: 'it runs on a machine of its own',
  platform: 'it is the platform',
}

/** What to do with an environment that is there. */
export function decideRecord(record: SyncRecord, situation: Situation): Draft {
  const none = untouchable(record, situation)
  if (none !== undefined) return draft('leave', { record }, none, UNTOUCHABLE[none] ?? `it belongs to the project ${record.project}`)
  if (situation.leased.has(record.name)) return draft('leave', { record }, 'busy', 'a run is working on it')
  if (record.pullRequest === null) return withoutPullRequest(record, situation)
  const fact = situation.facts.get(record.pullRequest)
  if (fact === undefined) return unknown(record, record.pullRequest, situation)
  const refused = refusal(fact, situation)
  if (refused !== undefined) return draft('destroy', { record }, refused.because, `${refused.reason}${retried(record)}`)
  const isMain = situation.mains.get(record.pullRequest) === record
  return isMain ? wanted(record, fact, situation) : second(record, fact, situation)
}

function retried(record: SyncRecord): string {
  if (record.status === 'leaked') return '; an earlier try left something behind'
  return isDying(record) ? '; an earlier try was cut off' : ''
}

function expire(record: SyncRecord, now: Date): Draft {
  const end = `it expired ${fromNow(record.expiresAt as string, now)}`
  return draft('expire', { record }, 'expired', `${end}${retried(record)}`)
}

/** `leave`, or a warning where its time is nearly up. */
function stay(record: SyncRecord, because: Because, reason: string, now: Date): Draft {
  if (!expiresSoon(record, now)) return draft('leave', { record }, because, reason)
  const when = fromNow(record.expiresAt as string, now)
  return draft('warn', { record }, 'expires-soon', `it expires ${when}: devtool env extend ${record.name} keeps it`)
}

/** Somebody made it by hand: nothing but its own time ends it. */
function withoutPullRequest(record: SyncRecord, { now }: Situation): Draft {
  if (isExpired(record, now)) return expire(record, now)
  if (isDying(record))
    return draft('reportLeak', { record }, 'leaked', `destroying it did not end: devtool env destroy ${record.name} goes on with that`)
  return stay(record, 'no-pull-request', 'it has no pull request', now)
}

/** Nothing is concluded from silence, not even that a pull request has no new commit which keeps an expired environment alive. */
function unknown(record: SyncRecord, number: number, { input, now, notFound }: Situation): Draft {
  const keep = (because: Because, reason: string): Draft => {
    if (record.status === 'leaked') return draft('reportLeak', { record }, 'leaked', `something is left of it, and ${reason}`)
    return draft('leave', { record }, because, reason)
  }
  if (notFound.has(number)) {
    if (isExpired(record, now)) return expire(record, now)
    return keep('not-found', `GitHub knows no pull request #${number}, or does not show it to this token`)
  }
  if (!input.answer.complete) return keep('answer-incomplete', `the answer of GitHub is incomplete and does not name #${number}`)
  return draft('ask', { record }, 'missing', `the answer of GitHub does not name #${number}: it has to be looked up by itself`)
}

function wanted(record: SyncRecord, fact: PullRequestFacts, situation: Situation): Draft {
  const { now } = situation
  const update = (because: Because, reason: string): Draft => draft('update', { record }, because, reason, fact.commit)
  const head = fact.commit.slice(0, 8)
  if (isGone(record, fact, now)) return expire(record, now)
  if (record.status === 'claimed') return create(fact, situation, { record })
  if (isExpired(record, now)) {
    const again = revival(record, record.expiresAt, fact)
    const what = again === 'labelled-again' ? 'the label was added again' : `${head} was pushed`
    return update(again ?? 'new-commit', `it has expired, but ${what}`)
  }
  if (isDying(record)) return update('half-destroyed', 'its destruction did not end, and it is wanted again')
  if (!isSameCommit(record.commit, fact.commit)) return update('new-commit', `${head} was pushed`)
  if (record.status === 'failed') return update('failed', 'the last try failed')
  if (record.status === 'applying') return update('interrupted', 'the run that applied it was cut off')
  return stay(record, 'up-to-date', 'up to date', now)
}

/** Somebody gave it a name of its own on purpose, or a run was cut off: it ends with its time or with its pull request. */
function second(record: SyncRecord, fact: PullRequestFacts, { mains, now }: Situation): Draft {
  if (isExpired(record, now)) return expire(record, now)
  const main = mains.get(fact.number)?.name
  if (isDying(record)) return draft('destroy', { record }, 'half-destroyed', `its destruction did not end, and #${fact.number} has ${main}`)
  return stay(record, 'second-environment', `#${fact.number} has ${main}, which follows its commits`, now)
}

/** What to do for a pull request that has no environment; `undefined` where nobody would ask. */
export function decidePullRequest(fact: PullRequestFacts, situation: Situation): Draft | undefined {
  const { label } = situation.input.previews
  const refused = refusal(fact, situation) ?? expiredBefore(fact, situation)
  if (refused === undefined) return create(fact, situation, {})
  const isAsking = fact.state === 'open' && isLabelled(fact, label)
  if (!isAsking && situation.input.options?.onlyPullRequest !== fact.number) return undefined
  return draft('leave', { pullRequest: fact.number }, refused.because, refused.reason)
}

function create(fact: PullRequestFacts, { input }: Situation, { record }: { record?: SyncRecord }): Draft {
  const subject = record === undefined ? { pullRequest: fact.number } : { record }
  return draft(
    'create',
    subject,
    'wanted',
    `it is open and labelled, at ${fact.commit.slice(0, 8)}; lives for ${input.previews.ttl}`,
    fact.commit,
  )
}

/** What to do for a pull request that was asked for, of which neither GitHub nor the registry says anything. */
export function decideUnheard(pullRequest: number, { input, notFound }: Situation): Draft {
  if (notFound.has(pullRequest)) {
    return draft('leave', { pullRequest }, 'not-found', `GitHub knows no pull request #${pullRequest}, or does not show it to this token`)
  }
  if (!input.answer.complete)
    return draft('leave', { pullRequest }, 'answer-incomplete', 'the answer of GitHub is incomplete and does not name it')
  return draft('ask', { pullRequest }, 'missing', 'the answer of GitHub does not name it: it has to be looked up by itself')
}
