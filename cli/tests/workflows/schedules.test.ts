import { afterEach, describe, expect, test } from 'vitest'
import { type Delivery, dispatch, push, schedule } from './events.ts'
import { createMachine, type MachineOptions, type RunnerMachine } from './machine.ts'
import { workflowText } from './rendered.ts'
import { runWorkflow, type WorkflowRun } from './runner.ts'

/** What runs by the clock, by hand and after a merge. */
const variables = {
  DEVTOOL_REGION: 'eu-central-1',
  DEVTOOL_PREVIEW_SWEEP_ROLE: 'sweep',
  DEVTOOL_PREVIEW_TEARDOWN_ROLE: 'teardown',
  DEVTOOL_PRODUCTION_PLAN_ROLE: 'plan',
  DEVTOOL_PRODUCTION_APPLY_ROLE: 'apply',
}
const SHA = 'a'.repeat(64)

let machine: RunnerMachine
afterEach(() => machine.remove())

async function run(
  name: string,
  delivery: Delivery,
  given: MachineOptions & { variables?: Record<string, string> } = {},
): Promise<WorkflowRun> {
  machine = await createMachine(given)
  return runWorkflow(machine, name, workflowText(name), { delivery, variables: given.variables ?? variables })
}

const results = ({ jobs }: WorkflowRun): Record<string, string> =>
  Object.fromEntries(Object.entries(jobs).map(([id, { result }]) => [id, result]))
/** The role that each command of DevTool had. */
const roles = ({ calls }: WorkflowRun): (string | undefined)[] =>
  calls.filter(({ program }) => program === 'devtool').map(({ env }) => env['AWS_ACCESS_KEY_ID']?.replace('key-of-', ''))

describe('reaper.yml', () => {
  const LOOK = 'env sync --all --dry-run --json'
  const REMOVE = 'env sync --all --yes'
  const action = (kind: string, environment: string | null) => ({
    kind,
    environment,
    pullRequest: 1,
    because: 'closed',
    reason: 'it is closed',
  })
  const found = (...actions: object[]) => ({ answers: { [`devtool ${LOOK}`]: { stdout: JSON.stringify({ project: 'shop', actions }) } } })
  const sweep = schedule('17,47 * * * *')

  test('nothing to remove: it has only looked, with the role that can only read', async () => {
    const done = await run(
      'reaper.yml',
      sweep,
      found(action('leave', 'calm-fox'), action('warn', 'a-b'), action('create', null), action('reportLeak', 'x')),
    )
    expect(results(done)).toEqual({ look: 'success', remove: 'skipped' })
    expect([done.devtool, roles(done), done.group]).toEqual([[LOOK], ['sweep'], 'devtool-reaper'])
    expect(done.jobs['look']?.environment).toEqual({ name: 'preview-sweep', deployment: false })
    expect(done.jobs['look']?.summary).toContain('### To be removed: 0')
  })

  test.each(['destroy', 'expire'])('something to %s: a job of its own removes it, and looks again', async (kind) => {
    const done = await run('reaper.yml', sweep, found(action(kind, 'calm-fox'), action('leave', 'brave-otter')))
    expect(results(done)).toEqual({ look: 'success', remove: 'success' })
    expect([done.devtool, roles(done)]).toEqual([
      [LOOK, REMOVE],
      ['sweep', 'teardown'],
    ])
    expect(done.jobs['remove']?.environment).toEqual({ name: 'preview-teardown', deployment: false })
    expect(done.jobs['look']?.summary).toBe('### To be removed: 1\n\n- calm-fox: it is closed\n')
  })

  test.each([
    [0, 'skipped'],
    [2, 'success'],
  ])('nothing to remove, and %i things that runs left which died: %s', async (remains, expected) => {
    const answers = { [`devtool ${LOOK}`]: { stdout: JSON.stringify({ project: 'shop', actions: [], remains }) } }
    expect(results(await run('reaper.yml', sweep, { answers }))).toEqual({ look: 'success', remove: expected })
  })

  test.each([
    ['DevTool fails', { exitCode: 1 }],
    ['it says something else', { stdout: 'no JSON' }],
    ['it says nothing', { stdout: '' }],
    ['there are no actions in it', { stdout: '{}' }],
  ])('%s: nothing is removed', async (_what, answer) => {
    const done = await run('reaper.yml', sweep, { answers: { [`devtool ${LOOK}`]: answer } })
    expect([results(done), done.devtool]).toEqual([{ look: 'failure', remove: 'skipped' }, [LOOK]])
  })

  test('by hand, too; and by the clock not before the repository is set up [15]', async () => {
    expect((await run('reaper.yml', dispatch(), found())).devtool).toEqual([LOOK])
    await machine.remove()
    expect(results(await run('reaper.yml', sweep, { variables: {} }))).toEqual({ look: 'skipped', remove: 'skipped' })
    await machine.remove()
    const { jobs } = await run('reaper.yml', dispatch(), { variables: {} })
    expect(jobs['look']?.log).toContain('DevTool is not set up')
  })

  test('a role that went missing is said by the clock, too', async () => {
    const done = await run('reaper.yml', sweep, { variables: { DEVTOOL_REGION: 'eu-central-1' } })
    expect(results(done)).toEqual({ look: 'failure', remove: 'skipped' })
  })
})

