import { describe, expect, test } from 'vitest'
import { createGitHub } from '../../src/github/client.ts'
import { addPullRequest } from './state.ts'
import { fakeClock, world } from './world.ts'

const down = { status: 503, body: '<html>unicorn</html>', headers: { 'content-type': 'text/html' } }

describe('GitHub in trouble', () => {
  test.each([
    ['is down for a moment', { reply: down }],
    ['drops the connection', { connection: 'drop' as const }],
    ['sends half an answer', { connection: 'cut' as const }],
    [
      'runs out of time in a query',
      { reply: { status: 200, body: { errors: [{ message: 'Something went wrong while executing your query.' }] } } },
    ],
  ])('%s: tried again', async (_, trouble) => {
    const { fake, github } = await world()
    addPullRequest(fake.state, { number: 1 })
    fake.trouble({ on: 'graphql/PullRequests', times: 2, ...trouble })
    const { complete, pullRequests } = await github.pullRequests([])
    expect([complete, pullRequests.length, fake.asked.length]).toEqual([true, 1, 3])
  })

  test('is down: four tries, then an error that says that nothing was changed', async () => {
    const { fake, github } = await world()
    fake.trouble({ on: '*', times: 99, reply: down })
    await expect(github.pullRequests([])).rejects.toMatchObject({
      kind: 'tool',
      message: 'could not read the pull requests of acme/shop: GitHub is down or overloaded (HTTP 503); nothing was changed',
      hint: 'see https://www.githubstatus.com, then run the command again',
    })
    expect(fake.asked.length).toBe(4)
    await expect(github.pullRequest(1)).rejects.toThrow('nothing was changed')
    expect(fake.asked.length).toBe(8)
  })

  test('does not answer: each try has a limit', async () => {
    const { fake, github } = await world({ timeout: 50 })
    fake.trouble({ on: '*', times: 99, connection: 'hang' })
    await expect(github.pullRequest(1)).rejects.toThrow(
      'could not read pull request 1 of acme/shop: GitHub cannot be reached, it does not answer in time; nothing was changed',
    )
    await expect(github.pullRequests([])).rejects.toThrow('it does not answer in time; nothing was changed')
  })

  test('nothing listens there', async () => {
    const { fake, github } = await world()
    await fake.stop()
    await expect(github.pullRequests([])).rejects.toThrow('GitHub cannot be reached, nothing answers there; nothing was changed')
    await expect(github.comment(1).settle('x')).rejects.toThrow('the environment is not affected')
  })

  test.each([
    ['a page', { status: 200, body: '<html>sign in</html>', headers: { 'content-type': 'text/html' } }],
    ['other JSON', { status: 200, body: { hello: 'world' } }],
    ['nothing', { status: 200, body: '', headers: { 'content-type': 'text/plain' } }],
  ])('a proxy answers with %s', async (_, reply) => {
    const { fake, github } = await world()
    fake.trouble({ on: '*', times: 99, reply })
    const message = expect.stringContaining("the answer is not GitHub's; nothing was changed")
    await expect(github.pullRequest(1)).rejects.toMatchObject({ kind: 'tool', message })
    await expect(github.pullRequests([])).rejects.toMatchObject({ kind: 'tool', message })
  })
})

