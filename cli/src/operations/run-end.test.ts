import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeGitHub, startFakeGitHub } from '../../tests/github/fake-github.ts'
import type { Context } from '../context.ts'
import { ToolError } from '../errors.ts'
import { createGitHub } from '../github/client.ts'
import { systemClock } from '../system/clock.ts'
import { IN_WORKFLOW, type LeaseStage, leaseStage, RUN } from './testing.ts'

let stage: LeaseStage
let hold: LeaseStage['hold']
let stored: LeaseStage['stored']
let heldElsewhere: LeaseStage['heldElsewhere']
let fakes: FakeGitHub[]

beforeEach(async () => {
  fakes = []
  stage = await leaseStage()
  ;({ hold, stored, heldElsewhere } = stage)
})
afterEach(async () => {
  await Promise.all(fakes.map((fake) => fake.stop()))
  expect(fakes.flatMap(({ faults }) => faults)).toEqual([])
})

async function github(): Promise<{ fake: FakeGitHub; context: Partial<Context> }> {
  const fake = await startFakeGitHub({ repository: 'acme/shop' })
  fakes.push(fake)
  const variables = { GITHUB_TOKEN: fake.rules.token, GITHUB_API_URL: fake.url }
  const settings = { repository: 'acme/shop', label: null, clock: systemClock, version: '0.0.0', second: 1 }
  return { fake, context: { github: async () => createGitHub({ ...settings, variables }) } }
}

