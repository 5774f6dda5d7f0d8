import { describe, expect, test } from 'vitest'
import { planSync } from './plan.ts'
import { A, at, B, input, pull, record, told, tombstone } from './testing/world.ts'

const plan = (...args: Parameters<typeof input>): string[] => planSync(input(...args)).actions.map(told)

describe('a pull request', () => {
  test('that is open and labelled gets an environment [P20]', () =>
    expect(plan([pull(7)], [])).toEqual(['create - #7: it is open and labelled, at aaaaaaaa; lives for 72h']))

  test.each([
    ['of another commit is updated', { commit: B }, {}, 'update otter #7: bbbbbbbb was pushed'],
    ['of the same commit is left', {}, {}, 'leave otter #7: up to date'],
    ['known by a short commit id is left', {}, { commit: A.slice(0, 7) }, 'leave otter #7: up to date'],
    [
      'that was merged is destroyed, although its label stays [12]',
      { state: 'closed', merged: true },
      {},
      'destroy otter #7: it was merged',
    ],
    [
      'that was closed is destroyed, whether or not an event said so [10][11][P4]',
      { state: 'closed' },
      {},
      'destroy otter #7: it is closed',
    ],
    ['without the label is destroyed', { labels: ['bug'] }, {}, 'destroy otter #7: it does not carry the label preview'],
    [
      'of a fork is destroyed [16][17][P28]',
      { headRepository: 'eve/shop' },
      {},
      'destroy otter #7: it comes from a fork, and forks get no previews',
    ],
    ['of which no whole commit id is known is updated', {}, { commit: 'aaaaaa' }, 'update otter #7: aaaaaaaa was pushed'],
    ['whose last try failed is tried again', {}, { status: 'failed' }, 'update otter #7: the last try failed'],
    ['whose run was cut off is tried again', {}, { status: 'applying' }, 'update otter #7: the run that applied it was cut off'],
    ['wanted again while it goes', {}, { status: 'leaked' }, 'update otter #7: its destruction did not end, and it is wanted again'],
    [
      'that expires soon',
      {},
      { updatedAt: at(-60), expiresAt: at(3) },
      'warn otter #7: it expires in 3 h: devtool env extend otter keeps it',
    ],
    ['whose name is claimed', {}, { status: 'claimed' }, 'create otter #7: it is open and labelled, at aaaaaaaa; lives for 72h'],
  ] as const)('%s', (_, fact, change, expected) => expect(plan([pull(7, fact)], [record('otter', 7, change)])).toEqual([expected]))

  test('labels and repositories are told apart as GitHub does: not by case', () =>
    expect(plan([pull(7, { labels: ['Preview'], headRepository: 'Acme/Shop' })], [record('otter', 7)])).toEqual([
      'leave otter #7: up to date',
    ]))

  test('of a fork that asks for an environment is told why there is none; one that does not ask is not mentioned [17][P28]', () =>
    expect(plan([pull(7, { headRepository: 'eve/shop' }), pull(8, { labels: [] })], [])).toEqual([
      'leave - #7: it comes from a fork, and forks get no previews',
    ]))

  test('that is named twice counts as it is now', () =>
    expect(plan([pull(7, { updatedAt: at(-2) }), pull(7, { state: 'closed' })], [record('otter', 7)])).toEqual([
      'destroy otter #7: it is closed',
    ]))

  test('that is said to be open and closed in the same second is looked at again by the next run', () => {
    const both = [pull(7, { state: 'closed' }), pull(7)]
    expect([plan(both, [record('otter', 7)]), plan(both.reverse(), [record('otter', 7)])].flat()).toEqual(
      Array(2).fill('leave otter #7: up to date'),
    )
  })

  test('with two environments: the older one follows it, both end with it', () => {
    const two = [record('otter', 7, { createdAt: at(-1) }), record('heron', 7, { createdAt: at(-9) })]
    expect(plan([pull(7, { commit: B })], two)).toEqual([
      'update heron #7: bbbbbbbb was pushed',
      'leave otter #7: #7 has heron, which follows its commits',
    ])
    expect(plan([pull(7, { state: 'closed' })], two)).toEqual(['destroy heron #7: it is closed', 'destroy otter #7: it is closed'])
  })

  test('with two environments of which one is going, or one is being made', () => {
    const old = (change: Parameters<typeof record>[2]) => record('heron', 7, { createdAt: at(-9), ...change })
    expect(plan([pull(7)], [old({ status: 'destroying' }), record('otter', 7)])).toEqual([
      'destroy heron #7: its destruction did not end, and #7 has otter',
      'leave otter #7: up to date',
    ])
    expect(plan([pull(7)], [old({ status: 'claimed' }), record('otter', 7, { status: 'claimed' })], { leases: ['otter'] })).toEqual([
      'leave heron #7: #7 has otter, which follows its commits',
      'leave otter #7: a run is working on it',
    ])
  })
})

