import { describe, expect, test } from 'vitest'
import { COMMENT_MARKER } from '../../src/rendering/comment.ts'
import type { FakeGitHub } from './fake-github.ts'
import { addPullRequest } from './state.ts'
import { type World, world } from './world.ts'

const body = (text: string): string => `${COMMENT_MARKER}\n\n${text}\n`
const texts = (fake: FakeGitHub): string[] => fake.state.comments.map((comment) => comment.body)
const writes = (fake: FakeGitHub): string[] => fake.asked.filter((name) => name.startsWith('issues/'))

async function withPullRequest(options = {}): Promise<World> {
  const made = await world(options)
  addPullRequest(made.fake.state, { number: 12 })
  return made
}

function say(fake: FakeGitHub, author: string, text: string): void {
  const instant = '2026-11-21T11:00:00Z'
  fake.state.made += 1
  const id = 2_000_000_000 + fake.state.made
  fake.state.comments.push({ id, pullRequest: 12, author, body: text, createdAt: instant, updatedAt: instant, edits: 0 })
}

describe('the sticky comment', () => {
  test('is made, and then edited in place [P29]', async () => {
    const { fake, github } = await withPullRequest()
    await github.comment(12).settle(body('one'))
    await github.comment(12).settle(body('two'))
    expect(texts(fake)).toEqual([body('two')])
    expect(writes(fake)).toEqual(['issues/create-comment', 'issues/update-comment'])
  })

  test('is found by a later run, behind 250 comments of others', async () => {
    const { fake, github, another } = await withPullRequest()
    for (let count = 0; count < 250; count += 1) say(fake, 'octocat', `comment ${count}`)
    await github.comment(12).settle(body('one'))
    await another().comment(12).settle(body('two'))
    expect(texts(fake).filter((text) => text.startsWith(COMMENT_MARKER))).toEqual([body('two')])
  })

  test('that says so already is left alone', async () => {
    const { fake, github, another } = await withPullRequest()
    await github.comment(12).settle(body('same'))
    await github.comment(12).settle(body('same'))
    await another().comment(12).settle(body('same'))
    expect(writes(fake)).toEqual(['issues/create-comment'])
  })

  test('of somebody else is never touched, whatever it begins with; nor one of ours that quotes the marker', async () => {
    const { fake, github } = await withPullRequest()
    say(fake, 'mallory', body('fake'))
    say(fake, 'github-actions[bot]', `> ${COMMENT_MARKER}\nquoted`)
    await github.comment(12).settle(body('real'))
    expect(texts(fake)).toEqual([body('fake'), `> ${COMMENT_MARKER}\nquoted`, body('real')])
  })

  test('of a person whose token it is, is found too', async () => {
    const { fake, github } = await withPullRequest({ viewer: 'octocat' })
    say(fake, 'octocat', body('before'))
    await github.comment(12).settle(body('after'))
    expect(texts(fake)).toEqual([body('after')])
  })

  test('is made again when it was deleted', async () => {
    const { fake, github } = await withPullRequest()
    await github.comment(12).settle(body('one'))
    fake.state.comments.length = 0
    await github.comment(12).settle(body('two'))
    expect(texts(fake)).toEqual([body('two')])
  })

  test('is taken over from another run that made it again', async () => {
    const { fake, github, another } = await withPullRequest()
    await github.comment(12).settle(body('one'))
    fake.state.comments.length = 0
    await another().comment(12).settle(body('other'))
    await github.comment(12).settle(body('two'))
    expect(texts(fake)).toEqual([body('two')])
  })

  test('is one, also when several runs make it at the same moment', async () => {
    const { fake, another } = await withPullRequest()
    await Promise.all(['a', 'b', 'c', 'd'].map((text) => another().comment(12).settle(body(text))))
    expect(texts(fake).length).toBe(1)
    await another().comment(12).settle(body('last'))
    expect(texts(fake)).toEqual([body('last')])
  })

  test('is not made twice when the answer to its making is lost', async () => {
    for (const connection of ['drop', 'cut'] as const) {
      const { fake, github } = await withPullRequest()
      fake.trouble({ on: 'issues/create-comment', done: true, connection })
      await github.comment(12).settle(body('one'))
      expect(texts(fake)).toEqual([body('one')])
    }
  })

  test('is made on the second try when GitHub was down', async () => {
    const { fake, github } = await withPullRequest()
    fake.trouble({ on: 'issues/create-comment', reply: { status: 502, body: 'Bad Gateway' } })
    await github.comment(12).settle(body('one'))
    expect(texts(fake)).toEqual([body('one')])
  })
})

describe('its pace', () => {
  test('at most one edit in 10 s; of many texts the last one is written [32][P29]', async () => {
    const { fake, github, clock } = await withPullRequest()
    const comment = github.comment(12)
    for (let count = 0; count < 40; count += 1) {
      comment.show(body(`text ${count}`))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await comment.settle(body('end'))
    expect(texts(fake)).toEqual([body('end')])
    const edits = fake.state.comments[0]?.edits ?? 0
    expect(edits).toBeLessThanOrEqual((clock.time - Date.UTC(2026, 10, 21, 12)) / 10_000)
  })

  test('waits for its turn by the clock', async () => {
    const { fake, github, clock } = await withPullRequest()
    await github.comment(12).settle(body('one'))
    clock.time += 3_000
    await github.comment(12).settle(body('two'))
    expect(clock.slept).toContain(7_000)
    clock.time += 60_000
    clock.slept.length = 0
    await github.comment(12).settle(body('three'))
    expect(clock.slept).toEqual([])
    expect(texts(fake)).toEqual([body('three')])
  })

  test('showing never fails; settling says why it could not', async () => {
    const { fake, github } = await withPullRequest()
    fake.rules.permissions['pull-requests'] = 'read'
    github.comment(12).show(body('one'))
    await expect(github.comment(12).settle(body('two'))).rejects.toMatchObject({
      message: expect.stringContaining('the token lacks the permission `pull-requests: write`'),
    })
    fake.rules.permissions['pull-requests'] = 'write'
    await github.comment(12).settle(body('three'))
    expect(texts(fake)).toEqual([body('three')])
  })

  test('a conversation that is locked', async () => {
    const { fake, github } = await withPullRequest()
    fake.trouble({
      on: 'issues/create-comment',
      reply: { status: 403, body: { message: 'Unable to create comment because issue is locked.' } },
    })
    await expect(github.comment(12).settle(body('one'))).rejects.toThrow('the conversation is locked')
  })

  test('a pull request that does not exist', async () => {
    const { github } = await world()
    await expect(github.comment(99).settle(body('one'))).rejects.toMatchObject({ kind: 'not-found' })
  })
})
