import { describe, expect, test } from 'vitest'
import { addPullRequest } from './state.ts'
import { world } from './world.ts'

const count = (asked: readonly string[]): number => asked.length

describe('all pull requests', () => {
  test('the open ones, and the named ones in whatever state', async () => {
    const { fake, github } = await world()
    addPullRequest(fake.state, { number: 1, labels: ['preview', 'bug'], title: 'Ünïcode & <b>', author: 'dependabot[bot]', draft: true })
    addPullRequest(fake.state, { number: 2, state: 'closed' })
    addPullRequest(fake.state, { number: 3, state: 'closed', merged: true, headRepository: null })
    addPullRequest(fake.state, { number: 4, state: 'closed' })
    const answer = await github.pullRequests([3, 1, 2, 2])
    expect(answer).toMatchObject({ repository: 'acme/shop', complete: true })
    expect(answer.pullRequests.map(({ number, state, merged }) => [number, state, merged])).toEqual([
      [1, 'open', false],
      [2, 'closed', false],
      [3, 'closed', true],
    ])
    expect(answer.pullRequests[0]).toEqual({
      number: 1,
      state: 'open',
      merged: false,
      labels: ['preview', 'bug'],
      headRepository: 'acme/shop',
      branch: 'change-1',
      commit: '0000000000000000000000000000000000000001',
      updatedAt: '2026-11-21T12:00:00Z',
      draft: true,
      title: 'Ünïcode & <b>',
      author: 'dependabot[bot]',
      url: 'https://github.com/pull/1',
      labelledAt: '2026-01-01T00:00:01Z',
    })
    expect(answer.pullRequests[2]?.headRepository).toBeNull()
    expect(fake.asked).toEqual(['graphql/PullRequests'])
  })

  test('none at all is one request', async () => {
    const { fake, github } = await world()
    expect(await github.pullRequests([])).toEqual({ repository: 'acme/shop', complete: true, pullRequests: [] })
    expect(count(fake.asked)).toBe(1)
  })

  test('1,000 open ones and 1,000 named ones are at most 20 requests [32]', async () => {
    const { fake, github } = await world()
    const numbers = Array.from({ length: 1_000 }, (_, index) => index + 1)
    for (const number of numbers) {
      addPullRequest(fake.state, { number })
      addPullRequest(fake.state, { number: number + 1_000, state: 'closed' })
    }
    const started = performance.now()
    const answer = await github.pullRequests(numbers.map((number) => number + 1_000))
    expect(performance.now() - started).toBeLessThan(3_000)
    expect(answer.complete).toBe(true)
    expect(answer.pullRequests.length).toBe(2_000)
    expect(count(fake.asked)).toBe(10)
  })

  test('those that are open need not be named again', async () => {
    const { fake, github } = await world()
    const numbers = Array.from({ length: 250 }, (_, index) => index + 1)
    for (const number of numbers) addPullRequest(fake.state, { number })
    const answer = await github.pullRequests([...numbers, 900])
    expect([answer.complete, answer.pullRequests.length, count(fake.asked)]).toEqual([true, 250, 3])
  })

  test('the repository is called what GitHub calls it now', async () => {
    const { fake, github } = await world()
    fake.state.formerNames.push('acme/shop')
    fake.state.repository = 'acme/store'
    addPullRequest(fake.state, { number: 1 })
    const { repository, pullRequests } = await github.pullRequests([])
    expect([repository, pullRequests[0]?.headRepository]).toEqual(['acme/store', 'acme/store'])
  })

  const page = (open: object): object => ({ status: 200, body: { data: { repository: { nameWithOwner: 'acme/shop', open } } } })
  const end = { hasNextPage: false, endCursor: null }

  test.each([
    ['a pull request is missing from its page', page({ totalCount: 1, pageInfo: end, nodes: [null] })],
    ['fewer came than there are', page({ totalCount: 7, pageInfo: end, nodes: [] })],
    ['the page itself is missing', page(null as never)],
    ['there is a page more, but no way to it', page({ totalCount: 0, pageInfo: { hasNextPage: true, endCursor: null }, nodes: [] })],
  ])('is not complete if %s', async (_, reply) => {
    const { fake, github } = await world()
    fake.trouble({ on: 'graphql/PullRequests', reply: reply as never })
    expect(await github.pullRequests([])).toEqual({ repository: 'acme/shop', complete: false, pullRequests: [] })
  })

  test('is not complete if a named one is left out without a word', async () => {
    const { fake, github } = await world()
    fake.trouble({ on: 'graphql/PullRequests', reply: page({ totalCount: 0, pageInfo: end, nodes: [] }) as never })
    expect((await github.pullRequests([5])).complete).toBe(false)
  })

  test('is not complete, and without it, if the labels of one are left out', async () => {
    const { fake, github } = await world()
    const facts = { number: 1, state: 'OPEN', title: '', isDraft: false, updatedAt: '', url: '', headRefName: '', headRefOid: '' }
    const node = { ...facts, headRepository: null, author: null, labels: null, timelineItems: { nodes: [] } }
    fake.trouble({ on: 'graphql/PullRequests', reply: page({ totalCount: 1, pageInfo: end, nodes: [node] }) as never })
    expect(await github.pullRequests([])).toMatchObject({ complete: false, pullRequests: [] })
  })

  test('an error beside the data is an error', async () => {
    const { fake, github } = await world()
    const data = { repository: { nameWithOwner: 'acme/shop', open: { totalCount: 0, pageInfo: end, nodes: [] } } }
    fake.trouble({ on: 'graphql/PullRequests', reply: { status: 200, body: { data, errors: [{ message: 'a part timed out' }] } } })
    await expect(github.pullRequests([])).rejects.toThrow(
      'could not read the pull requests of acme/shop: GitHub says (HTTP 200): a part timed out',
    )
  })

  test('a cursor that stands still does not go on for ever', async () => {
    const { fake, github } = await world()
    const reply = page({ totalCount: 0, pageInfo: { hasNextPage: true, endCursor: 'x' }, nodes: [] }) as never
    fake.trouble({ on: 'graphql/PullRequests', times: 1_000, reply })
    expect((await github.pullRequests([])).complete).toBe(false)
    expect(count(fake.asked)).toBe(2)
  })

  test('one that is opened while the pages are read is seen', async () => {
    const { fake, github } = await world()
    for (let number = 1; number <= 150; number += 1) addPullRequest(fake.state, { number })
    let go = (): void => {}
    const wait = new Promise<void>((resolve) => {
      go = resolve
    })
    fake.trouble({ on: 'graphql/PullRequests', wait: Promise.resolve() })
    fake.trouble({ on: 'graphql/PullRequests', wait })
    const answer = github.pullRequests([])
    await expect.poll(() => fake.asked.length).toBe(2)
    addPullRequest(fake.state, { number: 151 })
    go()
    const { complete, pullRequests } = await answer
    expect([complete, pullRequests.length]).toEqual([true, 151])
  })
})

