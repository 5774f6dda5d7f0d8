import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import * as iam from '@aws-sdk/client-iam'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../tests/emulator/emulator.ts'
import { type FakeGitHub, startFakeGitHub } from '../../tests/github/fake-github.ts'
import { type TestContext, testContext } from '../../tests/support/context.ts'
import { describeWith } from '../../tests/support/toolchain.ts'
import { awsAt } from '../aws/testing.ts'
import type { Context } from '../context.ts'
import { createGitHub } from '../github/client.ts'
import { createOutput } from '../output.ts'
import { type Bootstrapped, bootstrap } from './bootstrap.ts'

const ACCOUNT = '123456789012'
const TRUST = { repositoryId: 1_296_269, ownerId: 9_919, subject: 'immutable' }

describeWith(['emulator'], 'bootstrap', () => {
  let emulator: Emulator
  let fake: FakeGitHub
  let made: TestContext
  const said = { stdout: '', stderr: '' }

  beforeAll(async () => {
    emulator = await startEmulator()
  })
  beforeEach(async () => {
    fake = await startFakeGitHub()
    fake.rules.permissions = { actions: 'read', 'actions-variables': 'write', administration: 'write' }
    made = await testContext()
  })
  afterEach(async () => {
    await fake.stop()
    await rm(made.folder, { recursive: true, force: true })
    expect(fake.faults).toEqual([])
  })
  afterAll(() => emulator.stop())

  const contextWith = (variables: Record<string, string>, json: boolean): Context => {
    const { clock } = made.context
    const github = {
      repository: 'acme/shop',
      label: 'preview',
      variables: { ...variables, GITHUB_API_URL: fake.url },
      clock,
      version: '1',
      second: 1,
    }
    const terminal = {
      writeResult: (text: string) => {
        said.stdout += text
      },
      write: (text: string) => {
        said.stderr += text
      },
      live: false,
      color: false,
      columns: 100,
    }
    return {
      ...made.context,
      variables,
      output: createOutput(terminal, clock, { json }),
      account: async () => ({ id: ACCOUNT, bucket: 'shop-devtool-123456789012-us-east-1' }),
      aws: async () => awsAt(emulator.url, 'us-east-1'),
      github: async () => createGitHub(github),
    }
  }
  const run = async (flags: { github?: boolean; token?: boolean; json?: boolean } = {}): Promise<Bootstrapped> => {
    Object.assign(said, { stdout: '', stderr: '' })
    const variables = flags.token === false ? {} : { GITHUB_TOKEN: fake.rules.token }
    const input = { github: flags.github ?? false, overwrite: false, takeOver: false, yes: true }
    await bootstrap(contextWith(variables, flags.json ?? true), input)
    return flags.json === false ? (undefined as never) : JSON.parse(said.stdout)
  }
  const document = async (): Promise<unknown> =>
    JSON.parse(await readFile(path.join(made.folder, 'envs/platform/environment.json'), 'utf8'))
  const root = (): Promise<string> => readFile(path.join(made.folder, 'envs/platform/main.tf'), 'utf8')

  test('without --github GitHub is not asked, and no roles are made', async () => {
    expect(await run()).toMatchObject({ project: 'shop', github: null })
    expect(await document()).not.toHaveProperty('github')
    expect(await root()).not.toContain('github-oidc')
    expect(fake.asked).toEqual([])
    expect(made.target.asked).toEqual(['apply platform slot 0'])
  })

  test('--github: looks up whom to trust, guards the environments, makes the roles and sets the variables [F1][P28]', async () => {
    const result = await run({ github: true })
    const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/devtool/shop-${name}`
    expect(result.github).toEqual({
      repository: 'acme/shop',
      roles: Object.fromEntries(
        ['preview-apply', 'preview-teardown', 'preview-sweep', 'production-plan', 'production-apply'].map((name) => [name, role(name)]),
      ),
      variables: {
        DEVTOOL_REGION: 'us-east-1',
        DEVTOOL_PREVIEW_APPLY_ROLE: role('preview-apply'),
        DEVTOOL_PREVIEW_TEARDOWN_ROLE: role('preview-teardown'),
        DEVTOOL_PREVIEW_SWEEP_ROLE: role('preview-sweep'),
        DEVTOOL_PRODUCTION_PLAN_ROLE: role('production-plan'),
        DEVTOOL_PRODUCTION_APPLY_ROLE: role('production-apply'),
      },
      left: [expect.objectContaining({ what: 'required reviewers of the environment production' })],
    })
    expect(Object.fromEntries(fake.state.variables)).toEqual(result.github?.variables)
    expect([...fake.state.environments].map(([name, { branches }]) => [name, branches])).toEqual([
      ['preview', ['refs/pull/*/merge']],
      ['preview-teardown', ['main']],
      ['preview-sweep', ['main']],
      ['production-plan', ['main']],
      ['production', ['main']],
    ])
    expect(await document()).toMatchObject({ repository: 'acme/shop', github: TRUST })
    expect(await root()).toContain('module "github"')
    // a role that trusts an environment which anybody may name would be anybody's
    expect(fake.asked.lastIndexOf('repos/create-deployment-branch-policy')).toBeLessThan(fake.asked.indexOf('actions/get-repo-variable'))

    const again = await run({ github: true })
    expect(again.changed.filter((line) => line.startsWith('GitHub'))).toEqual([])
  })

  test('without a token the stored ids will do, and the variables are printed', async () => {
    await run({ github: true })
    const before = fake.asked.length
    await run({ token: false, github: true, json: false })
    expect(fake.asked).toHaveLength(before)
    expect(said.stdout).toContain('DEVTOOL_PREVIEW_APPLY_ROLE=arn:aws:iam::123456789012:role/devtool/shop-preview-apply')
    expect(said.stdout).toContain('GITHUB_TOKEN=$(gh auth token) devtool bootstrap --github')
    expect((await run({ token: false })).github).toMatchObject({ repository: 'acme/shop', left: [] })
    expect(await document()).toMatchObject({ github: TRUST })
  })

  test('without a token and without stored ids it stops before anything is made', async () => {
    await expect(run({ token: false, github: true })).rejects.toMatchObject({
      hint: expect.stringContaining('GITHUB_TOKEN=$(gh auth token)'),
    })
    expect(made.target.asked).toEqual([])
  })

  test('a token that may not: the roles are made, what is left is said with the commands', async () => {
    fake.rules.permissions = {}
    const { github } = await run({ github: true })
    expect(github?.left.map(({ what }) => what)).toEqual([
      'the environment preview, for jobs from refs/pull/*/merge only',
      'the environment preview-teardown, for jobs from main only',
      'the environment preview-sweep, for jobs from main only',
      'the environment production-plan, for jobs from main only',
      'the environment production, for jobs from main only',
      'the variables that the workflows read',
    ])
    expect(github?.left[4]?.why).toContain('lacks the permission `actions: read`')
    expect(github?.left[4]?.commands[1]).toBe(
      "gh api -X POST repos/acme/shop/environments/production/deployment-branch-policies -f name='main'",
    )
    expect(github?.left[5]?.why).toContain('lacks the permission `actions-variables: read`')
    expect(github?.left[5]?.commands[0]).toBe('gh variable set DEVTOOL_REGION --repo acme/shop --body us-east-1')
    expect(said.stderr).toContain('by its age it is the immutable form')
    expect(made.target.asked).toEqual(['apply platform slot 0'])
  })

  test('a repository of the same name with another id is not trusted [F1]', async () => {
    await run({ github: true })
    fake.state.identity.id = 666
    await expect(run({ github: true })).rejects.toThrow('could not trust acme/shop: its id is 666')
    expect(await document()).toMatchObject({ github: TRUST })
  })

  test('what a person decided in the document stays', async () => {
    await run({ github: true })
    const file = path.join(made.folder, 'envs/platform/environment.json')
    const text = await readFile(file, 'utf8')
    await made.context.files.write(file, text.replace('"subject": "immutable"', '"subject": "immutable", "dedicatedPreviews": true'))
    await run({ github: true })
    expect(await document()).toMatchObject({ github: { ...TRUST, dedicatedPreviews: true } })
    expect(await root()).toContain('dedicated_previews              = true')
  })

  test('roles that nobody here knows of are not removed', async () => {
    const { client } = await awsAt(emulator.url, 'us-east-1').iam()
    const RoleName = 'shop-preview-apply'
    await client.send(
      new iam.CreateRoleCommand({ RoleName, Path: '/devtool/', AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}' }),
    )
    await expect(run()).rejects.toMatchObject({
      message: expect.stringContaining('could not tell whose workflows the role shop-preview-apply is for'),
      hint: expect.stringContaining('git checkout -- envs/platform'),
    })
    expect(made.target.asked).toEqual([])
    await client.send(new iam.DeleteRoleCommand({ RoleName }))
  })
})
