import { describe, expect, test } from 'vitest'
import type { FakeGitHub } from './fake-github.ts'
import { addPullRequest } from './state.ts'
import { type World, world } from './world.ts'

const URL_OF_PREVIEW = 'https://calm-otter.preview.example.com'
const request = {
  pullRequest: 12,
  commit: 'c'.padStart(40, '0'),
  name: 'calm-otter',
  logUrl: 'https://github.com/acme/shop/actions/runs/1',
}
const states = (fake: FakeGitHub): string[][] => fake.state.deployments.map(({ statuses }) => statuses.map(({ state }) => state))

async function withPullRequests(): Promise<World> {
  const made = await world()
  addPullRequest(made.fake.state, { number: 12 })
  addPullRequest(made.fake.state, { number: 13 })
  return made
}

describe('deployments', () => {
  test('from start to success [F11][P9]', async () => {
    const { fake, github } = await withPullRequests()
    const deployment = await github.deployments.create(request)
    await deployment.inProgress()
    await deployment.succeed(URL_OF_PREVIEW)
    expect(fake.state.deployments).toMatchObject([
      { environment: 'preview', sha: request.commit, task: 'deploy:pr-12', payload: { pullRequest: 12, environment: 'calm-otter' } },
    ])
    expect(fake.state.deployments[0]?.statuses).toEqual([
      { state: 'in_progress', description: '', environmentUrl: '', logUrl: request.logUrl },
      { state: 'success', description: 'calm-otter', environmentUrl: URL_OF_PREVIEW, logUrl: request.logUrl },
    ])
  })

  test('the next success ends the earlier ones of this pull request, and of no other', async () => {
    const { fake, github } = await withPullRequests()
    const other = await github.deployments.create({ ...request, pullRequest: 13 })
    await other.succeed('https://other.example.com')
    const first = await github.deployments.create(request)
    await first.succeed(URL_OF_PREVIEW)
    const second = await github.deployments.create(request)
    await second.fail('the migration failed')
    const third = await github.deployments.create(request)
    await third.succeed(URL_OF_PREVIEW)
    expect(states(fake)).toEqual([['success'], ['success', 'inactive'], ['failure'], ['success']])
  })

  test('all end when the preview is gone, also those of a run that was killed [P9][P29]', async () => {
    const { fake, github } = await withPullRequests()
    await github.deployments.create(request)
    const second = await github.deployments.create(request)
    await second.inProgress()
    expect(await github.deployments.deactivate(12)).toBe(2)
    expect(states(fake)).toEqual([['inactive'], ['in_progress', 'inactive']])
    expect(await github.deployments.deactivate(12)).toBe(0)
    expect(await github.deployments.deactivate(13)).toBe(0)
  })

  test('a long reason is cut to what GitHub takes, between characters', async () => {
    const { fake, github } = await withPullRequests()
    const deployment = await github.deployments.create({ ...request, name: 'x'.repeat(300) })
    await deployment.fail(`a\nb ${'🦦'.repeat(200)}`)
    expect(fake.state.deployments[0]?.description).toHaveLength(140)
    const description = fake.state.deployments[0]?.statuses[0]?.description ?? ''
    expect(description.startsWith('a b 🦦')).toBe(true)
    expect(description.length).toBeLessThanOrEqual(140)
    expect(description).not.toMatch(/\p{Surrogate}/u)
  })

  test('one whose answer was lost is not made twice', async () => {
    const { fake, github } = await withPullRequests()
    fake.trouble({ on: 'repos/create-deployment', done: true, connection: 'drop' })
    const deployment = await github.deployments.create(request)
    expect(fake.state.deployments.map(({ id }) => id)).toEqual([deployment.id])
  })

  test('of a commit that was pushed away', async () => {
    const { github } = await withPullRequests()
    await expect(github.deployments.create({ ...request, commit: 'f'.repeat(40) })).rejects.toThrow(
      /could not update the deployment of pull request 12 of acme\/shop: GitHub says \(HTTP 422\): Validation Failed.*No ref found/,
    )
  })

  test('writes are a second apart, reading is not held up', async () => {
    const { github, clock } = await withPullRequests()
    const deployment = await github.deployments.create(request)
    await deployment.inProgress()
    await deployment.succeed(URL_OF_PREVIEW)
    expect(clock.slept).toEqual([1_000, 1_000])
    await github.pullRequests([])
    expect(clock.slept).toEqual([1_000, 1_000])
  })
})
