import { ACTION_KINDS, type SyncAction, type SyncPlan } from './action.ts'
import { capRemovals, fitCreates } from './bounds.ts'
import { type Draft, decidePullRequest, decideRecord, decideUnheard } from './decide.ts'
import type { SyncInput } from './input.ts'
import { unregistered } from './leaks.ts'
import { type Situation, survey } from './situation.ts'

const MOST_DESTROYS = 10

/**
 * What has to be done so that environments match pull requests. Depends on what is, not on which event came: any order of the input gives the
 * same plan, and a plan that was carried out is followed by one that changes nothing.
 */
export function planSync(input: SyncInput): SyncPlan {
  const { onlyPullRequest, maxDestroys = MOST_DESTROYS } = input.options ?? {}
  const situation = survey(input)
  const all = decideAll(situation)
  const chosen = onlyPullRequest === undefined ? all : all.filter(({ action }) => action.pullRequest === onlyPullRequest)
  const inOrder = capRemovals(chosen, maxDestroys).sort((one, other) => compare(one.action, other.action))
  const actions = fitCreates(inOrder, all, situation).map(({ action }) => action)
  // what does not fit is left after all
  const ordered = actions.sort(compare)
  return { project: input.project, repository: input.answer.repository, actions: ordered, notes: notesOf(ordered, situation) }
}

function decideAll(situation: Situation): Draft[] {
  const { input, facts, mains } = situation
  const only = input.options?.onlyPullRequest
  const drafts = input.records.map((record) => decideRecord(record, situation))
  for (const fact of facts.values()) {
    const decided = mains.has(fact.number) ? undefined : decidePullRequest(fact, situation)
    if (decided !== undefined) drafts.push(decided)
  }
  if (only !== undefined && !facts.has(only) && !mains.has(only)) drafts.push(decideUnheard(only, situation))
  drafts.push(...unregistered(situation))
  return drafts
}

const ranks = new Map(ACTION_KINDS.map((kind, index) => [kind, index]))

function compare(one: SyncAction, other: SyncAction): number {
  const kinds = (ranks.get(one.kind) ?? 0) - (ranks.get(other.kind) ?? 0)
  if (kinds !== 0) return kinds
  const numbers = (one.pullRequest ?? Infinity) - (other.pullRequest ?? Infinity)
  if (numbers !== 0 && !Number.isNaN(numbers)) return numbers
  const [left, right] = [one.environment ?? '', other.environment ?? '']
  if (left !== right) return left < right ? -1 : 1
  return one.reason < other.reason ? -1 : one.reason > other.reason ? 1 : 0
}

function notesOf(actions: readonly SyncAction[], { input }: Situation): string[] {
  const count = (because: SyncAction['because']): number => actions.filter((action) => action.because === because).length
  const notes: string[] = []
  if (!input.answer.complete) {
    notes.push('the answer of GitHub is incomplete: nothing is concluded about the pull requests that it does not name')
  } else if (input.answer.pullRequests.length === 0 && count('missing') > 0) {
    notes.push('the answer of GitHub names no pull request at all although there are environments of some: nothing is destroyed for that')
  }
  const later = count('destroy-cap')
  if (later > 0) notes.push(`${later} more would be destroyed: the next run goes on with them`)
  const waiting = count('limit')
  if (waiting > 0) notes.push(`${waiting} wait for room: previews.limit is ${input.previews.limit}`)
  return notes
}
