import { describe, expect, test } from 'vitest'
import { A, B, deploymentStates, headings, onePullRequest } from '../../../tests/github/one-pull-request.ts'
import { addPullRequest } from '../../../tests/github/state.ts'
import { BLUEPRINT } from '../../../tests/support/context.ts'

const applied = (asked: string[]): number => asked.filter((line) => line.startsWith('apply')).length

describe('a pull request that is open and labelled', () => {
  test('gets an environment, a comment with its address, and a deployment', async () => {
    const world = await onePullRequest()
    const { outcome, environment } = await world.result()
    expect([outcome, environment?.status, environment?.commit]).toEqual(['applied', 'ready', A])
    expect(headings(world.comments())).toEqual([`✅ Preview \`${environment?.name}\` is ready`])
    expect(world.comments()[0]).toContain(A.slice(0, 7))
    expect(world.fake.state.deployments).toMatchObject([{ sha: A, environment: 'preview' }])
    expect(world.fake.state.deployments[0]?.statuses.at(-1)).toMatchObject({ state: 'success', environmentUrl: environment?.url })
  })

  test('is left alone when nothing is new, comment and all; a comment that a killed run left is put right', async () => {
    const world = await onePullRequest()
    await world.result()
    const asked = [...world.fake.asked]
    const again = await world.result()
    expect([again.outcome, again.reason]).toEqual(['unchanged', 'up to date'])
    expect(applied(world.target.asked)).toBe(1)
    expect(world.fake.asked.slice(asked.length)).toEqual(['graphql/PullRequests', 'graphql/Comments'])
    const [comment] = world.fake.state.comments
    if (comment !== undefined) comment.body = comment.body.replace('is ready', 'is being set up')
    await world.result()
    expect(headings(world.comments())).toEqual([`✅ Preview \`${again.environment?.name}\` is ready`])
  })

  test('a push brings the same one up to date', async () => {
    const world = await onePullRequest()
    const { environment } = await world.result()
    world.pull.commit = world.head.commit = B
    const { environment: updated, reason } = await world.result()
    expect(updated).toMatchObject({ name: environment?.name, commit: B })
    expect(reason).toBe('bbbbbbbb was pushed')
    expect(deploymentStates(world)).toEqual(['inactive', 'success'])
  })

  test('a checkout that is behind stops early and says so: the run of the new commit goes on [8]', async () => {
    const world = await onePullRequest({ commit: B })
    const { outcome, reason } = await world.result()
    expect([outcome, reason]).toEqual(['superseded', 'the pull request is at bbbbbbbb, this checkout at aaaaaaaa'])
    expect(world.target.asked).toEqual([])
    expect(world.comments()).toEqual([])
  })

  test('a push while it is applied is left to its own run; what was applied is said to be so', async () => {
    const world = await onePullRequest()
    world.target.answers.apply = async (_root, _run, hooks) => {
      await hooks.onChanging()
      world.pull.commit = B
      await hooks.onSettled()
    }
    const { outcome } = await world.result()
    expect(outcome).toBe('applied')
    expect(world.comments()[0]).toContain('Commit `aaaaaaa`')
  })

  test('closed while it was applied: it goes again, and the proof is what the comment says [8]', async () => {
    const world = await onePullRequest()
    world.target.answers.apply = async (_root, _run, hooks) => {
      await hooks.onChanging()
      world.pull.state = 'closed'
      await hooks.onSettled()
    }
    const { outcome, environment } = await world.result()
    expect([outcome, environment?.status]).toEqual(['destroyed', 'destroyed'])
    expect(world.comments()[0]).toContain('**0 resources left**')
    expect(deploymentStates(world)).toEqual(['inactive'])
    expect(await world.context.registry(world.store).names()).toEqual([])
  })

  test('keeps its environment when the repository is renamed', async () => {
    const world = await onePullRequest()
    const { environment } = await world.result()
    world.fake.state.formerNames.push('acme/shop')
    world.fake.state.repository = 'acme/store'
    world.pull.headRepository = 'acme/store'
    world.pull.commit = world.head.commit = B
    expect((await world.result()).environment?.name).toBe(environment?.name)
  })
})

test('a branch whose name cannot be shown is kept nowhere', async () => {
  const world = await onePullRequest({ branch: 'a\u200bb' })
  expect((await world.result()).environment).toMatchObject({ branch: null, status: 'ready' })
  expect((await world.result()).outcome).toBe('unchanged')
})

describe('a pull request that is not to have one', () => {
  test.each([
    ['closed', { state: 'closed' as const }, 'it is closed'],
    ['merged', { state: 'closed' as const, merged: true }, 'it was merged'],
    ['unlabelled', { labels: [] }, 'it does not carry the label preview'],
  ])('%s: it goes, from any checkout, and the comment proves it', async (_name, change, reason) => {
    const world = await onePullRequest()
    await world.result()
    Object.assign(world.pull, change)
    world.head.commit = 'd'.repeat(40)
    const { outcome, reason: why } = await world.result()
    expect([outcome, why]).toEqual(['destroyed', reason])
    expect(world.comments()).toHaveLength(1)
    expect(world.comments()[0]).toMatch(new RegExp(`is gone[\\s\\S]*0 resources left[\\s\\S]*Why: ${reason}`))
    expect(deploymentStates(world)).toEqual(['inactive'])
    const again = await world.result()
    expect([again.outcome, again.environment]).toEqual(['none', null])
    expect(headings(world.comments())[0]).toMatch(/is gone$/)
  })

  test('labelled again it gets one again', async () => {
    const world = await onePullRequest()
    await world.result()
    world.pull.labels = []
    await world.result()
    world.pull.labels = ['preview']
    expect((await world.result()).outcome).toBe('applied')
    expect(headings(world.comments())[0]).toMatch(/is ready$/)
  })

  test('of a fork: nothing is made, and nothing is said to be wrong [17]', async () => {
    const world = await onePullRequest({ headRepository: 'stranger/shop' })
    expect((await world.result()).outcome).toBe('none')
    expect(world.target.asked).toEqual([])
    expect(world.comments()[0]).toContain('It comes from a fork')
  })

  test('no room: it waits, and which one could go is in the reason [30]', async () => {
    const world = await onePullRequest({}, { blueprint: BLUEPRINT.replace('limit: 2', 'limit: 1') })
    addPullRequest(world.fake.state, { number: 8, labels: ['preview'], commit: A })
    await world.run('env', 'sync', '--pr', '8', '--yes', '--no-build')
    const { outcome, reason } = await world.result()
    expect(outcome).toBe('none')
    expect(reason).toMatch(/previews.limit of 1 is reached; [a-z-]+ has been idle longest: taking the label off #8/)
    expect(world.comments().at(-1)).toContain('There is no room: previews.limit of 1 is reached')
  })
})