describe('drift.yml', () => {
  test('compares with the role that can only read', async () => {
    for (const delivery of [schedule('23 4 * * *'), dispatch()]) {
      const done = await run('drift.yml', delivery)
      expect([results(done), done.devtool, roles(done)]).toEqual([{ drift: 'success' }, ['env drift production --issue'], ['plan']])
      expect(done.calls.at(-1)?.env['GITHUB_TOKEN']).toBe('token-of-the-run')
      await machine.remove()
    }
    expect(results(await run('drift.yml', schedule('23 4 * * *'), { variables: {} }))).toEqual({ drift: 'skipped' })
  })
})

describe('production.yml', () => {
  const PLAN = 'env plan production --save --json'
  const APPLY = `env apply production --plan ${SHA} --yes`
  // as tell-plan.ts hands it on
  const planned = (plan: string) => ({ answers: { [`devtool ${PLAN}`]: { outputs: { plan, changes: String(plan !== '') } } } })

  test('after a merge: plans with a role that can only read, then applies that very plan', async () => {
    const done = await run('production.yml', push(), planned(SHA))
    expect(results(done)).toEqual({ plan: 'success', apply: 'success' })
    expect([done.devtool, roles(done)]).toEqual([
      [PLAN, APPLY],
      ['plan', 'apply'],
    ])
    expect(done.jobs['plan']?.environment).toEqual({ name: 'production-plan', deployment: false })
    expect(done.jobs['apply']?.environment).toEqual({ name: 'production', deployment: false })
    expect(done.jobs['apply']?.concurrency).toEqual({ group: 'devtool-production', 'cancel-in-progress': false, queue: 'max' })
    expect(done.group).toBeUndefined()
    expect(done.jobs['plan']?.summary).toBe('The job "Apply" applies it as soon as the environment `production` lets it.\n')
    const [planCheckout, applyCheckout] = ['plan', 'apply'].map((id) => done.jobs[id]?.actions[0]?.with)
    // the commit of the event, in both
    expect([planCheckout, applyCheckout]).toEqual([{ 'persist-credentials': 'false' }, { 'persist-credentials': 'false' }])
  })

  test('nothing to change: nothing is applied', async () => {
    const done = await run('production.yml', push(), planned(''))
    expect([results(done), done.devtool]).toEqual([{ plan: 'success', apply: 'skipped' }, [PLAN]])
    expect(done.jobs['plan']?.summary).toBe('')
  })

  test('a plan that failed is not applied, whatever it said before', async () => {
    const done = await run('production.yml', push(), { answers: { [`devtool ${PLAN}`]: { outputs: { plan: SHA }, exitCode: 1 } } })
    expect([results(done), done.devtool]).toEqual([{ plan: 'failure', apply: 'skipped' }, [PLAN]])
  })

  describe('with the gate that somebody opens by hand', () => {
    const gate = { ...variables, DEVTOOL_PRODUCTION_GATE: 'dispatch' }

    test('a merge is planned only, and it says what to do [F7]', async () => {
      const done = await run('production.yml', push(), { ...planned(SHA), variables: gate })
      expect([results(done), done.devtool]).toEqual([{ plan: 'success', apply: 'skipped' }, [PLAN]])
      expect(done.jobs['plan']?.summary).toBe(`To apply it, run this workflow on this branch with \`${SHA}\` as the plan.\n`)
    })

    test('the plan that is named is applied, and no other is made [F7]', async () => {
      const done = await run('production.yml', dispatch({ plan: SHA }), { variables: gate })
      expect([results(done), done.devtool, roles(done)]).toEqual([{ plan: 'skipped', apply: 'success' }, [APPLY], ['apply']])
    })

    test('started without a plan it makes one', async () => {
      const done = await run('production.yml', dispatch({ plan: '' }), { ...planned(SHA), variables: gate })
      expect(done.devtool).toEqual([PLAN])
    })

    test.each(['$(touch pwned)', '`id`', '"; env destroy production #', SHA.toUpperCase(), `${SHA} --take-over`])(
      '%j as a plan is one argument, and refused',
      async (plan) => {
        const done = await run('production.yml', dispatch({ plan }), { variables: gate })
        expect(done.calls.at(-1)).toMatchObject({ args: ['env', 'apply', 'production', '--plan', plan, '--yes'], unknown: true })
        expect(done.jobs['apply']?.result).toBe('failure')
      },
    )
  })

  test('from another branch nothing is planned or applied', async () => {
    for (const delivery of [
      dispatch({ plan: SHA }, 'refs/heads/feature'),
      dispatch({}, 'refs/heads/feature'),
      push('refs/heads/feature'),
      push('refs/tags/main'),
    ]) {
      const done = await run('production.yml', delivery, planned(SHA))
      expect([results(done), done.calls]).toEqual([{ plan: 'skipped', apply: 'skipped' }, []])
      await machine.remove()
    }
    machine = await createMachine()
  })

  test('a merge in a repository that was never set up is nobody’s failure; starting it by hand says what is missing', async () => {
    expect(results(await run('production.yml', push(), { variables: {} }))).toEqual({ plan: 'skipped', apply: 'skipped' })
    await machine.remove()
    const { jobs } = await run('production.yml', dispatch(), { variables: {} })
    expect([jobs['plan']?.result, jobs['apply']?.result]).toEqual(['failure', 'skipped'])
  })
})
