import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeGitHub, startFakeGitHub } from './fake-github.ts'
import { addPullRequest } from './state.ts'

const headers = { authorization: 'token a-token', 'user-agent': 'devtool/1 test', 'content-type': 'application/json' }
let fake: FakeGitHub

beforeEach(async () => {
  fake = await startFakeGitHub()
  addPullRequest(fake.state, { number: 1 })
})
afterEach(() => fake.stop())

const ask = async (method: string, path: string, body?: unknown): Promise<number> => {
  const more = body === undefined ? {} : { body: JSON.stringify(body) }
  return (await fetch(`${fake.url}${path}`, { method, headers, ...more })).status
}

describe('the GitHub of the tests is strict', () => {
  test('what is right is answered', async () => {
    expect(await ask('GET', '/repos/acme/shop/deployments')).toBe(200)
    expect(await ask('POST', '/repos/acme/shop/issues/1/comments', { body: 'x' })).toBe(201)
    expect(fake.faults).toEqual([])
  })

  test.each([
    ['an unknown path', 'GET', '/repos/acme/shop/pulls', undefined, 'GET /repos/acme/shop/pulls'],
    ['an unknown method', 'PUT', '/repos/acme/shop/deployments', undefined, 'PUT'],
    ['no number', 'DELETE', '/repos/acme/shop/issues/comments/one', undefined, 'issues/delete-comment: path/comment_id must be integer'],
    ['an unknown query', 'GET', '/repos/acme/shop/deployments?enviroment=preview', undefined, 'must NOT have additional properties'],
    ['no body', 'POST', '/repos/acme/shop/issues/1/comments', undefined, 'issues/create-comment: body'],
    ['a field too many', 'POST', '/repos/acme/shop/issues/1/comments', { body: 'x', title: 'y' }, 'must NOT have additional properties'],
    ['a body of another type', 'PATCH', '/repos/acme/shop/issues/comments/1', { body: 1 }, 'body/body must be string'],
    ['a body where there is none', 'DELETE', '/repos/acme/shop/issues/comments/1', {}, 'a body where there is none'],
    ['a state that there is not', 'POST', '/repos/acme/shop/deployments/1/statuses', { state: 'deployed' }, 'must be equal to one of'],
    [
      'GraphQL that nobody checked',
      'POST',
      '/graphql',
      { operationName: 'X', query: 'query X { viewer { id } }', variables: {} },
      'no such document',
    ],
  ])('%s is a fault', async (_, method, path, body, fault) => {
    expect(await ask(method, path, body)).toBe(501)
    expect(fake.faults).toEqual([expect.stringContaining(fault)])
  })

  test('answers can overtake each other', async () => {
    let go = (): void => {}
    const wait = new Promise<void>((resolve) => {
      go = resolve
    })
    fake.trouble({ on: 'repos/list-deployments', wait })
    const order: string[] = []
    const first = ask('GET', '/repos/acme/shop/deployments').then(() => order.push('first'))
    await expect.poll(() => fake.asked.length).toBe(1)
    await ask('GET', '/repos/acme/shop/deployments').then(() => order.push('second'))
    go()
    await first
    expect(order).toEqual(['second', 'first'])
  })
})
