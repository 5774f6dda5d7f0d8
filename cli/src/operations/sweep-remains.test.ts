import { describe, expect, test } from 'vitest'
import { A, B, deploymentStates, headings, onePullRequest } from '../../tests/github/one-pull-request.ts'
import { listUntold, noteUntold, type Untold } from '../registry/untold.ts'

/** What a run of this machine owed: one that has ended, unless it is this process. */
async function owed(stage: Awaited<ReturnType<typeof onePullRequest>>, change: Partial<Untold> = {}): Promise<void> {
  const holder = { ...(await stage.context.processes.self()), started: '1' }
  const since = '2026-11-21T08:00:00.000Z'
  await noteUntold(stage.store, { schema: 1, run: 'a', repository: 'acme/shop', pullRequest: 7, since, holder, workflow: null, ...change })
}

async function sweep(stage: Awaited<ReturnType<typeof onePullRequest>>, ...flags: string[]): Promise<{ remains: number }> {
  const { exitCode, stdout, stderr } = await stage.run('env', 'sync', '--all', '--yes', '--json', ...flags)
  if (exitCode !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as { remains: number }
}

describe('what a run that died owed to its pull request', () => {
  test('that its environment is ready', async () => {
    const stage = await onePullRequest()
    await stage.result()
    const [comment] = stage.fake.state.comments
    if (comment !== undefined) comment.body = comment.body.replace('is ready', 'is being set up')
    stage.fake.state.deployments[0]?.statuses.push({ state: 'in_progress', description: '', environmentUrl: '', logUrl: '' })
    await owed(stage)
    expect(await sweep(stage, '--dry-run')).toMatchObject({ remains: 1 })
    expect(headings(stage.comments())).toEqual([expect.stringContaining('is being set up')])
    await sweep(stage)
    expect(headings(stage.comments())).toEqual([expect.stringContaining('is ready')])
    expect(deploymentStates(stage)).toEqual(['success'])
    expect(await sweep(stage, '--dry-run')).toMatchObject({ remains: 0 })
  })

  test('that it is gone', async () => {
    const stage = await onePullRequest()
    await stage.result()
    const said = stage.comments()[0] ?? ''
    stage.pull.state = 'closed'
    await stage.result()
    const [comment] = stage.fake.state.comments
    if (comment !== undefined) comment.body = said
    stage.fake.state.deployments[0]?.statuses.push({ state: 'success', description: '', environmentUrl: '', logUrl: '' })
    await owed(stage)
    await sweep(stage)
    expect(headings(stage.comments())).toEqual([expect.stringContaining('is gone')])
    expect(deploymentStates(stage)).toEqual(['inactive'])
  })

  test('that there never was one: while it is wanted that it waits, and then that there is none', async () => {
    const stage = await onePullRequest()
    await owed(stage)
    await sweep(stage)
    expect(headings(stage.comments())).toEqual([expect.stringContaining('is waiting')])
    expect(await listUntold(stage.store)).toHaveLength(1)
    stage.pull.state = 'closed'
    await sweep(stage)
    expect(headings(stage.comments())).toEqual([expect.stringContaining('No preview')])
    expect(await listUntold(stage.store)).toEqual([])
  })

  test('that it failed', async () => {
    const stage = await onePullRequest()
    stage.target.answers.apply = async (_root, _run, hooks) => {
      await hooks.onChanging()
      await hooks.onSettled()
      throw new Error('no')
    }
    await stage.sync()
    const [comment] = stage.fake.state.comments
    if (comment !== undefined) comment.body = comment.body.replace(' failed', ' is being set up')
    await owed(stage)
    await sweep(stage)
    expect(headings(stage.comments())).toEqual([expect.stringContaining('failed')])
  })

  test('is left to a run that is at work, to one of which nothing is known, and to another repository', async () => {
    const stage = await onePullRequest({ commit: B })
    await owed(stage, { run: 'alive', holder: await stage.context.processes.self() })
    await owed(stage, { run: 'elsewhere', holder: { ...(await stage.context.processes.self()), host: 'another' } })
    await owed(stage, { run: 'foreign', repository: 'acme/other', pullRequest: 7 })
    await stage.store.put('registry/untold/7-broken.json', '{')
    await sweep(stage)
    expect(stage.comments()).toEqual([])
    expect((await listUntold(stage.store)).map(({ run }) => run)).toEqual(['alive', 'elsewhere', 'foreign'])
  })
})

test('a run that has said how it ended owes nothing, one that could not does', async () => {
  const stage = await onePullRequest({ commit: A })
  await stage.result()
  expect(await listUntold(stage.store)).toEqual([])
  stage.pull.state = 'closed'
  stage.fake.rules.permissions = { 'pull-requests': 'read' }
  await stage.result()
  expect(await listUntold(stage.store)).toMatchObject([{ pullRequest: 7, repository: 'acme/shop' }])
})