describe('a run of a workflow on another machine', () => {
  const HOUR = 3_600_000

  test('is over when GitHub says that it is completed [2]', async () => {
    const { fake, context } = await github()
    await heldElsewhere()
    fake.state.workflowRuns.push({ id: 42, attempt: 1, status: 'completed', conclusion: 'cancelled' })
    stage.clock.time += HOUR
    const since = await hold(async ({ previous }) => previous?.since, { context })
    expect(since).toBe('2026-11-21T07:00:00.000Z')
    expect(fake.asked).toEqual(['actions/get-workflow-run-attempt'])
  })

  test.each(['queued', 'in_progress', 'waiting'] as const)('is not over while it is %s, however old its lease is [2]', async (status) => {
    const { fake, context } = await github()
    await heldElsewhere()
    fake.state.workflowRuns.push({ id: 42, attempt: 1, status, conclusion: null })
    stage.clock.time += 24 * HOUR
    await expect(hold(async () => undefined, { context })).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining(
        `run 42 of acme/shop (apply since 2026-11-21T07:00:00.000Z) is working on it; GitHub says that it is ${status.replace('_', ' ')}`,
      ),
      hint: expect.stringContaining(`wait for ${RUN.url} to end`),
    })
  })

  test('an earlier attempt of this very run is over if GitHub says so, not because there is a later one', async () => {
    const { fake, context } = await github()
    await heldElsewhere({ workflow: { ...RUN, id: 99 } })
    const variables = { ...IN_WORKFLOW, GITHUB_RUN_ATTEMPT: '2' }
    fake.state.workflowRuns.push({ id: 99, attempt: 1, status: 'in_progress', conclusion: null })
    fake.state.workflowRuns.push({ id: 99, attempt: 2, status: 'in_progress', conclusion: null })
    const refused = hold(async () => undefined, { context: { ...context, variables } })
    await expect(refused).rejects.toThrow('GitHub says that it is in progress')
    Object.assign(fake.state.workflowRuns[0] ?? {}, { status: 'completed', conclusion: 'failure' })
    await hold(async () => undefined, { context: { ...context, variables } })
  })

  test('another job of this very run is not over: there is nothing to ask', async () => {
    const { fake, context } = await github()
    await heldElsewhere({ workflow: { ...RUN, id: 99, repository: 'Acme/Shop' } })
    const refused = hold(async () => undefined, { context: { ...context, variables: IN_WORKFLOW } })
    await expect(refused).rejects.toThrow('is working on it; that is another job of this very run')
    expect(fake.asked).toEqual([])
  })

  test('of another repository: nothing is concluded, and nothing asked of the run', async () => {
    const { fake, context } = await github()
    await heldElsewhere({ workflow: { ...RUN, repository: 'acme/other' } })
    fake.state.workflowRuns.push({ id: 42, attempt: 1, status: 'completed', conclusion: 'failure' })
    await expect(hold(async () => undefined, { context })).rejects.toThrow(
      'run 42 of acme/other (apply since 2026-11-21T07:00:00.000Z) is working on it; whether it has ended is not known, as only runs of acme/shop are looked up',
    )
    expect(fake.asked).toEqual(['graphql/RepositoryName', 'graphql/RepositoryName'])
  })

  test('of this repository, as it was called before', async () => {
    const { fake, context } = await github()
    fake.state.formerNames.push('acme/store')
    await heldElsewhere({ workflow: { ...RUN, repository: 'acme/store' } })
    fake.state.workflowRuns.push({ id: 42, attempt: 1, status: 'completed', conclusion: 'failure' })
    await hold(async () => undefined, { context })
    expect(fake.asked.at(-1)).toBe('actions/get-workflow-run-attempt')
  })

  test('that GitHub does not know (404): nothing is concluded', async () => {
    const { context } = await github()
    await heldElsewhere()
    await expect(hold(async () => undefined, { context })).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining(
        'whether it has ended is not known: could not look up the workflow run 42 of acme/shop: GitHub has no such thing',
      ),
      hint: expect.stringMatching(/actions: read.*; or wait for https:\S+ to end; .* --take-over$/),
    })
  })

  test('that the token may not look at (403): the permission is named', async () => {
    const { fake, context } = await github()
    fake.rules.permissions = {}
    await heldElsewhere()
    await expect(hold(async () => undefined, { context })).rejects.toMatchObject({
      kind: 'conflict',
      hint: expect.stringMatching(/`actions: read`.*--take-over$/),
    })
  })

  test('while GitHub is away, or there is no token, or no repository: nothing is concluded', async () => {
    const { fake, context } = await github()
    await heldElsewhere()
    await fake.stop()
    await expect(hold(async () => undefined, { context })).rejects.toThrow(/not known: .*GitHub cannot be reached/)
    const none = { repository: 'acme/shop', label: null, clock: systemClock, version: '0.0.0', variables: {} }
    await expect(hold(async () => undefined, { context: { github: async () => createGitHub(none) } })).rejects.toMatchObject({
      message: expect.stringContaining('not known: could not reach GitHub: there is no token'),
      hint: expect.stringContaining('GITHUB_TOKEN'),
    })
    const lost = async () => Promise.reject(new ToolError('could not tell which repository on GitHub this is'))
    await expect(hold(async () => undefined, { context: { github: lost } })).rejects.toThrow('not known: could not tell which repository')
  })

  test('GitHub is asked only if there is something to ask it', async () => {
    // the context refuses to be asked for GitHub
    await hold(async () => undefined)
    await heldElsewhere({ workflow: null })
    await expect(hold(async () => undefined)).rejects.toThrow(
      'runner@runnervm1 (process 4711, apply since 2026-11-21T07:00:00.000Z) is working on it',
    )
    await heldElsewhere()
    await hold(async () => undefined, { takeOver: true })
    await heldElsewhere({ holder: await stage.context.processes.self() })
    await expect(hold(async () => undefined)).rejects.toThrow('is working on it')
    await heldElsewhere({ holder: { ...(await stage.context.processes.self()), started: '1' } })
    await hold(async () => undefined)
  })

  test('a runner of the same image, with the same names and another boot, is no proof of anything', async () => {
    const { fake, context } = await github()
    const self = await stage.context.processes.self()
    await heldElsewhere({ holder: { ...self, machine: self.machine || 'm', boot: 'another/pid:[1]' } })
    fake.state.workflowRuns.push({ id: 42, attempt: 1, status: 'in_progress', conclusion: null })
    const machine = { ...stage.context.processes, ended: async () => true }
    await expect(hold(async () => undefined, { context: { ...context, processes: machine } })).rejects.toThrow(
      'GitHub says that it is in progress',
    )
  })

  describe('that GitHub has given up on', () => {
    test('and that goes on renewing its lease is at work', async () => {
      const { fake, context } = await github()
      fake.state.workflowRuns.push({ id: 42, attempt: 1, status: 'completed', conclusion: 'failure' })
      const lease = await heldElsewhere({ renewedAt: '2026-11-21T07:59:30.000Z' })
      const slept: number[] = []
      const clock = {
        ...stage.context.clock,
        sleep: async (milliseconds: number) => {
          slept.push(milliseconds)
          await heldElsewhere({ ...lease, renewedAt: '2026-11-21T08:00:30.000Z' })
        },
      }
      await expect(hold(async () => undefined, { context: { ...context, clock } })).rejects.toThrow(
        'GitHub says that it has ended, but it goes on renewing its lease: its runner has lost touch with GitHub',
      )
      expect(slept).toEqual([90_000])
      expect((await stored())?.run).toBe('run-elsewhere')
    })

    test('and that is silent has ended', async () => {
      const { fake, context } = await github()
      fake.state.workflowRuns.push({ id: 42, attempt: 1, status: 'completed', conclusion: 'failure' })
      await heldElsewhere({ renewedAt: '2026-11-21T07:59:30.000Z' })
      await hold(async ({ previous }) => expect(previous?.run).toBe('run-elsewhere'), { context })
      expect(stage.clock.time).toBe(Date.parse('2026-11-21T08:01:30.000Z'))
    })

    test('by a clock that is behind: it is not waited for longer', async () => {
      const { fake, context } = await github()
      fake.state.workflowRuns.push({ id: 42, attempt: 1, status: 'completed', conclusion: 'failure' })
      await heldElsewhere({ renewedAt: '2026-11-21T18:00:00.000Z' })
      await hold(async () => undefined, { context })
      expect(stage.clock.time).toBe(Date.parse('2026-11-21T08:02:00.000Z'))
    })
  })
})
