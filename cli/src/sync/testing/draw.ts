import fc from 'fast-check'
import type { PullRequestFacts } from '../facts.ts'
import type { SyncInput, SyncRecord } from '../input.ts'
import { A, at, B, input, pull, record, tombstone } from './world.ts'

/** Few numbers, commits and times, so that they meet. */

const numbers = fc.integer({ min: 1, max: 7 })
const commits = fc.constantFrom(A, B, 'c'.repeat(40))
const hours = fc.constantFrom(-100, -30, -3, -1, 0, 1, 12, 30, 71).map(at)

/** `usual` more often than all the others together. */
function mostly<T>(usual: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(usual, ...others) })
}

const pulls: fc.Arbitrary<PullRequestFacts> = fc
  .record({
    number: numbers,
    state: mostly<'open' | 'closed'>('open', 'closed'),
    merged: fc.boolean(),
    labels: mostly<string[]>(['preview'], [], ['bug'], ['bug', 'Preview']),
    headRepository: mostly<string | null>('acme/shop', 'Acme/Shop', 'eve/shop', null),
    commit: commits,
    updatedAt: hours,
    labelledAt: fc.option(hours),
  })
  .map((drawn) => pull(drawn.number, drawn))

const records: fc.Arbitrary<SyncRecord> = fc
  .record({
    name: fc.constantFrom('production', ...Array.from({ length: 14 }, (_, index) => `env-${index}`)),
    pullRequest: fc.option(numbers, { freq: 6 }),
    project: mostly('shop', 'other'),
    target: mostly<'aws' | 'local'>('aws', 'local'),
    template: mostly<'preview' | 'dedicated' | 'platform'>('preview', 'dedicated', 'platform'),
    pinned: mostly(false, true),
    status: mostly<SyncRecord['status']>('ready', 'claimed', 'applying', 'failed', 'destroying', 'leaked', 'destroyed'),
    commit: fc.option(commits),
    createdAt: fc.option(hours),
    updatedAt: fc.option(hours),
    expiresAt: fc.option(hours),
  })
  .map((drawn) => record(drawn.name, drawn.pullRequest, drawn))

const tombstones = fc
  .record({
    name: fc.constantFrom('gone-1', 'gone-2', 'env-1'),
    pullRequest: numbers,
    commit: commits,
    updatedAt: hours,
    expiresAt: fc.option(hours),
  })
  .map((drawn) => tombstone(drawn.name, drawn.pullRequest, drawn))

export interface Drawn {
  input: SyncInput
  /** All pull requests as they are, each once; the answer may lack some of them. */
  truth: PullRequestFacts[]
}

/** Any state of the world that a run may meet; `maxDestroys` is no bound unless it is set. */
export const worlds: fc.Arbitrary<Drawn> = fc
  .record({
    truth: fc.uniqueArray(pulls, { selector: ({ number }) => number, maxLength: 7 }),
    shown: fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
    complete: mostly(true, false),
    records: fc.uniqueArray(records, { selector: ({ name }) => name, maxLength: 10 }),
    tombstones: fc.uniqueArray(tombstones, { selector: ({ name }) => name, maxLength: 3 }),
    leases: fc.subarray(['env-0', 'env-1', 'env-2', 'production']),
    limit: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ truth, shown, complete, limit, ...rest }) => {
    // a name has one tombstone: what another environment's end overwrites is forgotten, and with it that the time was up
    const past = rest.tombstones.filter((one) =>
      rest.records.every(({ name, pullRequest }) => name !== one.name || pullRequest === one.pullRequest),
    )
    const answer = { repository: 'acme/shop', complete, pullRequests: truth.filter((_, index) => shown[index]) }
    const options = { maxDestroys: 1000 }
    return {
      truth,
      input: input([], rest.records, { ...rest, tombstones: past, answer, previews: { label: 'preview', ttl: '72h', limit }, options }),
    }
  })

/** The same members in another order. */
export function shuffled<T>(members: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...members], { minLength: members.length })
}