describe('what is not known', () => {
  test('a pull request that a complete answer lacks is looked up by itself', () =>
    expect(plan([pull(1)], [record('heron', 1), record('otter', 7)])).toEqual([
      'ask otter #7: the answer of GitHub does not name #7: it has to be looked up by itself',
      'leave heron #1: up to date',
    ]))

  test('and left until its time is up where GitHub does not show it', () => {
    expect(plan([pull(1)], [record('otter', 7)], { notFound: [7] })).toContain(
      'leave otter #7: GitHub knows no pull request #7, or does not show it to this token',
    )
    expect(plan([pull(1)], [record('otter', 7, { expiresAt: at(-1) })], { notFound: [7] })).toContain('expire otter #7: it expired 1 h ago')
  })

  test('an incomplete answer says what it says, and nothing by silence', () => {
    const answer = { repository: 'acme/shop', complete: false, pullRequests: [pull(1, { state: 'closed' })] }
    const records = [record('heron', 1), record('otter', 7, { expiresAt: at(-1) })]
    expect(plan([], records, { answer })).toEqual([
      'destroy heron #1: it is closed',
      'leave otter #7: the answer of GitHub is incomplete and does not name #7',
    ])
    expect(planSync(input([], records, { answer })).notes).toEqual([
      'the answer of GitHub is incomplete: nothing is concluded about the pull requests that it does not name',
    ])
  })

  test('an empty answer destroys nothing', () => {
    const { actions, notes } = planSync(input([], [record('otter', 7)]))
    expect(actions.map(({ kind }) => kind)).toEqual(['ask'])
    expect(notes).toEqual([
      'the answer of GitHub names no pull request at all although there are environments of some: nothing is destroyed for that',
    ])
  })
})

describe('what is not ours to touch', () => {
  test.each([
    ['pinned', { pinned: true }, 'it is pinned'],
    ['of another project', { project: 'blog' }, 'it belongs to the project blog'],
    ['local', { target: 'local' }, 'it runs on a machine of its own'],
    ['the platform', { template: 'platform' }, 'it is the platform'],
  ] as const)('%s', (_, change, reason) =>
    expect(plan([pull(7, { state: 'closed' })], [record('otter', 7, { ...change, expiresAt: at(-1) })])).toEqual([
      `leave otter #7: ${reason}`,
    ]),
  )

  test('what the blueprint pins is pinned, whatever its record says', () =>
    expect(plan([], [record('production', null, { expiresAt: at(-1) })])).toEqual(['leave production: it is pinned']))

  test('one that a run is working on, to be looked at again when it has ended [8]', () =>
    expect(plan([pull(7, { state: 'closed' })], [record('otter', 7, { status: 'applying' })], { leases: ['otter'] })).toEqual([
      'leave otter #7: a run is working on it',
    ]))

  test('one without a pull request, but when its time is up', () => {
    expect(plan([], [record('otter', null)])).toEqual(['leave otter: it has no pull request'])
    expect(plan([], [record('otter', null, { expiresAt: at(-1) })])).toEqual(['expire otter: it expired 1 h ago'])
    expect(plan([], [record('otter', null, { status: 'leaked' })])).toEqual([
      'reportLeak otter: destroying it did not end: devtool env destroy otter goes on with that',
    ])
  })
})

