import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseTar } from 'nanotar'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createSavedPlans } from '../../src/registry/saved-plan.ts'
import { readZip } from '../emulator/agent/lambda/zip.ts'
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts'
import { type DevtoolResult, devtool } from '../support/cli.ts'
import { createProject, type Project } from '../support/project.ts'
import { describeWith } from '../support/toolchain.ts'
import { bucketObjects, type ObjectsOfBucket, scaleService, storedPasswords } from './account.ts'
import { type ReadingRole, startReadingRole } from './reading.ts'

interface Planned {
  changes: { add: number; change: number; destroy: number }
  resources: { address: string; action: string }[]
  plan: { id: string; commit: string; expiresAt: string } | null
}

interface Drift {
  drifted: boolean | null
  resources: { address: string; action: string }[]
  issue: { number: number } | null
}

const NAME = 'planned-otter'
const WEB = 'module.service_web.aws_ecs_service.this[0]'

describeWith(['terraform', 'provider', 'emulator'], 'a plan that is saved, approved and applied; and drift', () => {
  const account = inject('account')
  let shop: Project
  /** Where the job works that applies: another checkout of the same commit. */
  let elsewhere: string
  let reader: ReadingRole
  let github: FakeGitHub
  let bucket: ObjectsOfBucket

  const run = (cwd: string, env: Record<string, string>, ...args: string[]): Promise<DevtoolResult> =>
    devtool(args, { cwd, env: { ...env, ...shop.environment } })
  const apply = (id: string, ...args: string[]): Promise<DevtoolResult> =>
    run(elsewhere, account, 'env', 'apply', NAME, '--plan', id, '--yes', ...args)

  /** By the role that can only read. */
  const save = async (more: Record<string, string> = {}): Promise<Planned> => {
    const result = await run(shop.folder, { ...reader.environment, ...more }, 'env', 'plan', NAME, '--save', '--json')
    expect(result.stderr).not.toMatch(/^error:/m)
    return result.json<Planned>()
  }
  const saved = async (): Promise<string> => (await save()).plan?.id ?? ''
  const drift = async (): Promise<Drift> => {
    const env = { ...reader.environment, GITHUB_TOKEN: github.rules.token, GITHUB_API_URL: github.url, GITHUB_REPOSITORY: 'acme/shop' }
    const result = await run(elsewhere, env, 'env', 'drift', NAME, '--issue', '--json')
    expect(result.stderr).not.toMatch(/^error:/m)
    return result.json<Drift>()
  }
  /** Commits what is in the checkout, and takes the other one there. */
  const commit = async (): Promise<string> => {
    await shop.commit('another')
    const head = await shop.git('rev-parse', 'HEAD')
    await shop.git('-C', elsewhere, 'checkout', '--quiet', '--detach', head)
    return head
  }
  const image = async (tag: string): Promise<void> => {
    const file = `envs/${NAME}/environment.json`
    await shop.write(file, (await shop.read(file)).replace(/shop\/web:[\w-]+/, `shop/web:${tag}`))
    await commit()
  }
  const status = async (): Promise<string> =>
    (await run(elsewhere, account, 'env', 'show', NAME, '--json')).json<{ status: string }>().status

  beforeAll(async () => {
    shop = await createProject({ branch: 'main' })
    bucket = bucketObjects(account, 'shop-devtool-123456789012-us-east-1')
    reader = await startReadingRole(account, new RegExp(`^PUT /shop-devtool-[^/]+/plans/${NAME}/[0-9a-f]{64}$`))
    github = await startFakeGitHub()
    elsewhere = await shop.worktree('apply-job')
    await shop.write('.gitignore', `${await shop.read('.gitignore')}account.auto.tfvars.json\n`)
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...nobody } = account
    expect((await run(shop.folder, nobody, 'env', 'create', NAME)).stderr).toContain('is not claimed yet')
    await commit()
  })
  afterAll(async () => {
    await Promise.all([reader.stop(), github.stop()])
    await shop.remove()
  })

  test('a role that can only read plans what was never applied, and keeps the plan', async () => {
    const files = { GITHUB_OUTPUT: path.join(shop.folder, 'outputs'), GITHUB_STEP_SUMMARY: path.join(shop.folder, 'summary') }
    const { plan, changes, resources } = await save(files)
    const id = plan?.id ?? ''
    expect(changes.add).toBe(resources.length)
    expect(changes.add).toBeGreaterThan(8)
    expect(reader.wrote).toEqual([`PUT /shop-devtool-123456789012-us-east-1/plans/${NAME}/${id}`])
    expect(reader.refused).toEqual([])
    expect((await bucket.keys()).filter((key) => key.includes(NAME))).toEqual([`plans/${NAME}/${id}`])
    expect(
      createHash('sha256')
        .update(await bucket.get(`plans/${NAME}/${id}`))
        .digest('hex'),
    ).toBe(id)
    expect(plan?.commit).toBe(await shop.git('rev-parse', 'HEAD'))
    expect(await readFile(files.GITHUB_OUTPUT, 'utf8')).toContain(`\n${id}\n`)
    expect(await readFile(files.GITHUB_STEP_SUMMARY, 'utf8')).toContain(`--plan ${id} --yes`)
    await shop.git('clean', '--quiet', '--force', 'outputs', 'summary')
  })

  test('another checkout of the commit applies exactly that, passwords and all, and the plan is gone', async () => {
    const [key = ''] = (await bucket.keys()).filter((each) => each.startsWith(`plans/${NAME}/`))
    const result = await apply(path.basename(key), '--json')
    expect(result.stderr).not.toMatch(/^error:/m)
    expect(result.json()).toMatchObject({ name: NAME, status: 'ready' })
    expect((await bucket.keys()).filter((each) => each.startsWith('plans/'))).toEqual([])
    expect(await storedPasswords(account, [`shop/${NAME}/database`])).toEqual([expect.stringMatching(/^.{24,}$/)])
    const again = await apply(path.basename(key))
    expect(again.exitCode).toBe(1)
    expect(again.stderr).toMatch(/could not find the saved plan[\s\S]*hint: devtool env plan planned-otter --save/)
  })

  test('nothing to change: nothing is kept; nothing has drifted: no issue', async () => {
    expect(await save()).toEqual({ name: NAME, changes: { add: 0, change: 0, destroy: 0 }, resources: [], plan: null })
    const found = await drift()
    expect(found).toMatchObject({ name: NAME, drifted: false, issue: null })
    // what AWS has filled in since
    expect(found.resources.map(({ action }) => action)).toEqual(found.resources.map(() => 'none'))
    expect(found.resources.length).toBeGreaterThan(0)
    expect(github.state.issues).toEqual([])
  })

  test('what is not the plan that was approved, or no longer is, is refused, and nothing is touched [6][F7]', async () => {
    await image('v2')
    const id = await saved()
    const key = `plans/${NAME}/${id}`
    const bytes = await bucket.get(key)
    const passwords = await storedPasswords(account, [`shop/${NAME}/database`])
    const planFile = Buffer.from(parseTar(bytes).find(({ name }) => name === 'plan.tfplan')?.data ?? [])
    const parts = readZip(planFile)
    expect(parts.map(({ name }) => name)).toEqual(expect.arrayContaining(['tfplan', 'tfstate', 'tfstate-prev']))
    for (const { content } of parts) expect(passwords.filter((password) => content.includes(password))).toEqual([])
    const refused = async (message: RegExp, plan = id): Promise<void> => {
      const result = await apply(plan)
      expect(result.stderr).toMatch(message)
      expect(result.stderr).toMatch(/hint: .*devtool env plan planned-otter --save/)
      expect(result).toMatchObject({ exitCode: 1, stdout: '' })
    }

    await bucket.put(
      key,
      bytes.map((byte, at) => (at === 600 ? byte ^ 1 : byte)),
    )
    await refused(/it is not what was saved/)
    await bucket.put(key, bytes)

    const plans = createSavedPlans({ putBytes: bucket.put, getBytes: bucket.get } as never)
    const { manifest, file } = await plans.open(NAME, id)
    const old = {
      createdAt: new Date(Date.now() - 25 * 3_600_000).toISOString(),
      expiresAt: new Date(Date.now() - 3_600_000).toISOString(),
    }
    await refused(/could be applied until/, (await plans.save({ ...manifest, ...old }, file)).id)

    await shop.git('-C', elsewhere, 'checkout', '--quiet', '--detach', 'HEAD~1')
    await refused(/it was made at commit [0-9a-f]{40}, and this checkout is at [0-9a-f]{40}/)
    await shop.git('-C', elsewhere, 'checkout', '--quiet', '--detach', manifest.commit)

    const own = path.join('..', path.basename(elsewhere), `envs/${NAME}/queue.tf`)
    await shop.write(own, 'resource "aws_sqs_queue" "mail" {}\n')
    await refused(/what is in envs\/planned-otter, in .*modules or known of the account is not what was planned/)
    await shop.git('-C', elsewhere, 'clean', '--quiet', '--force', 'envs')

    // somebody used Terraform itself
    const stateKey = `state/preview/${NAME}.tfstate`
    const state = (await bucket.get(stateKey)).toString()
    await bucket.put(stateKey, Buffer.from(state.replace(/"serial": (\d+)/, (_, serial: string) => `"serial": ${Number(serial) + 1}`)))
    await refused(/it is stale, as the state has changed since \(serial \d+ then, \d+ now\)/)
    await bucket.put(stateKey, Buffer.from(state))
    expect(await status()).toBe('ready')

    // and what everything is right for is applied
    expect((await apply(id)).stderr).not.toMatch(/^error:/m)
  })

  test('what was changed behind it is drift, which a role that can only read finds, and puts into an issue', async () => {
    await scaleService(account, 'shop-platform', `shop-${NAME}-web`, 3)
    const found = await drift()
    expect(found).toMatchObject({ drifted: true, issue: { number: 1 } })
    expect(found.resources.filter(({ action }) => action !== 'none')).toEqual([{ address: WEB, action: 'update' }])
    expect(github.state.issues).toMatchObject([{ state: 'open', title: `${NAME} is not as it was applied`, labels: ['devtool:drift'] }])
    expect(github.state.issues[0]?.body).toContain('aws&#95;ecs&#95;service.this&#91;0&#93;')
  })

  test('a saved plan puts it back, and the issue is closed with a note', async () => {
    const { plan, resources } = await save()
    expect(resources).toEqual([{ address: WEB, action: 'update' }])
    expect((await apply(plan?.id ?? '')).exitCode).toBe(0)
    expect(await drift()).toMatchObject({ drifted: false, issue: { number: 1 } })
    expect(github.state.issues).toMatchObject([{ state: 'closed' }])
    expect(github.state.comments).toMatchObject([{ pullRequest: 1 }])
    expect(github.faults).toEqual([])
  })

  test('the role that can only read wrote plans, and was refused nothing', async () => {
    expect(reader.refused).toEqual([])
    expect(reader.wrote.length).toBeGreaterThan(2)
    expect((await run(shop.folder, account, 'env', 'destroy', NAME, '--yes')).exitCode).toBe(0)
  })
})
