import { describe, expect, test } from 'vitest'
import type { FakeGitHub } from './fake-github.ts'
import type { FakeIssue } from './state.ts'
import { addPullRequest } from './state.ts'
import { world } from './world.ts'

const topic = { label: 'devtool:drift', marker: '<!-- devtool:drift production -->', title: 'production is not as it was applied' }
const body = (text: string): string => `${topic.marker}\n\n${text}`
const texts = (fake: FakeGitHub): string[] => fake.state.issues.map((issue) => `${issue.number} ${issue.state} ${issue.body}`)
const writes = (fake: FakeGitHub): string[] => fake.asked.filter((name) => name.startsWith('issues/'))

function add(fake: FakeGitHub, given: Partial<FakeIssue>): FakeIssue {
  const instant = '2026-11-20T11:00:00Z'
  const made: FakeIssue = {
    number: fake.state.issues.length + 1,
    state: 'open',
    reason: null,
    title: 'x',
    body: body('before'),
    labels: [topic.label],
    author: fake.state.viewer,
    createdAt: instant,
    updatedAt: instant,
    ...given,
  }
  fake.state.issues.push(made)
  return made
}

describe('the one issue about something', () => {
  test('is made, edited in place, closed with a note, and opened again', async () => {
    const { fake, github, another } = await world()
    addPullRequest(fake.state, { number: 7 })
    const url = 'https://github.com/acme/shop/issues/8'
    expect(await github.issues.say(topic, 'one')).toEqual({ number: 8, url })
    expect(await another().issues.say(topic, 'two')).toEqual({ number: 8, url })
    expect(texts(fake)).toEqual([`8 open ${body('two')}`])
    expect(fake.state.issues[0]).toMatchObject({ title: topic.title, labels: [topic.label] })
    expect(await another().issues.close(topic, 'gone', 'nothing has drifted')).toEqual({ number: 8, url })
    expect(texts(fake)).toEqual([`8 closed ${body('gone')}`])
    expect(fake.state.issues[0]?.reason).toBe('completed')
    expect(fake.state.comments).toMatchObject([{ pullRequest: 8, body: 'nothing has drifted' }])
    expect(await another().issues.say(topic, 'three')).toEqual({ number: 8, url })
    expect(texts(fake)).toEqual([`8 open ${body('three')}`])
    expect(fake.state.issues[0]?.reason).toBe('reopened')
  })

  test('is not closed twice, nor where there is none', async () => {
    const { fake, github } = await world()
    expect(await github.issues.close(topic, 'gone', 'note')).toBeNull()
    add(fake, { state: 'closed' })
    expect(await github.issues.close(topic, 'gone', 'note')).toBeNull()
    expect(writes(fake)).toEqual([])
  })

  test('is nobody else’s, whatever that says; nor one about something else', async () => {
    const { fake, github } = await world()
    add(fake, { author: 'mallory' })
    add(fake, { body: `> ${topic.marker}\nquoted` })
    add(fake, { body: '<!-- devtool:drift production-2 -->' })
    add(fake, { labels: ['bug'] })
    const before = texts(fake)
    expect(await github.issues.close(topic, 'gone', 'note')).toBeNull()
    expect((await github.issues.say(topic, 'one')).number).toBe(5)
    expect(texts(fake)).toEqual([...before, `5 open ${body('one')}`])
  })

  test('is found behind 250 others', async () => {
    const { fake, github } = await world()
    for (let count = 0; count < 250; count += 1) add(fake, { body: 'another topic' })
    add(fake, {})
    expect((await github.issues.say(topic, 'one')).number).toBe(251)
  })

  test('of several the oldest open one stays, the others are closed; of closed ones the newest is opened', async () => {
    const { fake, github } = await world()
    for (const state of ['closed', 'open', 'open', 'closed'] as const) add(fake, { state })
    expect((await github.issues.say(topic, 'one')).number).toBe(2)
    expect(fake.state.issues.map(({ state }) => state)).toEqual(['closed', 'open', 'closed', 'closed'])
    await github.issues.close(topic, 'gone', 'note')
    expect((await github.issues.say(topic, 'two')).number).toBe(4)
  })

  test('is one, also when several runs make it at the same moment', async () => {
    const { fake, another } = await world()
    const said = await Promise.all(['a', 'b', 'c', 'd'].map((text) => another().issues.say(topic, text)))
    expect(fake.state.issues.filter(({ state }) => state === 'open').map(({ number }) => number)).toEqual([1])
    expect(new Set(said.map(({ number }) => number))).toEqual(new Set([1]))
  })

  test('is not made twice when the answer to its making is lost', async () => {
    for (const connection of ['drop', 'cut'] as const) {
      const { fake, github } = await world()
      fake.trouble({ on: 'issues/create', done: true, connection })
      expect((await github.issues.say(topic, 'one')).number).toBe(1)
      expect(texts(fake)).toEqual([`1 open ${body('one')}`])
    }
  })
})

describe('what stands in its way', () => {
  test('a token without the permission', async () => {
    const { fake, github } = await world()
    fake.rules.permissions.issues = 'read'
    await expect(github.issues.say(topic, 'one')).rejects.toMatchObject({
      message: expect.stringContaining(
        'could not update the issue "production is not as it was applied" of acme/shop: the token lacks the permission `issues: write`',
      ),
    })
    delete fake.rules.permissions.issues
    await expect(github.issues.close(topic, 'one', 'note')).rejects.toThrow('the token lacks the permission')
  })

  test('a label that is dropped: the issue would never be found again', async () => {
    const { fake, github } = await world()
    fake.state.labelling = false
    await expect(github.issues.say(topic, 'one')).rejects.toMatchObject({
      message: expect.stringContaining('https://github.com/acme/shop/issues/1 did not get the label devtool:drift'),
      hint: expect.stringContaining('add the label'),
    })
  })

  test('a repository without issues', async () => {
    const { fake, github } = await world()
    fake.trouble({ on: 'issues/create', reply: { status: 410, body: { message: 'Issues are disabled for this repo' } } })
    await expect(github.issues.say(topic, 'one')).rejects.toMatchObject({
      message: expect.stringContaining('the repository has no issues'),
      hint: expect.stringContaining('switch them on'),
    })
  })

  test('GitHub down', async () => {
    const { fake, github } = await world()
    fake.trouble({ on: '*', times: 20, reply: { status: 502, body: 'Bad Gateway' } })
    await expect(github.issues.say(topic, 'one')).rejects.toThrow('GitHub is down or overloaded')
    expect(fake.state.issues).toEqual([])
  })
})
