import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMachine, type Environment, eventually, get, type Machine, messages, sign } from './machine.ts'

interface Plan {
  changes: { add: number; change: number; destroy: number }
  resources: { address: string; action: string }[]
}

const BROKEN = 'services/migrations/migrations/0003_next.sql'

describe('migrations on this machine', () => {
  let machine: Machine
  let first: Environment

  beforeAll(async () => {
    machine = await createMachine()
    first = await machine.create()
    await sign(first, 'before')
  })
  afterAll(() => machine.remove())

  const apply = (env: Record<string, string> = {}) => machine.run(['env', 'apply', first.name, '--yes'], { env })
  const stillServes = async (): Promise<void> => {
    expect((await get(first.url)).status).toBe(200)
    expect(await messages(first)).toContain('before')
  }

  test('a second environment with the same ones is a copy: they are not run again, and the rows are its own', async () => {
    const folder = await machine.shop.worktree('feature/cart')
    const result = await machine.run(['env', 'create', '--target', 'local', '--apply', '--yes', '--json'], { cwd: folder })
    expect(result.stderr).toContain('a copy of one with the same migrations')
    const second = result.json<Environment>()
    expect(await messages(second)).not.toContain('before')
    expect((await messages(second)).length).toBeGreaterThan(0)
    await sign(second, 'in the copy')
    await stillServes()
    const logs = await machine.run(['env', 'logs', second.name, 'migrations'])
    expect(logs.stderr).toContain('could not find a log of migrations')
  })

  test('one that fails: its last lines are said, what ran before goes on with its rows', async () => {
    await machine.shop.write(BROKEN, 'alter table entries add column mood text;\nselect * from nowhere;\n')
    const result = await apply()
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain('could not apply 0003_next.sql: relation "nowhere" does not exist (line 2)')
    expect(result.stderr).toContain(`mend them and run devtool env apply ${first.name}`)
    await stillServes()
    const shown = await machine.run(['env', 'show', first.name])
    expect(shown.stdout).toMatch(/status +failed[\s\S]+failed in migrations at migrations: the migrations ended with exit code 1/)
  })

  test('one that hangs is ended at the time limit, and its transaction with it', async () => {
    await machine.shop.write(BROKEN, 'alter table entries add column mood text;\nselect pg_sleep(600);\n')
    const since = performance.now()
    const result = await apply({ DEVTOOL_MIGRATIONS_SECONDS: '2' })
    expect(performance.now() - since).toBeLessThan(15_000)
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain('the migrations did not end within 2 s')
    await stillServes()
  })

  test('Ctrl-C while they run ends them, and the next apply starts over', async () => {
    const running = machine.start(['env', 'apply', first.name, '--yes'])
    await eventually(
      () => machine.processes(),
      (all) => all.some(({ folder }) => folder.endsWith('services/migrations')),
    )
    running.kill('SIGINT')
    const result = await running.done
    expect(result.exitCode).toBe(130)
    expect((await machine.processes()).some(({ folder }) => folder.endsWith('services/migrations'))).toBe(false)
    await machine.shop.write(BROKEN, 'alter table entries add column mood text;\n')
    expect((await apply()).exitCode).toBe(0)
    await stillServes()
    expect((await machine.run(['env', 'logs', first.name, 'migrations'])).stdout).toContain('applied 0003_next.sql')
  })

  test('plan says what an apply would start anew', async () => {
    const plan = async (): Promise<Plan> => (await machine.run(['env', 'plan', first.name, '--json'])).json<Plan>()
    expect(await plan()).toMatchObject({ changes: { add: 0, change: 0, destroy: 0 }, resources: [] })
    const blueprint = await machine.shop.read('devtool.yaml')
    await machine.shop.write('devtool.yaml', blueprint.replace('LOG_LEVEL: info', 'LOG_LEVEL: debug'))
    expect((await plan()).resources).toEqual([{ address: 'service.api', action: 'update' }])
    await machine.shop.write('devtool.yaml', blueprint)
  })

  test('logs --follow shows what comes, until Ctrl-C', async () => {
    const following = machine.start(['env', 'logs', first.name, 'api', '--follow', '--lines', '1'])
    let ended = false
    void following.done.then(() => {
      ended = true
    })
    await new Promise((resolve) => setTimeout(resolve, 700))
    await get(`${first.url}/api/entries?limit=7`)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(ended).toBe(false)
    following.kill('SIGINT')
    const { exitCode, stdout } = await following.done
    expect(exitCode).toBe(0)
    expect(stdout.trimEnd().split('\n').at(-1)).toContain('"path":"/api/entries"')
  })
})
