import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isChange, isRemoval, type SyncAction } from './action.ts'
import type { SyncInput } from './input.ts'
import { planSync } from './plan.ts'
import { shuffled, worlds } from './testing/draw.ts'
import { run, running } from './testing/world.ts'

const RUNS = { numRuns: 500 }

const changes = (input: SyncInput): SyncAction[] => planSync(input).actions.filter(isChange)

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

describe('a plan', () => {
  test('depends on nothing but its input, and leaves that alone', () => {
    fc.assert(
      fc.property(worlds, ({ input }) => {
        frozen(input)
        expect(planSync(input)).toEqual(planSync(structuredClone(input)))
      }),
      RUNS,
    )
  })

  test('is the same whatever the order of what it is told [8]', () => {
    const both = worlds.chain(({ input }) =>
      fc
        .record({
          records: shuffled(input.records),
          tombstones: shuffled(input.tombstones),
          leases: shuffled(input.leases),
          pullRequests: shuffled([...input.answer.pullRequests, ...input.answer.pullRequests]),
        })
        .map(({ pullRequests, ...rest }) => [input, { ...input, ...rest, answer: { ...input.answer, pullRequests } }] as const),
    )
    fc.assert(
      fc.property(both, fc.integer({ min: 0, max: 4 }), ([one, other], maxDestroys) => {
        const options = { maxDestroys }
        expect(planSync({ ...other, options })).toEqual(planSync({ ...one, options }))
      }),
      RUNS,
    )
  })

  test('says of each environment once what becomes of it', () => {
    fc.assert(
      fc.property(worlds, ({ input }) => {
        const named = planSync(input).actions.flatMap(({ environment }) => environment ?? [])
        expect(named.sort()).toEqual(input.records.map(({ name }) => name).sort())
      }),
      RUNS,
    )
  })

  test('for one pull request is about no other', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 8 }), ({ input }, onlyPullRequest) => {
        const { actions } = planSync({ ...input, options: { onlyPullRequest } })
        expect(actions.every(({ pullRequest }) => pullRequest === onlyPullRequest)).toBe(true)
        expect(actions.length).toBeGreaterThan(0)
      }),
      RUNS,
    )
  })
})

describe('carried out', () => {
  test('it leaves nothing to do, in one pass', () => {
    fc.assert(
      fc.property(worlds, ({ input, truth }) => {
        expect(changes(run(input, truth).after)).toEqual([])
      }),
      RUNS,
    )
  })

  test('what is open, labelled and from here runs its head commit; what is closed has nothing', () => {
    fc.assert(
      fc.property(worlds, ({ input, truth }) => {
        const { plan, after } = run(input, truth)
        const left = after.records.filter((one) => one.project === 'shop' && one.target === 'aws' && one.template !== 'platform')
        const ours = left.filter((one) => !one.pinned && one.name !== 'production' && !input.leases.includes(one.name))
        for (const fact of after.answer.pullRequests) {
          const mine = ours.filter((one) => one.pullRequest === fact.number)
          const excused = plan.actions.filter(({ pullRequest }) => pullRequest === fact.number)
          if (fact.state === 'closed' || !/preview/i.test(fact.labels.join())) expect(mine).toEqual([])
          else if (fact.headRepository?.toLowerCase() !== 'acme/shop') expect(mine).toEqual([])
          else if (!excused.some(({ because }) => ['limit', 'expired', 'busy'].includes(because))) {
            expect(mine.filter((one) => one.status === 'ready' && one.commit === fact.commit).length).toBeGreaterThan(0)
          }
        }
      }),
      RUNS,
    )
  })

  test('a run that may destroy little gets there too, a few at a time', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 3 }), ({ input, truth }, maxDestroys) => {
        let world: SyncInput = { ...input, options: { maxDestroys } }
        for (let pass = 0; pass <= input.records.length / maxDestroys; pass++) world = run(world, truth).after
        expect(changes(world)).toEqual([])
      }),
      RUNS,
    )
  })

  test('new ones never exceed the limit, also when something cannot be destroyed', () => {
    fc.assert(
      fc.property(worlds, fc.subarray(['env-3', 'env-4', 'env-5', 'env-6', 'env-7']), ({ input, truth }, stuck) => {
        const { peak, plan, after } = run(input, truth, new Set(stuck))
        expect(peak).toBeLessThanOrEqual(Math.max(input.previews.limit, running(input)))
        if (plan.actions.some(({ kind, inPlaceOf }) => kind === 'create' && inPlaceOf === null))
          expect(running(after)).toBeLessThanOrEqual(input.previews.limit)
      }),
      RUNS,
    )
  })
})

describe('never', () => {
  const never = (what: (action: SyncAction, input: SyncInput) => boolean): void => {
    fc.assert(
      fc.property(worlds, fc.option(fc.subarray([1, 2, 3])), ({ input: drawn }, notFound) => {
        const input = { ...drawn, notFound: notFound ?? [] }
        expect(planSync(input).actions.filter((action) => what(action, input))).toEqual([])
      }),
      RUNS,
    )
  }
  const recordOf = ({ environment }: SyncAction, { records }: SyncInput) => records.find(({ name }) => name === environment)

  test('is a pinned, a foreign or a local one touched, or the platform [P10]', () =>
    never((action, input) => {
      const found = recordOf(action, input)
      if (action.kind === 'leave' || found === undefined) return false
      return (
        found.pinned || found.name === 'production' || found.project !== 'shop' || found.target === 'local' || found.template === 'platform'
      )
    }))

  test('is one touched that a run is working on', () =>
    never((action, input) => action.kind !== 'leave' && input.leases.includes(action.environment ?? '')))

  test('is anything concluded from silence', () =>
    never((action, input) => {
      const named = [...(input.notFound ?? []), ...input.answer.pullRequests.map(({ number }) => number)]
      return isChange(action) && action.pullRequest !== null && !named.includes(action.pullRequest)
    }))

  test('is anything asked of GitHub twice, or after an incomplete answer', () =>
    never(
      ({ kind, pullRequest }, input) => kind === 'ask' && (!input.answer.complete || (input.notFound ?? []).includes(pullRequest ?? 0)),
    ))

  test('is one without a pull request changed but when its time is up', () =>
    never((action) => isChange(action) && action.pullRequest === null && action.kind !== 'expire'))

  test('is one expired whose time is not up', () =>
    never((action, input) => {
      const end = recordOf(action, input)?.expiresAt
      return action.kind === 'expire' && (end == null || Date.parse(end) > input.now.getTime())
    }))

  test('is an update kept back by the limit [P21]', () =>
    never((action, input) => action.because === 'limit' && ![undefined, 'claimed'].includes(recordOf(action, input)?.status)))

  test('are more destroyed than one run may', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 0, max: 4 }), ({ input }, maxDestroys) => {
        const wanted = planSync(input).actions.filter(isRemoval).length
        const { actions } = planSync({ ...input, options: { maxDestroys } })
        expect(actions.filter(isRemoval)).toHaveLength(Math.min(wanted, maxDestroys))
        expect(actions.filter(({ because }) => because === 'destroy-cap')).toHaveLength(Math.max(0, wanted - maxDestroys))
      }),
      RUNS,
    )
  })
})
