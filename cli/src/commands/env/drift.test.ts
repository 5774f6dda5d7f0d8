import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FakeGitHub, startFakeGitHub } from '../../../tests/github/fake-github.ts'
import { type TestContext, testContext } from '../../../tests/support/context.ts'
import { createGitHub } from '../../github/client.ts'
import { createLocalTarget } from '../../targets/local/target.ts'

const DRIFT = [
  { address: 'module.service_web.aws_ecs_service.this[0]', action: 'update' },
  { address: 'aws_lb_target_group.web["<b>"]', action: 'none' },
]

/** `calm-otter`, applied. */
async function applied(options: Parameters<typeof testContext>[0] = {}): Promise<TestContext> {
  const made = await testContext(options)
  await made.run('env', 'create', 'calm-otter', '--apply')
  return made
}

describe('env drift', () => {
  test('reports all that differs, and ends with 0; changes nothing', async () => {
    const { run, target, store } = await applied()
    const record = await store.get('registry/environments/calm-otter.json')
    target.answers.drift = () => DRIFT
    const result = await run('env', 'drift', 'calm-otter', '--json')
    expect(result.exitCode).toBe(0)
    expect(JSON.parse(result.stdout)).toEqual({ name: 'calm-otter', drifted: true, resources: DRIFT, issue: null })
    const { stdout } = await run('env', 'drift', 'calm-otter')
    expect(stdout).toMatch(/^AN APPLY WOULD {2}RESOURCE\nupdate {10}module\.service_web/)
    expect(stdout).toContain('an apply leaves as it is:\n  aws_lb_target_group.web')
    expect(await store.get('registry/environments/calm-otter.json')).toEqual(record)
  })

  test('what an apply would leave as it is is told, and is no drift', async () => {
    const { run, target } = await applied()
    target.answers.drift = () => DRIFT.slice(1)
    expect(JSON.parse((await run('env', 'drift', 'calm-otter', '--json')).stdout)).toMatchObject({
      drifted: false,
      resources: DRIFT.slice(1),
    })
    expect((await run('env', 'drift', 'calm-otter')).stdout).toMatch(/^calm-otter is as it was applied\ndiffers in what/)
  })

  test('one that a run works on is left out, also where that began meanwhile', async () => {
    const { run, target } = await applied()
    const looks: string[] = []
    const look = async (): Promise<void> => {
      const result = await run('env', 'drift', 'calm-otter', '--json')
      looks.push(result.stdout)
      expect(result.stderr).toMatch(/calm-otter was not looked at: .+@.+ works on it \(apply since 2026-/)
      expect(result.exitCode).toBe(0)
    }
    target.answers.drift = () => {
      throw new Error('it was looked at')
    }
    target.answers.apply = look
    await run('env', 'apply', 'calm-otter')
    expect(looks.map((text) => JSON.parse(text))).toEqual([{ name: 'calm-otter', drifted: null, resources: [], issue: null }])

    const busy = await applied()
    busy.target.findDrift = async () => {
      busy.target.findDrift = async () => []
      await busy.run('env', 'apply', 'calm-otter')
      return DRIFT
    }
    const { stdout } = await busy.run('env', 'drift', 'calm-otter', '--json')
    // the apply in between has printed before it
    expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toMatchObject({ drifted: null, resources: [] })
  })

  test('one that was never applied, is gone, never was, or runs on this machine', async () => {
    const { run, target } = await testContext()
    await run('env', 'create', 'calm-otter')
    const never = await run('env', 'drift', 'calm-otter')
    expect(never).toMatchObject({ exitCode: 1, stdout: '' })
    expect(never.stderr).toMatch(/it was never applied[\s\S]*hint: devtool env apply calm-otter/)
    await run('env', 'destroy', 'calm-otter', '--yes')
    expect((await run('env', 'drift', 'calm-otter')).stderr).toContain('it was destroyed')
    expect((await run('env', 'drift', 'no-such')).stderr).toContain('could not find an environment named no-such')
    const local = JSON.parse((await run('env', 'create', '--target', 'local', '--apply', '--json')).stdout) as { name: string }
    target.findDrift = createLocalTarget({} as never).findDrift
    const here = await run('env', 'drift', local.name)
    expect(here).toMatchObject({ exitCode: 2, stdout: '' })
    expect(here.stderr).toContain('it runs on this machine')
  })
})

describe('env drift --issue', () => {
  async function withGitHub(work: (shop: TestContext, fake: FakeGitHub) => Promise<void>): Promise<void> {
    const fake = await startFakeGitHub()
    const variables: Record<string, string> = { GITHUB_TOKEN: fake.rules.token, GITHUB_API_URL: fake.url }
    const clock = { now: () => new Date('2026-11-21T12:00:00Z'), sleep: async () => undefined, every: () => async () => undefined }
    const github = () => createGitHub({ repository: 'acme/shop', label: null, variables, clock, version: '1.2.3', second: 1 })
    const shop = await applied({ github, variables })
    variables['GITHUB_STEP_SUMMARY'] = path.join(shop.folder, 'summary')
    try {
      await work(shop, fake)
      expect(fake.faults).toEqual([])
    } finally {
      await fake.stop()
    }
  }
  const look = async ({ run }: TestContext): Promise<{ issue: unknown; drifted: boolean }> => {
    const result = await run('env', 'drift', 'calm-otter', '--issue', '--json')
    expect(result).toMatchObject({ exitCode: 0 })
    return JSON.parse(result.stdout)
  }

  test('is opened, edited, closed with a note, and opened again', () =>
    withGitHub(async (shop, fake) => {
      expect(await look(shop)).toMatchObject({ drifted: false, issue: null })
      expect(fake.state.issues).toEqual([])

      shop.target.answers.drift = () => DRIFT
      const issue = { number: 1, url: 'https://github.com/acme/shop/issues/1' }
      expect(await look(shop)).toMatchObject({ drifted: true, issue })
      const [made] = fake.state.issues
      expect(made).toMatchObject({ state: 'open', title: 'calm-otter is not as it was applied', labels: ['devtool:drift'] })
      expect(made?.body).toMatch(
        /^<!-- devtool:drift calm-otter -->\n\n`calm-otter` is not as it was applied: an apply would put back 1 thing\./,
      )
      expect(made?.body).toContain('devtool env apply calm-otter')
      expect(made?.body).toContain('| none | aws&#95;lb&#95;target&#95;group.web&#91;"&#60;b&#62;"&#93; |')

      shop.target.answers.drift = () => [...DRIFT, { address: 'aws_sqs_queue.mail', action: 'create' }]
      expect(await look(shop)).toMatchObject({ issue })
      expect(made?.body).toContain('2 things')

      shop.target.answers.drift = () => []
      expect(await look(shop)).toMatchObject({ drifted: false, issue })
      expect(made).toMatchObject({ state: 'closed', reason: 'completed' })
      expect(fake.state.comments.map(({ body }) => body)).toEqual([
        '`calm-otter` is as it was applied again, looked at 2026-11-21 08:00 UTC.\n',
      ])
      expect(await look(shop)).toMatchObject({ issue: null })

      shop.target.answers.drift = () => DRIFT
      expect(await look(shop)).toMatchObject({ issue })
      expect(fake.state.issues.map(({ state }) => state)).toEqual(['open'])
      expect(await readFile(path.join(shop.folder, 'summary'), 'utf8')).toContain('### Drift\n\n`calm-otter` is not as it was applied')
    }))

  test('is left alone while a run works on the environment; a refusal of GitHub is an error', () =>
    withGitHub(async (shop, fake) => {
      shop.target.answers.drift = () => DRIFT
      shop.target.answers.apply = async (_root, _run, hooks) => {
        await hooks.onChanging()
        expect(await look(shop)).toMatchObject({ drifted: null, issue: null })
        await hooks.onSettled()
      }
      await shop.run('env', 'apply', 'calm-otter')
      expect(fake.asked).toEqual([])
      fake.rules.permissions.issues = 'read'
      const refused = await shop.run('env', 'drift', 'calm-otter', '--issue')
      expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
      expect(refused.stderr).toContain('`issues: write`')
    }))
})
