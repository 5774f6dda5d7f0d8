import type { Because } from './action.ts'
import { revival } from './expiry.ts'
import type { PullRequestFacts } from './facts.ts'
import type { Situation } from './situation.ts'

export interface Refusal {
  because: Because
  reason: string
}

/** GitHub tells neither repositories nor labels apart by case. */
const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** Why a pull request is to have no environment; `undefined` if it is to have one, as far as that depends on the pull request alone. */
export function refusal(fact: PullRequestFacts, { input }: Pick<Situation, 'input'>): Refusal | undefined {
  const { answer, previews } = input
  if (fact.state === 'closed')
    return fact.merged ? { because: 'merged', reason: 'it was merged' } : { because: 'closed', reason: 'it is closed' }
  if (!isLabelled(fact, previews.label)) return { because: 'unlabelled', reason: `it does not carry the label ${previews.label}` }
  if (fact.headRepository === null) return { because: 'fork', reason: 'it comes from a fork, which is gone' }
  if (!isSame(fact.headRepository, answer.repository)) return { because: 'fork', reason: 'it comes from a fork, and forks get no previews' }
  return undefined
}

export function isLabelled({ labels }: PullRequestFacts, label: string): boolean {
  return labels.some((name) => isSame(name, label))
}

/** Why a pull request without an environment is not to get one although it asks for it: it had one, whose time was up. */
export function expiredBefore(fact: PullRequestFacts, { expired }: Situation): Refusal | undefined {
  const past = (expired.get(fact.number) ?? []).filter((tombstone) => revival(tombstone, tombstone.updatedAt, fact) === undefined)
  const [name] = past.map((tombstone) => tombstone.name).sort()
  if (name === undefined) return undefined
  return { because: 'expired', reason: `${name} has expired and is gone: a push, or the label added again, makes it anew` }
}
