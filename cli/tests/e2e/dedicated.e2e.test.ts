import { afterAll, beforeAll, expect, test } from 'vitest'
import { census, listed, type Resource, resourcesOf } from '../support/aws.ts'
import { describeWith } from '../support/toolchain.ts'
import { type Environment, type RunningWorld, startRunningWorld } from './running.ts'

interface Plan {
  changes: { add: number; change: number; destroy: number }
  resources: { address: string; action: string }[]
}

const NAME = 'own-ground'
const notRegistry = (line: string): boolean => !line.includes('registry/destroyed/')

describeWith(['terraform', 'provider', 'emulator', 'postgres'], 'an environment on ground of its own, and production', () => {
  let world: RunningWorld
  let ground: Environment

  const left = async (): Promise<Resource[]> => resourcesOf(await census(world.emulator.direct), 'shop', NAME)
  const plan = async (name: string): Promise<Plan> => (await world.run('env', 'plan', name, '--json')).json<Plan>()

  beforeAll(async () => {
    world = await startRunningWorld('feature/network')
  })
  afterAll(() => world?.remove())

  test('create --template dedicated --apply', async () => {
    ground = await world.succeed('env', 'create', NAME, '--template', 'dedicated', '--apply', '--yes', '--json')
    expect(ground).toMatchObject({ name: NAME, template: 'dedicated', status: 'ready', url: `https://${NAME}.preview.example.com` })
    expect((await left()).map(({ type }) => type)).toEqual(expect.arrayContaining(['ec2:vpc', 'rds:instance', 'elb:listener']))
  })

  test('it answers through its own load balancer with the rows that its migrations and its API wrote', async () => {
    expect((await world.ask(ground, '/')).text).toContain(NAME)
    expect((await world.messages(ground)).length).toBeGreaterThan(0)
    expect((await world.sign(ground, 'on ground of its own')).status).toBe(201)
    expect(await world.messages(ground)).toContain('on ground of its own')
    const rows = await world.query(
      `shop/${NAME}/database`,
      'shop_own_ground',
      "select name from entries where message like 'on ground%'",
      `shop-${NAME}`,
    )
    expect(rows).toEqual([['Barbara']])
    expect((await world.run('env', 'logs', NAME, 'migrations')).stdout).toContain('seeded seed.sql')
  })

  test('plan is clean, and a new commit takes over and keeps the rows', async () => {
    expect((await plan(NAME)).resources).toEqual([])
    await world.shop.commit('something new')
    ground = await world.succeed('env', 'create', NAME, '--apply', '--json')
    expect((await world.ask(ground, '/api/info')).json()).toMatchObject({ commit: await world.head() })
    expect(await world.messages(ground)).toContain('on ground of its own')
    expect((await plan(NAME)).resources).toEqual([])
  })

  test('destroy leaves nothing', async () => {
    expect(await world.succeed('env', 'destroy', NAME, '--yes', '--json')).toMatchObject({ name: NAME, status: 'destroyed' })
    expect(listed(await left()).filter(notRegistry)).toEqual([])
    expect(world.emulator.databases().map(({ instanceId }) => instanceId)).toEqual(['shop-platform'])
    // the name falls back to the wildcard of the previews, where nobody has it
    expect(await world.ask(ground, '/')).toMatchObject({ status: 404, text: 'no such environment' })
  })

  test('production is rendered from the blueprint, pinned, and can be planned', async () => {
    const created = await world.run('env', 'create', 'production', '--json')
    expect(created.json()).toMatchObject({ name: 'production', pinned: true, template: 'dedicated', expiresAt: null, branch: null })
    const planned = await plan('production')
    expect(planned.changes).toMatchObject({ change: 0, destroy: 0 })
    expect(planned.changes.add).toBeGreaterThan(40)
    expect(planned.resources.map(({ address }) => address)).toContain('module.database.aws_db_instance.this')
  })

  test('destroying production is refused with 1 whatever the flags', async () => {
    for (const flags of [[], ['--yes'], ['--yes', '--take-over']]) {
      const result = await world.run('env', 'destroy', 'production', ...flags)
      expect(result.exitCode).toBe(1)
      expect(result.stderr).toContain('could not destroy production: it is pinned')
    }
  })
})
