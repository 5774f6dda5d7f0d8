import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { deploymentStates, headings, type OnePullRequest, onePullRequest } from '../../../tests/github/one-pull-request.ts'
import { ConflictError } from '../../errors.ts'
import { ApplyFailure } from '../../targets/target.ts'

describe('what goes wrong', () => {
  test('a failed apply: the card says phase, resource, cause, last lines and what to run; the deployment has failed [P29]', async () => {
    const variables = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '9', GITHUB_RUN_ATTEMPT: '2' }
    const world = await onePullRequest({}, { variables })
    world.target.answers.apply = async (_root, _run, hooks) => {
      await hooks.onChanging()
      const failure = { phase: 'readiness', resource: 'api', message: 'migrations exited with 1', lines: ['relation "a" does not exist'] }
      throw new ApplyFailure('could not bring up api', failure)
    }
    const result = await world.sync('--json')
    expect([result.exitCode, result.stdout]).toEqual([1, ''])
    const [comment = ''] = world.comments()
    expect(headings([comment])[0]).toMatch(/failed$/)
    for (const part of ['readiness', '`api`', 'migrations exited with 1', 'relation "a" does not exist', 'devtool env logs '])
      expect(comment).toContain(part)
    expect(comment).toContain('https://github.com/acme/shop/actions/runs/9/attempts/2')
    expect(deploymentStates(world)).toEqual(['failure'])
  })

  test('and when it succeeds again nothing of it is left [P29]', async () => {
    const variables = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '9' }
    const world = await onePullRequest({}, { variables })
    const works = world.target.answers.apply
    world.target.answers.apply = async () => {
      throw new ApplyFailure('no', { phase: 'apply', resource: null, message: 'AWS said no', lines: [] })
    }
    expect((await world.sync()).exitCode).toBe(1)
    expect(world.comments()[0]).toContain('gh run rerun 9 --failed --repo acme/shop')
    world.target.answers.apply = works
    expect((await world.result()).outcome).toBe('applied')
    expect(world.comments()).toHaveLength(1)
    expect(world.comments()[0]).not.toContain('AWS said no')
  })

  test('what is left of it is in the comment, with the command', async () => {
    const world = await onePullRequest()
    const { environment } = await world.result()
    world.pull.state = 'closed'
    world.target.answers.destroy = async () => [{ type: 'aws_ecs_service', id: 'arn:aws:ecs:::service/x' }]
    expect((await world.sync()).exitCode).toBe(1)
    expect(world.comments()[0]).toMatch(/\*\*1 resource left\*\*[\s\S]*arn:aws:ecs[\s\S]*devtool env destroy/)
    expect(await world.context.registry(world.store).get(environment?.name ?? '')).toMatchObject({ status: 'leaked' })
  })

  test('a run that another one keeps out says nothing in its place', async () => {
    const world = await onePullRequest()
    await world.result()
    world.pull.state = 'closed'
    world.target.answers.destroy = async () => {
      throw new ConflictError('somebody is working on it')
    }
    expect((await world.sync()).exitCode).toBe(1)
    expect(headings(world.comments())[0]).toMatch(/is ready$/)
  })

  test('a token that may not comment: the environment is made all the same, and it is said which permission is missing', async () => {
    const world = await onePullRequest()
    world.fake.rules.permissions = { 'pull-requests': 'read' }
    const result = await world.sync()
    expect(result.exitCode).toBe(0)
    expect(result.stderr).toMatch(/warning: could not update the comment on pull request 7 .*`pull-requests: write`/)
    expect(result.stderr).toMatch(/warning: could not update the deployment .*`deployments: write`/)
  })

  test.each([
    ['GitHub does not answer', (world: OnePullRequest) => world.fake.stop()],
    ['GitHub does not know it', async (world: OnePullRequest) => void world.fake.state.pullRequests.delete(7)],
  ])('%s: nothing is concluded and nothing destroyed', async (_name, spoil) => {
    const world = await onePullRequest()
    await world.result()
    await spoil(world)
    const result = await world.sync()
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toMatch(/^error: could not read pull request 7/m)
    expect(world.target.asked.some((line) => line.startsWith('destroy'))).toBe(false)
  })
})

describe('for a workflow', () => {
  test('outputs of the step, and a summary of the job', async () => {
    const variables: Record<string, string> = {}
    const world = await onePullRequest({ title: '`$(rm -rf /)` <img src=x> $' + '{{ secrets.X }}' }, { variables })
    const output = path.join(world.folder, 'output')
    const summary = path.join(world.folder, 'summary')
    Object.assign(variables, { GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary })
    const { environment } = await world.result()
    const text = await readFile(output, 'utf8')
    expect(text).toMatch(/^outcome<<(end-\S+)\napplied\n\1\nenvironment<<(\S+)\n\S+\n\2\nurl<<(\S+)\nhttps:\S+\n\3\n$/)
    expect(await readFile(summary, 'utf8')).toContain(`\`${environment?.name}\` is ready`)
    expect(await readFile(summary, 'utf8')).not.toContain('<img')
  })

  test('asks where a person is, and needs --yes where none is; a dry run changes nothing', async () => {
    const world = await onePullRequest()
    const refused = await world.run('env', 'sync', '--pr', '7')
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('devtool env sync --pr 7 --yes')])
    const dry = await world.run('env', 'sync', '--pr', '7', '--dry-run')
    expect([dry.exitCode, dry.stdout]).toEqual([0, expect.stringMatching(/^create +\(new\) +#7/)])
    expect(world.target.asked).toEqual([])
    for (const flags of [
      ['--pr', '7', '--all'],
      ['--pr', 'x'],
      ['--all', '--no-build'],
      ['--pr', '7', '--max-destroys', '1'],
    ])
      expect((await world.run('env', 'sync', '--yes', ...flags)).exitCode).toBe(2)
  })
})
