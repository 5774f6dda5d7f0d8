import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { FakeGitHub } from '../../../tests/github/fake-github.ts'
import { stage as atGitHub, type Stage } from '../../../tests/github/stage.ts'
import { addPullRequest } from '../../../tests/github/state.ts'
import { BLUEPRINT, type TestContextOptions } from '../../../tests/support/context.ts'
import { ConflictError, ToolError } from '../../errors.ts'
import { lastSweep } from '../../registry/sweep.ts'

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

async function stage(options: TestContextOptions = {}): Promise<Sweep> {
  const made = await atGitHub(options)
  started.push(made.fake)
  const json = <Value>(text: string): Value => JSON.parse(text) as Value
  return {
    ...made,
    apply: async (pullRequest) => {
      const result = await made.run('env', 'create', '--pr', String(pullRequest), '--apply', '--yes', '--json')
      return json<{ name: string }>(result.stdout).name
    },
    sync: async (...flags) => {
      const result = await made.run('env', 'sync', '--all', '--json', ...flags)
      if (result.exitCode !== 0) throw new Error(result.stderr)
      return json<Result>(result.stdout)
    },
  }
}

interface Sweep extends Stage {
  /** The environment that a pull request has. */
  apply(pullRequest: number): Promise<string>
  sync(...flags: string[]): Promise<Result>
}

const COMMIT = 'c0ffee0000000000000000000000000000000000'
const asked = (pullRequest: number) => ({ number: pullRequest, labels: ['preview'], commit: COMMIT })

describe('env sync --all', () => {
  test('removes what its pull request no longer wants, and nothing else [P3][P10]', async () => {
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

  test('of a workflow leaves a sign of life, by which doctor sees that the schedule runs', async () => {
    const workflow = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '9' }
    const variables: Record<string, string> = {}
    const { sync, store } = await stage({ variables })
    await sync('--dry-run')
    expect(await lastSweep(store)).toBeUndefined()
    Object.assign(variables, workflow)
    await sync('--dry-run')
    expect((await lastSweep(store))?.toISOString()).toBe('2026-11-21T08:00:00.000Z')
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

  test('the pull request of another repository with the same number says nothing of an environment [P10]', async () => {
    const { fake, apply, sync, context, store } = await stage()
    addPullRequest(fake.state, asked(5))
    const name = await apply(5)
    await context.registry(store).update(name, (record) => ({ ...record, repository: 'acme/other' }))
    addPullRequest(fake.state, { ...asked(5), state: 'closed' })
    expect((await sync('--yes')).outcomes).toEqual([])
  })

  test('what is past its time goes, although its pull request is open [P1][P2]', async () => {
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

  test('three are removed at the same time and no more: AWS takes few calls a second [31]', async () => {
    const { fake, apply, target, sync } = await stage({ blueprint: BLUEPRINT.replace('limit: 2', 'limit: 9') })
    const numbers = [1, 2, 3, 4, 5]
    for (const number of numbers) addPullRequest(fake.state, asked(number))
    for (const number of numbers) await apply(number)
    for (const number of numbers) addPullRequest(fake.state, { ...asked(number), state: 'closed' })
    let [now, most] = [0, 0]
    target.answers.destroy = async () => {
      now += 1
      most = Math.max(most, now)
      await delay(200)
      now -= 1
      return []
    }
    expect((await sync('--yes')).outcomes.map(({ outcome }) => outcome)).toEqual(Array(5).fill('destroyed'))
    expect(most).toBe(3)
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