describe('when the label was added', () => {
  test('the last time counts; other labels do not', async () => {
    const { fake, github } = await world()
    const labelled = ['preview', 'bug', 'preview', 'docs'].map((name, hour) => ({ name, at: `2026-11-21T0${hour}:00:00Z` }))
    addPullRequest(fake.state, { number: 1, labels: ['preview'], labelled })
    addPullRequest(fake.state, { number: 2, labels: ['docs'] })
    expect((await github.pullRequest(1)).facts.labelledAt).toBe('2026-11-21T02:00:00Z')
    expect((await github.pullRequest(2)).facts.labelledAt).toBeNull()
  })
})

describe('one pull request', () => {
  test('as the list has it', async () => {
    const { fake, github } = await world()
    addPullRequest(fake.state, { number: 7, labels: ['preview'], author: 'renovate[bot]', state: 'closed', merged: true })
    addPullRequest(fake.state, { number: 8, headRepository: 'stranger/shop' })
    addPullRequest(fake.state, { number: 9, headRepository: null })
    const { pullRequests } = await github.pullRequests([7, 8, 9])
    expect(await Promise.all([7, 8, 9].map(async (number) => (await github.pullRequest(number)).facts))).toEqual(pullRequests)
  })

  test('that does not exist', async () => {
    const { github } = await world()
    await expect(github.pullRequest(404)).rejects.toMatchObject({
      kind: 'not-found',
      message: 'could not read pull request 404 of acme/shop: GitHub has no such thing',
    })
  })
})

test('the name of a repository that was renamed', async () => {
  const { fake, github } = await world()
  fake.state.formerNames.push('acme/store')
  expect(await github.currentName('acme/store')).toBe('acme/shop')
  expect(await github.currentName('acme/shop')).toBe('acme/shop')
  expect(await github.currentName('acme/other')).toBeUndefined()
})
