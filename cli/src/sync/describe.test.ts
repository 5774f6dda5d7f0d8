import { expect, test } from 'vitest'
import { describePlan } from './describe.ts'
import { planSync } from './plan.ts'
import { at, B, input, pull, record } from './testing/world.ts'

const plan = planSync(
  input(
    [pull(7, { state: 'closed', merged: true }), pull(8, { commit: B }), pull(9), pull(11), pull(12)],
    [
      record('calm-otter', 7),
      record('bold-heron', 8),
      record('glad-yak', 9),
      record('old-newt', null, { expiresAt: at(-30) }),
      record('lost-crab', 10, { status: 'leaked' }),
    ],
    { previews: { label: 'preview', ttl: '72h', limit: 5 }, notFound: [10] },
  ),
)

test('for people: a line for each action, what, which and why', () => {
  expect(describePlan(plan).split('\n')).toEqual([
    'destroy      calm-otter  #7   it was merged',
    'expire       old-newt         it expired 30 h ago',
    'update       bold-heron  #8   bbbbbbbb was pushed',
    'create       (new)       #11  it is open and labelled, at aaaaaaaa; lives for 72h, in place of calm-otter',
    'create       (new)       #12  it is open and labelled, at aaaaaaaa; lives for 72h, in place of old-newt',
    'report leak  lost-crab   #10  something is left of it, and GitHub knows no pull request #10, or does not show it to this token',
    'leave        glad-yak    #9   up to date',
    '1 to destroy, 1 to expire, 1 to update, 2 to create, 1 to report leak, 1 to leave',
  ])
})

test('for programs: the plan itself, of which every action has the same keys', () => {
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  expect(Object.keys(plan)).toEqual(['project', 'repository', 'actions', 'notes'])
  expect(plan.actions[3]).toEqual({
    kind: 'create',
    environment: null,
    pullRequest: 11,
    because: 'wanted',
    reason: 'it is open and labelled, at aaaaaaaa; lives for 72h',
    commit: 'a'.repeat(40),
    inPlaceOf: 'calm-otter',
    couldGo: null,
  })
  for (const action of plan.actions) expect(Object.keys(action)).toEqual(Object.keys(plan.actions[0] ?? {}))
})

test('nothing at all', () => {
  expect(describePlan(planSync(input([], [])))).toBe('there is nothing to do')
})
