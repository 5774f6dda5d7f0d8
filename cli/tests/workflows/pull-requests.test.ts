import { afterEach, describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { type Change, type Delivery, dispatch, type PullRequestAction, pullRequest } from './events.ts'
import { createMachine, type MachineOptions, type RunnerMachine } from './machine.ts'
import { rendered, workflowText } from './rendered.ts'
import { runWorkflow, type WorkflowRun } from './runner.ts'

/** Which jobs run for which event of a pull request, and what exactly they start. */
const ROLE = 'arn:aws:iam::123456789012:role/shop'
const variables = {
  DEVTOOL_REGION: 'eu-central-1',
  DEVTOOL_PREVIEW_APPLY_ROLE: `${ROLE}-preview-apply`,
  DEVTOOL_PREVIEW_TEARDOWN_ROLE: `${ROLE}-preview-teardown`,
}
const SYNC = 'env sync --pr 2 --yes'
const fork: Change = ({ pull_request }) => {
  pull_request.head.repo = { full_name: 'mallory/Hello-World' }
}

let machine: RunnerMachine
afterEach(() => machine.remove())

interface Given extends MachineOptions {
  text?: string
  variables?: Record<string, string>
  started?: (step: string, pid: number) => Promise<void>
}

async function run(name: string, delivery: Delivery, given: Given = {}): Promise<WorkflowRun> {
  machine = await createMachine(given)
  const { text = workflowText(name), started } = given
  return runWorkflow(machine, name, text, {
    delivery,
    variables: given.variables ?? variables,
    ...(started === undefined ? {} : { started }),
  })
}

const results = ({ jobs }: WorkflowRun): Record<string, string> =>
  Object.fromEntries(Object.entries(jobs).map(([id, { result }]) => [id, result]))

describe('preview.yml', () => {
  test.each<[string, PullRequestAction, string | null, boolean]>([
    ['the label is added', 'labeled', 'preview', true],
    ['the label in other letters is the same one', 'labeled', 'Preview', true],
    ['another label is added', 'labeled', 'bug', false],
    ['the label is taken away', 'unlabeled', 'preview', true],
    ['another label is taken away', 'unlabeled', 'bug', false],
    ['a push with the label', 'synchronize', 'preview', true],
    ['a push without it', 'synchronize', null, false],
    ['a push with a label that begins like it', 'synchronize', 'preview-later', false],
    ['opened with the label', 'opened', 'preview', true],
    ['opened without it', 'opened', null, false],
    ['reopened with the label', 'reopened', 'preview', true],
    ['reopened without it', 'reopened', null, false],
  ])('%s', async (_what, action, label, runs) => {
    const done = await run('preview.yml', pullRequest('pull_request', action, label))
    expect(results(done)).toEqual({ preview: runs ? 'success' : 'skipped', fork: 'skipped' })
    expect(done.devtool).toEqual(runs ? [SYNC] : [])
    expect(done.group).toBe('devtool-preview-2')
  })

  test('checks out the commit of the event, and DevTool gets the role and the token when all else is done', async () => {
    const { jobs, calls } = await run('preview.yml', pullRequest('pull_request', 'labeled', 'preview'))
    const [checkout, ...others] = jobs['preview']?.actions ?? []
    expect(checkout?.with).toEqual({ ref: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821', 'persist-credentials': 'false' })
    expect(others.at(-1)?.with).toEqual({
      'aws-region': 'eu-central-1',
      'role-to-assume': `${ROLE}-preview-apply`,
      'role-session-name': 'shop-preview-42',
      'role-duration-seconds': '7200',
    })
    expect(jobs['preview']?.environment).toEqual({ name: 'preview', deployment: false })
    const devtool = calls.at(-1)
    expect(devtool).toMatchObject({ program: 'devtool', cwd: machine.workspace })
    expect(devtool?.env).toMatchObject({
      ...{ GITHUB_TOKEN: 'token-of-the-run', PULL_REQUEST: '2', AWS_REGION: 'eu-central-1' },
      ...{ AWS_ACCESS_KEY_ID: `key-of-${ROLE}-preview-apply`, GITHUB_REPOSITORY: 'Codertocat/Hello-World' },
    })
    for (const call of calls.slice(0, -1)) {
      expect([call.program, call.env['AWS_ACCESS_KEY_ID'], call.env['GITHUB_TOKEN']]).toEqual([call.program, undefined, undefined])
    }
  })

  test('a label that a bot adds counts like any other [P20]', async () => {
    const done = await run(
      'preview.yml',
      pullRequest('pull_request', 'labeled', 'preview', ({ sender }) => Object.assign(sender, { login: 'renovate[bot]', type: 'Bot' })),
    )
    expect(done.devtool).toEqual([SYNC])
  })

  test.each<[string, PullRequestAction, Change]>([
    ['a fork', 'labeled', fork],
    ['a fork, pushed to', 'synchronize', fork],
    ['a fork that is gone', 'labeled', ({ pull_request }) => Object.assign(pull_request.head, { repo: null })],
  ])('%s gets a note, no role and no failure', async (_what, action, change) => {
    const { jobs, calls, devtool } = await run('preview.yml', pullRequest('pull_request', action, 'preview', change))
    expect(results({ jobs, calls, devtool, group: '' })).toEqual({ preview: 'skipped', fork: 'success' })
    expect([calls, jobs['fork']?.actions]).toEqual([[], []])
    expect(jobs['fork']?.summary).toContain('### No preview for a pull request from a fork')
    expect(jobs['fork']?.summary).toContain('Nothing failed')
  })

  test('nobody asked for a preview of a fork: nothing runs [17][P28]', async () => {
    for (const [action, label] of [
      ['opened', null],
      ['labeled', 'bug'],
      ['unlabeled', 'preview'],
    ] as const) {
      const done = await run('preview.yml', pullRequest('pull_request', action, label, fork))
      expect(results(done)).toEqual({ preview: 'skipped', fork: 'skipped' })
      await machine.remove()
    }
  })

  test('without the set-up it says what to run, and no credentials are asked for', async () => {
    for (const missing of Object.keys(variables).filter((name) => !name.includes('TEARDOWN'))) {
      const { jobs, devtool } = await run('preview.yml', pullRequest('pull_request', 'labeled', 'preview'), {
        variables: { ...variables, [missing]: '' },
      })
      expect([jobs['preview']?.result, devtool]).toEqual(['failure', []])
      expect(jobs['preview']?.log).toMatch(/::error title=DevTool is not set up::.*Run: devtool bootstrap --github/)
      expect(jobs['preview']?.actions.map(({ uses }) => uses.split('@')[0])).not.toContain('aws-actions/configure-aws-credentials')
      await machine.remove()
    }
  })

  test('what DevTool says is what the job says', async () => {
    const { jobs } = await run('preview.yml', pullRequest('pull_request', 'labeled', 'preview'), {
      answers: { 'devtool env sync': { exitCode: 1 } },
    })
    expect(jobs['preview']?.result).toBe('failure')
  })

  test('an archive of Terraform with other bytes is refused', async () => {
    const { jobs, devtool } = await run('preview.yml', pullRequest('pull_request', 'labeled', 'preview'), { real: ['sha256sum'] })
    expect([jobs['preview']?.result, devtool]).toEqual(['failure', []])
    expect(jobs['preview']?.log).toMatch(/Terraform: .*terraform\.zip: FAILED/)
  })

  describe('a run that is cancelled', () => {
    const interrupted = async (text: string): Promise<(string | null | undefined)[]> => {
      const started = async (step: string, pid: number): Promise<void> => {
        if (step !== 'Sync') return
        while (!(await machine.calls()).some(({ program }) => program === 'devtool'))
          await new Promise((resolve) => setTimeout(resolve, 20))
        // the runner signals the process that it started, and no other
        process.kill(pid, 'SIGINT')
      }
      const answers = { 'devtool env sync': { untilInterrupted: true } }
      const { calls } = await run('preview.yml', pullRequest('pull_request', 'labeled', 'preview'), { text, answers, started })
      return calls.filter(({ signal }) => signal !== undefined).map(({ signal }) => signal)
    }

    test.each(
      rendered()
        .concat(rendered({ cli: { kind: 'source' } }))
        .filter(({ name }) => name === 'preview.yml'),
    )('signals DevTool itself: $text.length', async ({ text }) => expect(await interrupted(text)).toEqual(['SIGINT']))

    test('without exec the shell would keep the signal to itself [F6]', async () => {
      expect(await interrupted(workflowText('preview.yml').replace('run: exec ', 'run: '))).toEqual([null])
    })
  })
})

describe('preview-teardown.yml', () => {
  test.each<[string, PullRequestAction, string | null, boolean]>([
    ['closed with the label', 'closed', 'preview', true],
    ['closed without it: it may have had one', 'closed', null, true],
    ['the label is taken away', 'unlabeled', 'preview', true],
    ['another label is taken away', 'unlabeled', 'bug', false],
  ])('%s', async (_what, action, label, runs) => {
    const done = await run('preview-teardown.yml', pullRequest('pull_request_target', action, label))
    expect(results(done)).toEqual({ teardown: runs ? 'success' : 'skipped' })
    expect(done.devtool).toEqual(runs ? [SYNC] : [])
    expect(done.group).toBe('devtool-preview-2')
  })

  test('checks out the default branch and has the role of the teardown [11][P4]', async () => {
    const { jobs, calls } = await run('preview-teardown.yml', pullRequest('pull_request_target', 'closed', 'preview'))
    expect(jobs['teardown']?.actions[0]?.with).toEqual({ ref: 'main', 'persist-credentials': 'false' })
    expect(jobs['teardown']?.environment).toEqual({ name: 'preview-teardown', deployment: false })
    expect(calls.at(-1)?.env).toMatchObject({ AWS_ACCESS_KEY_ID: `key-of-${ROLE}-preview-teardown`, PULL_REQUEST: '2' })
  })

  test('somebody names a pull request: in the group of its own runs [9]', async () => {
    const done = await run('preview-teardown.yml', dispatch({ 'pull-request': '2' }))
    expect([done.devtool, done.group]).toEqual([[SYNC], 'devtool-preview-2'])
  })

  test('the close is waited for where it is delivered also for a pull request with a conflict [F2]', () => {
    const types = (name: string, event: string) =>
      (parseYaml(workflowText(name)) as { on: Record<string, { types: string[] }> }).on[event]?.types
    expect(types('preview-teardown.yml', 'pull_request_target')).toEqual(['closed', 'unlabeled'])
    expect(types('preview.yml', 'pull_request')).not.toContain('closed')
    machine = { remove: async () => undefined } as RunnerMachine
  })

  test('the close of a merged pull request, whose ref is the base branch, waits in the group of its number [F3]', async () => {
    const merged = pullRequest('pull_request_target', 'closed', 'preview', ({ pull_request }) =>
      Object.assign(pull_request, { merged: true }),
    )
    expect(merged.github['ref']).toBe('refs/heads/main')
    const done = await run('preview-teardown.yml', merged)
    expect([done.devtool, done.group]).toEqual([[SYNC], 'devtool-preview-2'])
  })

  test('nothing of it needs the branch, which may be gone [F5]', async () => {
    const gone = pullRequest('pull_request_target', 'closed', 'preview', ({ pull_request }) =>
      Object.assign(pull_request.head, { ref: '', sha: '' }),
    )
    const { jobs, devtool } = await run('preview-teardown.yml', gone)
    expect([jobs['teardown']?.actions[0]?.with['ref'], devtool]).toEqual(['main', [SYNC]])
  })

  test('a fork has nothing to remove, and neither has a repository that was never set up', async () => {
    expect(results(await run('preview-teardown.yml', pullRequest('pull_request_target', 'closed', 'preview', fork)))).toEqual({
      teardown: 'skipped',
    })
    await machine.remove()
    const never = await run('preview-teardown.yml', pullRequest('pull_request_target', 'closed', 'preview'), { variables: {} })
    expect(results(never)).toEqual({ teardown: 'skipped' })
  })

  test('a set-up that lost its role is said', async () => {
    const { jobs } = await run('preview-teardown.yml', pullRequest('pull_request_target', 'closed', 'preview'), {
      variables: { DEVTOOL_REGION: 'eu-central-1' },
    })
    expect(jobs['teardown']?.log).toContain('DEVTOOL_PREVIEW_TEARDOWN_ROLE are not both set')
  })
})