describe('expiry', () => {
  const over = record('otter', 7, { expiresAt: at(0) })

  test('ends an environment also while its pull request is open and labelled', () =>
    expect(plan([pull(7)], [over])).toEqual(['expire otter #7: it expired just now']))

  test('and then it stays away', () =>
    expect(plan([pull(7)], [], { tombstones: [tombstone('otter', 7)] })).toEqual([
      'leave - #7: otter has expired and is gone: a push, or the label added again, makes it anew',
    ]))

  test('of two that have expired one is named, always the same', () => {
    const tombstones = [tombstone('otter', 7), tombstone('heron', 7, { updatedAt: at(-0.5) })]
    for (const past of [tombstones, tombstones.toReversed()])
      expect(plan([pull(7)], [], { tombstones: past })[0]).toMatch(/^leave - #7: heron has expired/)
  })

  test.each([
    ['a new commit', { commit: B }],
    ['the label, put on again', { labelledAt: at(-0.5) }],
  ])('%s brings it back, from the dead too', (_, fact) => {
    expect(plan([pull(7, fact)], [{ ...over, expiresAt: at(-1) }])[0]).toMatch(/^update otter #7: it has expired, but /)
    expect(plan([pull(7, fact)], [], { tombstones: [tombstone('otter', 7)] })[0]).toMatch(/^create - #7/)
  })

  test('what was destroyed before its time comes back: closed and opened again', () =>
    expect(plan([pull(7)], [], { tombstones: [tombstone('otter', 7, { expiresAt: at(9) })] })[0]).toMatch(/^create/))

  test('nobody is warned of the end of two hours at their beginning', () =>
    expect(plan([pull(7)], [record('otter', 7, { updatedAt: at(0), expiresAt: at(2) })])).toEqual(['leave otter #7: up to date']))
})

describe('leaks', () => {
  const found = [
    { environment: 'otter', resources: 3 },
    { environment: 'heron', resources: 2 },
    { environment: 'known', resources: 9 },
    { environment: 'new', resources: 1 },
    { environment: 'production', resources: 40 },
    { environment: 'platform', resources: 60 },
  ]

  test('what the account holds and the registry does not know is reported, and nothing is done to it', () =>
    expect(plan([pull(1)], [record('known', 1)], { found, tombstones: [tombstone('heron', 7)], leases: ['new'] })).toEqual([
      `reportLeak heron #7: 2 resources are tagged with it, which was destroyed at ${at(-1)}`,
      'reportLeak otter: 3 resources are tagged with it, which the registry does not know',
      'leave known #1: up to date',
    ]))

  test('one that cannot be tried again now is reported too', () =>
    expect(plan([], [record('otter', 7, { status: 'leaked' })], { notFound: [7] })[0]).toMatch(/^reportLeak otter #7: something is left/))
})

describe('for one pull request', () => {
  const options = { onlyPullRequest: 7 }

  test('others are left out, but count', () => {
    const previews = { label: 'preview', ttl: '72h', limit: 1 }
    expect(plan([pull(7)], [record('heron', 1)], { options, previews, notFound: [1] })).toEqual([
      'leave - #7: previews.limit of 1 is reached; none of them is idle',
    ])
  })

  test('there is always an answer', () => {
    expect(plan([pull(7, { labels: [] })], [], { options })).toEqual(['leave - #7: it does not carry the label preview'])
    expect(plan([], [], { options })[0]).toMatch(/^ask - #7/)
    expect(plan([], [], { options, notFound: [7] })[0]).toMatch(/^leave - #7: GitHub knows no/)
    expect(plan([], [], { options, answer: { repository: 'acme/shop', complete: false, pullRequests: [] } })[0]).toMatch(
      /^leave - #7: .*incomplete/,
    )
  })
})
