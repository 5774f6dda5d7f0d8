import { describe, expect, test } from 'vitest'
import { planSync } from './plan.ts'
import { at, B, input, pull, record, told } from './testing/world.ts'

const plan = (...args: Parameters<typeof input>): string[] => planSync(input(...args)).actions.map(told)

describe('the limit', () => {
  const previews = { label: 'preview', ttl: '72h', limit: 2 }
  const idle = [record('heron', 1, { updatedAt: at(-9) }), record('otter', 2)]

  test('keeps new ones out, and says which one could go [30][P16]', () => {
    const { actions, notes } = planSync(input([pull(1), pull(2), pull(3)], idle, { previews }))
    expect(actions.map(told)).toContain(
      'leave - #3: previews.limit of 2 is reached; heron has been idle longest: taking the label off #1 makes room',
    )
    expect(actions.find(({ because }) => because === 'limit')).toMatchObject({ couldGo: 'heron', commit: null })
    expect(notes).toEqual(['1 wait for room: previews.limit is 2'])
  })

  test('is about previews: what is pinned, foreign or only claimed takes no room, unless a run is at it', () => {
    const others = [record('production', null), record('blog', null, { project: 'blog' }), record('newt', null, { status: 'claimed' })]
    const one = { previews: { ...previews, limit: 1 } }
    expect(plan([pull(3)], others, one)[0]).toMatch(/^create - #3/)
    expect(plan([pull(3)], others, { ...one, leases: ['newt'] })[0]).toMatch(/^leave - #3: previews.limit/)
  })

  test('never keeps an update back [P21]', () =>
    expect(plan([pull(1, { commit: B }), pull(2)], idle, { previews: { ...previews, limit: 1 } })[0]).toBe(
      'update heron #1: bbbbbbbb was pushed',
    ))

  test('what goes in the same run makes room, for the lowest numbers [P21]', () => {
    const { actions } = planSync(input([pull(1, { state: 'closed' }), pull(2), pull(4), pull(3)], idle, { previews }))
    expect(actions.map(({ kind, pullRequest, inPlaceOf }) => [kind, pullRequest, inPlaceOf])).toEqual([
      ['destroy', 1, null],
      ['create', 3, 'heron'],
      ['leave', 2, null],
      ['leave', 4, null],
    ])
  })
})

describe('one run destroys no more than it may', () => {
  const closed = Array.from({ length: 12 }, (_, index) => pull(index + 1, { state: 'closed' }))
  const records = closed.map(({ number }) => record(`env-${number}`, number, { status: number === 1 ? 'leaked' : 'ready' }))

  test('ten unless told, and the rest says why', () => {
    const { actions, notes } = planSync(input(closed, records))
    expect(actions.filter(({ kind }) => kind === 'destroy')).toHaveLength(10)
    expect(notes).toEqual(['2 more would be destroyed: the next run goes on with them'])
    expect(actions.map(told)).toContain('leave env-9 #9: it is closed; a run destroys at most 10: the next one goes on')
  })

  test('what could not be destroyed before does not hold up the rest', () =>
    expect(planSync(input(closed, records, { options: { maxDestroys: 11 } })).actions.at(-1)).toMatchObject({
      environment: 'env-1',
      kind: 'leave',
    }))
})
