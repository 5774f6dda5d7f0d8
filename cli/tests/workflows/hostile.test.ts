import { existsSync, readdirSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { type Change, type Delivery, dispatch, malformed, pullRequest } from './events.ts'
import { createMachine, type RunnerMachine } from './machine.ts'
import { workflowText } from './rendered.ts'
import { runWorkflow, type WorkflowRun } from './runner.ts'

/** Everything in a pull request is its author's to choose. */
const variables = {
  ...{ DEVTOOL_REGION: 'eu-central-1', DEVTOOL_PREVIEW_APPLY_ROLE: 'apply', DEVTOOL_PREVIEW_TEARDOWN_ROLE: 'teardown' },
}

let machine: RunnerMachine
afterEach(() => machine.remove())

async function run(name: string, delivery: Delivery): Promise<WorkflowRun> {
  machine = await createMachine()
  return runWorkflow(machine, name, workflowText(name), { delivery, variables })
}

const results = ({ jobs }: WorkflowRun): Record<string, string> =>
  Object.fromEntries(Object.entries(jobs).map(([id, { result }]) => [id, result]))

const HOSTILE = [
  '${{ github.token }}',
  '`touch pwned`',
  '$(touch pwned)',
  '"; touch pwned; "',
  "'; touch pwned; '",
  '\n::set-output name=url::x\n',
  '<img src=x onerror=alert(1)>',
  '}}\nrun: touch pwned',
  '-rf --yes',
  'END\ntouch pwned\n',
]

describe('hostile pull requests', () => {
  const everywhere =
    (text: string): Change =>
    ({ pull_request, sender }) => {
      Object.assign(pull_request, { title: text, body: text, milestone: { title: text } })
      pull_request.head.ref = text
      pull_request.head.label = `x:${text}`
      pull_request.user.login = text
      pull_request.labels.push({ name: text })
      sender.login = text
    }

  const linesOf = ({ calls }: WorkflowRun): string[] =>
    calls.map(({ program, args }) => [program, ...args].join(' ').replaceAll(machine.temporary, ''))

  describe.each([
    ['preview.yml', 'pull_request', 'labeled'],
    ['preview.yml', 'pull_request', 'synchronize'],
    ['preview-teardown.yml', 'pull_request_target', 'closed'],
  ] as const)('%s, %s %s', (name, event, action) => {
    let benign: string[] | undefined
    test.each(HOSTILE)('%j starts what any other starts', async (text) => {
      if (benign === undefined) {
        benign = linesOf(await run(name, pullRequest(event, action, 'preview')))
        await machine.remove()
      }
      const done = await run(name, pullRequest(event, action, 'preview', everywhere(text)))
      expect(linesOf(done)).toEqual(benign)
      expect(JSON.stringify(done.calls)).not.toContain(JSON.stringify(text).slice(1, -1))
      expect([existsSync(`${machine.workspace}/pwned`), readdirSync(machine.home)]).toEqual([false, []])
    })
  })

  test.each(HOSTILE)('%j as the label that was added starts nothing', async (text) => {
    const done = await run('preview.yml', pullRequest('pull_request', 'labeled', text))
    expect([results(done), done.calls]).toEqual([{ preview: 'skipped', fork: 'skipped' }, []])
  })

  test.each(HOSTILE)('%j as a number that somebody typed is refused by DevTool, as one argument', async (text) => {
    const { calls, jobs } = await run('preview-teardown.yml', dispatch({ 'pull-request': text }))
    expect(calls.at(-1)).toMatchObject({ program: 'devtool', args: ['env', 'sync', '--pr', text, '--yes'], unknown: true })
    expect([jobs['teardown']?.result, existsSync(`${machine.workspace}/pwned`)]).toEqual(['failure', false])
  })
})

describe('payloads that are not what they say', () => {
  test.each([
    ['nothing', {}],
    ['no pull request', { action: 'labeled', label: { name: 'preview' } }],
    ['null', { action: 'labeled', label: { name: 'preview' }, pull_request: null }],
    ['no head', { action: 'synchronize', pull_request: { number: 2, labels: [{ name: 'preview' }] } }],
    [
      'a text for labels',
      { action: 'synchronize', pull_request: { number: 2, labels: 'preview', head: { repo: { full_name: 'Codertocat/Hello-World' } } } },
    ],
  ])('%s: no job that has a role', async (_what, payload) => {
    const preview = await run('preview.yml', malformed('pull_request', payload))
    expect([preview.jobs['preview']?.result, preview.calls]).toEqual(['skipped', []])
    await machine.remove()
    const teardown = await run('preview-teardown.yml', malformed('pull_request_target', payload))
    expect([results(teardown), teardown.calls]).toEqual([{ teardown: 'skipped' }, []])
  })

  test.each(['check_run', 'issue_comment', 'push', 'repository_dispatch'])('an event that nothing waits for, %s: no job', async (event) => {
    const { github } = pullRequest('pull_request', 'opened', 'preview')
    for (const name of ['preview.yml', 'preview-teardown.yml']) {
      const done = await run(name, malformed(event, { action: 'created', comment: github.event }))
      expect([new Set(Object.values(results(done))), done.calls]).toEqual([new Set(['skipped']), []])
      await machine.remove()
    }
  })
})
