import { describe, expect, test } from 'vitest'
import type { FakeGitHub } from './fake-github.ts'
import { type World, type WorldOptions, world } from './world.ts'

/** What the token of somebody who administers the repository may. */
async function administered(options: WorldOptions = {}): Promise<World> {
  const made = await world(options)
  made.fake.rules.permissions = { actions: 'read', 'actions-variables': 'write', administration: 'write' }
  return made
}

const writes = (fake: FakeGitHub): string[] => fake.asked.filter((name) => /create|update/.test(name))

describe('what is to be trusted of a repository', () => {
  const facts = { name: 'acme/shop', id: 1_296_269, ownerId: 9_919, defaultBranch: 'main' }

  test('GitHub says itself how its tokens name it [F1]', async () => {
    const { fake, github } = await administered()
    expect(await github.facts()).toEqual({ ...facts, subject: 'immutable', certain: true })
    fake.state.identity.subject = { use_default: true, sub_claim_prefix: 'repo:acme/shop' }
    expect(await github.facts()).toEqual({ ...facts, subject: 'classic', certain: true })
  })

  test('an old repository that has opted in [F1]', async () => {
    const { fake, github } = await administered()
    Object.assign(fake.state.identity, { createdAt: '2019-01-01T00:00:00Z', subject: { use_default: true, use_immutable_subject: true } })
    expect(await github.facts()).toMatchObject({ subject: 'immutable', certain: true })
  })

  test.each([
    ['2026-07-14T23:59:59Z', 'classic'],
    ['2026-07-15T00:00:00Z', 'immutable'],
  ])('a token that may not ask: by its age, made %s', async (createdAt, subject) => {
    const { fake, github } = await administered()
    fake.rules.permissions = {}
    fake.state.identity.createdAt = createdAt
    expect(await github.facts()).toEqual({ ...facts, subject, certain: false })
  })

  test('a subject of its own is refused, unless it is the same one', async () => {
    const { fake, github } = await administered()
    fake.state.identity.subject = { use_default: false, include_claim_keys: ['repo', 'context'], sub_claim_prefix: 'repo:acme/shop' }
    expect(await github.facts()).toMatchObject({ subject: 'classic' })
    fake.state.identity.subject = { use_default: false, include_claim_keys: ['repo', 'context', 'job_workflow_ref'] }
    await expect(github.facts()).rejects.toMatchObject({
      message: 'could not tell what to trust of acme/shop: the subject of its tokens is made of repo, context, job_workflow_ref',
      hint: expect.stringContaining('gh api -X PUT repos/acme/shop/actions/oidc/customization/sub'),
    })
  })

  test('GitHub down is not "may not ask"', async () => {
    const { fake, github } = await administered()
    fake.trouble({ on: 'actions/get-custom-oidc-sub-claim-for-repo', times: 9, reply: { status: 503, body: { message: 'down' } } })
    await expect(github.facts()).rejects.toThrow('GitHub is down or overloaded (HTTP 503); nothing was changed')
  })
})

describe('variables', () => {
  test('are made, changed, and left as they are', async () => {
    const { fake, github } = await administered()
    fake.state.variables.set('DEVTOOL_REGION', 'eu-west-1').set('THEIRS', 'x')
    const values = { DEVTOOL_REGION: 'us-east-1', DEVTOOL_PREVIEW_APPLY_ROLE: 'arn:aws:iam::123456789012:role/devtool/shop-preview-apply' }
    expect(await github.settings.setVariables(values)).toEqual(['DEVTOOL_REGION', 'DEVTOOL_PREVIEW_APPLY_ROLE'])
    expect(Object.fromEntries(fake.state.variables)).toEqual({ ...values, THEIRS: 'x' })
    expect(await github.settings.setVariables(values)).toEqual([])
    expect(writes(fake)).toEqual(['actions/update-repo-variable', 'actions/create-repo-variable'])
  })

  test('a token that may not: says which permission is missing', async () => {
    const { fake, github } = await administered()
    fake.rules.permissions = { 'actions-variables': 'read' }
    await expect(github.settings.setVariables({ DEVTOOL_REGION: 'us-east-1' })).rejects.toThrow(
      /could not set the variable DEVTOOL_REGION of acme\/shop: the token lacks the permission `actions-variables: write`/,
    )
  })
})

describe('environments', () => {
  const preview = { name: 'preview', pattern: 'refs/pull/*/merge' }
  const production = { name: 'production', pattern: 'main' }

  test('are made, held to where their jobs may come from, and left alone the next time', async () => {
    const { fake, github } = await administered()
    expect(await github.settings.guardEnvironment(preview)).toEqual({ changed: true, others: [], reviewed: false })
    expect(fake.state.environments.get('preview')).toMatchObject({ branches: ['refs/pull/*/merge'] })
    const before = writes(fake).length
    expect(await github.settings.guardEnvironment(preview)).toEqual({ changed: false, others: [], reviewed: false })
    expect(writes(fake)).toHaveLength(before)
  })

  test('one that any branch may name is held, and keeps its reviewers and its timer', async () => {
    const { fake, github } = await administered()
    const reviewers = [
      { type: 'User' as const, id: 7 },
      { type: 'Team' as const, id: 8 },
    ]
    fake.state.environments.set('production', { branches: null, reviewers, selfReviewPrevented: true, waitTimer: 30 })
    expect(await github.settings.guardEnvironment(production)).toEqual({ changed: true, others: [], reviewed: true })
    expect(fake.state.environments.get('production')).toEqual({ branches: ['main'], reviewers, selfReviewPrevented: true, waitTimer: 30 })
  })

  test('other patterns stay and are told', async () => {
    const { fake, github } = await administered()
    fake.state.environments.set('production', { branches: ['release/*'], reviewers: [], selfReviewPrevented: false, waitTimer: 0 })
    expect(await github.settings.guardEnvironment(production)).toEqual({ changed: true, others: ['release/*'], reviewed: false })
    expect(fake.state.environments.get('production')?.branches).toEqual(['release/*', 'main'])
  })

  test('a plan without reviewers is asked for none', async () => {
    const { fake, github } = await administered()
    fake.state.plan = 'free'
    expect(await github.settings.guardEnvironment(production)).toMatchObject({ changed: true })
  })

  test('a token that may not: says which permission is missing, and nothing was changed', async () => {
    const { fake, github } = await administered()
    fake.rules.permissions = { actions: 'read' }
    await expect(github.settings.guardEnvironment(production)).rejects.toThrow(
      /could not guard the environment production of acme\/shop: the token lacks the permission `administration: write`/,
    )
    expect(fake.state.environments.size).toBe(0)
  })
})