describe('the token', () => {
  test('is not valid', async () => {
    const { fake, github } = await world({ given: 'another' })
    const message = 'could not read the pull requests of acme/shop: GitHub does not accept the token'
    await expect(github.pullRequests([])).rejects.toMatchObject({ message, hint: expect.stringContaining('GITHUB_TOKEN') })
    expect(fake.asked.length).toBe(1)
  })

  test('is not there: nothing is asked', async () => {
    const github = createGitHub({ repository: 'acme/shop', label: null, variables: {}, clock: fakeClock(), version: '1.2.3' })
    await expect(github.pullRequest(1)).rejects.toMatchObject({
      message: 'could not reach GitHub: there is no token',
      hint: expect.stringContaining('gh auth token'),
    })
  })

  test('never stands in an error', async () => {
    const { fake, github } = await world({ token: 'ghs_verysecret' })
    fake.trouble({ on: '*', reply: { status: 422, body: { message: 'no' } } })
    const error = await github.pullRequest(1).catch((thrown: unknown) => thrown)
    expect(String(error) + (error as { hint?: string }).hint).not.toContain('verysecret')
  })

  test('may not read pull requests', async () => {
    const { fake, github } = await world()
    fake.rules.permissions = {}
    const message = expect.stringContaining(
      'the token lacks the permission `pull-requests: read` (GitHub says: Resource not accessible by integration)',
    )
    await expect(github.pullRequests([])).rejects.toMatchObject({ message, hint: expect.stringContaining('permissions:') })
    await expect(github.pullRequest(1)).rejects.toMatchObject({ message })
  })

  test('may not write deployments: what GitHub names is said', async () => {
    const { fake, github } = await world()
    addPullRequest(fake.state, { number: 1 })
    fake.rules.permissions = { deployments: 'read' }
    const made = github.deployments.create({ pullRequest: 1, commit: '1'.padStart(40, '0'), name: 'calm-otter', logUrl: null })
    await expect(made).rejects.toThrow('`deployments: write`')
  })
})

describe('the rate limit', () => {
  test('is reached for long: the error says when it ends', async () => {
    const { fake, github } = await world()
    const reset = Math.floor(Date.now() / 1000) + 3_000
    fake.rules.limit = { reset }
    const end = new Date(reset * 1000).toISOString().slice(0, 19).replace('T', ' ')
    const message = expect.stringContaining(`GitHub's rate limit is reached; it ends at ${end} UTC; nothing was changed`)
    await expect(github.pullRequest(1)).rejects.toMatchObject({ message })
    await expect(github.pullRequests([])).rejects.toMatchObject({ message })
    expect(fake.asked.length).toBe(2)
  })

  test('for writing too fast is waited for, and it is said', async () => {
    const notes: string[] = []
    const { fake, github } = await world({ note: (text) => void notes.push(text) })
    addPullRequest(fake.state, { number: 1 })
    const reply = { status: 403, headers: { 'retry-after': '7' }, body: { message: 'You have exceeded a secondary rate limit.' } }
    fake.trouble({ on: 'graphql/PullRequests', reply })
    expect((await github.pullRequest(1)).facts.number).toBe(1)
    expect(notes).toEqual(['GitHub asks to wait 7 s (secondary rate limit)'])
  })

  test('for writing too fast that takes too long is an error with the time', async () => {
    const { fake, github } = await world()
    const reply = { status: 429, headers: { 'retry-after': '600' }, body: { message: 'You have exceeded a secondary rate limit.' } }
    fake.trouble({ on: 'graphql/PullRequests', times: 9, reply })
    await expect(github.pullRequest(1)).rejects.toThrow('it ends at 2026-11-21 12:10:00 UTC')
    expect(fake.asked.length).toBe(1)
  })
})

describe('what is set', () => {
  const create = (repository: string, GITHUB_API_URL?: string): (() => unknown) => {
    const variables = GITHUB_API_URL === undefined ? { GITHUB_TOKEN: 'x' } : { GITHUB_TOKEN: 'x', GITHUB_API_URL }
    return () => createGitHub({ repository, label: null, variables, clock: fakeClock(), version: '1.2.3' })
  }

  test.each(['', 'shop', 'a/b/c', 'acme/shop?x', 'https://github.com/acme/shop'])('GITHUB_REPOSITORY=%s is refused', (repository) => {
    expect(create(repository)).toThrow(/allowed is owner\/name/)
  })

  test('GITHUB_API_URL that is no address', async () => {
    const github = create('acme/shop', 'github.example.com')() as ReturnType<typeof createGitHub>
    await expect(github.pullRequest(1)).rejects.toMatchObject({
      kind: 'usage',
      message: 'could not use GITHUB_API_URL=github.example.com: it is not a URL',
    })
  })

  test('a repository that does not exist, or that the token may not see', async () => {
    const { fake, github } = await world()
    fake.state.repository = 'acme/other'
    await expect(github.pullRequests([1])).rejects.toMatchObject({ kind: 'not-found', hint: expect.stringContaining('GITHUB_REPOSITORY') })
    await expect(github.pullRequest(1)).rejects.toMatchObject({ kind: 'not-found' })
  })
})
