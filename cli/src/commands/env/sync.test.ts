import { afterEach, describe, expect, test } from 'vitest'
import { type FakeGitHub, startFakeGitHub } from '../../../tests/github/fake-github.ts'
import { addPullRequest } from '../../../tests/github/state.ts'
import { type TestContext, type TestContextOptions, testContext } from '../../../tests/support/context.ts'
import { ConflictError, ToolError } from '../../errors.ts'
import { createGitHub } from '../../github/client.ts'
import { systemClock } from '../../system/clock.ts'

interface Result {
  dryRun: boolean
  notes: string[]
  actions: { kind: string; environment: string | null; pullRequest: number | null; because: string }[]
  outcomes: { environment: string; outcome: string; reason: string | null }[]
}

const started: FakeGitHub[] = []

// whatever a test is about: nothing was asked that GitHub does not know
afterEach(async () => {
  const fakes = started.splice(0)
  await Promise.all(fakes.map((fake) => fake.stop()))
  expect(fakes.flatMap(({ faults }) => faults)).toEqual([])
})

interface Stage extends TestContext {
  fake: FakeGitHub
  /** The environment that a pull request has. */
  apply(pullRequest: number): Promise<string>
  sync(...flags: string[]): Promise<Result>
}

async function stage(options: TestContextOptions = {}): Promise<Stage> {
  const fake = await startFakeGitHub({ repository: 'acme/shop' })
  started.push(fake)
  const variables = { GITHUB_TOKEN: fake.rules.token, GITHUB_API_URL: fake.url }
  const github = createGitHub({ repository: 'acme/shop', label: 'preview', variables, clock: systemClock, version: '0.0.0', second: 1 })
  const context = await testContext({ ...options, github })
  const json = <Value>(text: string): Value => JSON.parse(text) as Value
  return {
    ...context,
    fake,
    apply: async (pullRequest) => {
      const result = await context.run('env', 'create', '--pr', String(pullRequest), '--apply', '--yes', '--json')
      return json<{ name: string }>(result.stdout).name
    },
    sync: async (...flags) => {
      const result = await context.run('env', 'sync', '--all', '--json', ...flags)
      if (result.exitCode !== 0) throw new Error(result.stderr)
      return json<Result>(result.stdout)
    },
  }
}

const COMMIT = 'c0ffee0000000000000000000000000000000000'
const asked = (pullRequest: number) => ({ number: pullRequest, labels: ['preview'], commit: COMMIT })

describe('env sync --all', () => {
  test('removes what its pull request no longer wants, and nothing else', async () => {
    const { fake, apply, sync, run, target } = await stage()
    for (const number of [1, 2]) addPullRequest(fake.state, asked(number))
    const [kept, gone] = [await apply(1), await apply(2)]
    await run('env', 'create', 'by-hand')
    addPullRequest(fake.state, { ...asked(2), state: 'closed' })
    const result = await sync('--yes')
    expect(result.outcomes).toEqual([{ environment: gone, outcome: 'destroyed', reason: null }])
    expect(result.actions.find(({ environment }) => environment === kept)).toMatchObject({ kind: 'leave', because: 'up-to-date' })
    expect(target.asked.filter((line) => line.startsWith('destroy'))).toEqual([`destroy ${gone}`])
    expect((await sync('--yes')).outcomes).toEqual([])
  })

  test('a dry run says the same and does nothing', async () => {
    const { fake, apply, run, target } = await stage()
    addPullRequest(fake.state, asked(7))
    const name = await apply(7)
    addPullRequest(fake.state, { ...asked(7), labels: [] })
    const result = await run('env', 'sync', '--all', '--dry-run')
    expect(result.exitCode).toBe(0)
    expect(result.stdout).toMatch(new RegExp(`^destroy +${name} +#7 +.*\\n1 to destroy`))
    expect(target.asked.some((line) => line.startsWith('destroy'))).toBe(false)
  })

  test('the pull request of another repository with the same number says nothing of an environment', async () => {
    const { fake, apply, sync, context, store } = await stage()
    addPullRequest(fake.state, asked(5))
    const name = await apply(5)
    await context.registry(store).update(name, (record) => ({ ...record, repository: 'acme/other' }))
    addPullRequest(fake.state, { ...asked(5), state: 'closed' })
    expect((await sync('--yes')).outcomes).toEqual([])
  })

  test('what is past its time goes, although its pull request is open', async () => {
    const { fake, apply, sync, clock } = await stage()
    addPullRequest(fake.state, asked(3))
    const name = await apply(3)
    clock.time += 73 * 3_600_000
    const result = await sync('--yes')
    expect(result.actions).toMatchObject([{ kind: 'expire', environment: name, because: 'expired' }])
    expect(result.outcomes).toMatchObject([{ environment: name, outcome: 'destroyed' }])
  })

  test('GitHub down: nothing is destroyed, and it is said', async () => {
    const { fake, apply, run, target } = await stage()
    addPullRequest(fake.state, asked(4))
    await apply(4)
    await fake.stop()
    const result = await run('env', 'sync', '--all', '--yes')
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toMatch(/error: .*GitHub/)
    expect(target.asked.some((line) => line.startsWith('destroy'))).toBe(false)
  })

  test('one that cannot be removed does not keep the others; one that is worked on is left', async () => {
    const { fake, apply, run, target, sync } = await stage()
    for (const number of [1, 2]) addPullRequest(fake.state, asked(number))
    const names = [await apply(1), await apply(2)]
    for (const number of [1, 2]) addPullRequest(fake.state, { ...asked(number), state: 'closed' })
    let times = 0
    target.answers.destroy = async () => {
      times += 1
      if (times === 1) throw new ToolError('AWS said no')
      return []
    }
    const result = await run('env', 'sync', '--all', '--yes')
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toMatch(/could not remove 1 of 2 environments\n {2}[a-z-]+: AWS said no/)
    target.answers.destroy = async () => {
      throw new ConflictError('somebody is working on it')
    }
    expect((await sync('--yes')).outcomes).toMatchObject([{ outcome: 'left', reason: 'somebody is working on it' }])
    expect(names).toHaveLength(2)
  })

  test('without a terminal and without --yes nothing is destroyed; the number is bounded', async () => {
    const { fake, apply, run, sync } = await stage()
    for (const number of [1, 2]) addPullRequest(fake.state, asked(number))
    for (const number of [1, 2]) await apply(number)
    for (const number of [1, 2]) addPullRequest(fake.state, { ...asked(number), state: 'closed' })
    const refused = await run('env', 'sync', '--all')
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toContain('devtool env sync --all --yes')
    const bounded = await sync('--yes', '--max-destroys', '1')
    expect(bounded.outcomes).toHaveLength(1)
    expect(bounded.notes.join()).toContain('1 more would be destroyed')
    expect((await run('env', 'sync')).exitCode).toBe(2)
  })
})
