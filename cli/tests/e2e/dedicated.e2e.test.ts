import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { census, listed, type Resource, resourcesOf } from '../support/aws.ts'
import { type DevtoolResult, devtool } from '../support/cli.ts'
import { createProject, type Project } from '../support/project.ts'
import { describeWith } from '../support/toolchain.ts'

interface Plan {
  changes: { add: number; change: number; destroy: number }
  resources: { address: string; action: string }[]
}

const NAME = 'own-ground'
const notRegistry = (line: string): boolean => !line.includes('registry/destroyed/')

describeWith(['terraform', 'provider', 'emulator'], 'an environment on ground of its own, and production', () => {
  const account = inject('account')
  let shop: Project

  const run = (...args: string[]): Promise<DevtoolResult> => devtool(args, { cwd: shop.folder, env: { ...account, ...shop.environment } })
  const left = async (): Promise<Resource[]> => resourcesOf(await census(account), 'shop', NAME)

  beforeAll(async () => {
    shop = await createProject({ branch: 'feature/network' })
  })
  afterAll(() => shop.remove())

  test('create --template dedicated --apply', async () => {
    const result = await run('env', 'create', NAME, '--template', 'dedicated', '--apply', '--yes', '--json')
    expect(result.stderr).not.toMatch(/^error:/m)
    expect(result.json()).toMatchObject({ name: NAME, template: 'dedicated', status: 'ready', url: `https://${NAME}.preview.example.com` })
    expect((await left()).map(({ type }) => type)).toEqual(expect.arrayContaining(['ec2:vpc', 'rds:instance', 'elb:listener']))
  })

  test('plan is clean, and another image changes that service alone', async () => {
    expect((await run('env', 'plan', NAME, '--json')).json<Plan>().resources).toEqual([])
    expect((await run('env', 'apply', NAME, '--image', 'web=shop/web:v2', '--json')).exitCode).toBe(0)
    expect((await run('env', 'plan', NAME, '--json')).json<Plan>().resources).toEqual([])
  })

  test('destroy leaves nothing', async () => {
    const result = await run('env', 'destroy', NAME, '--yes', '--json')
    expect(result.stderr).not.toMatch(/^error:/m)
    expect(result.json()).toMatchObject({ name: NAME, status: 'destroyed' })
    expect(listed(await left()).filter(notRegistry)).toEqual([])
  })

  test('production is rendered from the blueprint, pinned, and can be planned', async () => {
    const created = await run('env', 'create', 'production', '--json')
    expect(created.json()).toMatchObject({ name: 'production', pinned: true, template: 'dedicated', expiresAt: null, branch: null })
    const plan = (await run('env', 'plan', 'production', '--json')).json<Plan>()
    expect(plan.changes).toMatchObject({ change: 0, destroy: 0 })
    expect(plan.changes.add).toBeGreaterThan(40)
    expect(plan.resources.map(({ address }) => address)).toContain('module.database.aws_db_instance.this')
  })

  test('destroying production is refused with 1 whatever the flags', async () => {
    for (const flags of [[], ['--yes'], ['--yes', '--take-over']]) {
      const result = await run('env', 'destroy', 'production', ...flags)
      expect(result.exitCode).toBe(1)
      expect(result.stderr).toContain('could not destroy production: it is pinned')
    }
  })
})
