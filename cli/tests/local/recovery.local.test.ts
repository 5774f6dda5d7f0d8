import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMachine, type Environment, eventually, get, type Machine, messages, sign } from './machine.ts'

describe('what is killed comes back, and what was committed is still there', () => {
  let machine: Machine
  let environment: Environment
  let second: Environment

  beforeAll(async () => {
    machine = await createMachine()
    environment = await machine.create()
    second = await machine.create(await machine.shop.worktree('feature/cart'))
    await sign(environment, 'before')
  })
  afterAll(() => machine.remove())

  const find = async (what: RegExp): Promise<number> => {
    const found = (await machine.processes()).find(({ command }) => what.test(command))
    if (found === undefined) throw new Error(`no process looks like ${what}: ${JSON.stringify(await machine.processes())}`)
    return found.pid
  }
  const answers = (message: string): Promise<string[]> =>
    eventually(
      () => messages(environment),
      (found) => found.includes(message),
    )

  test('a service', async () => {
    const services = (await machine.processes()).filter(({ folder }) => folder.includes('services/'))
    expect(services.length).toBeGreaterThanOrEqual(4)
    for (const { pid } of services) process.kill(pid, 'SIGKILL')
    await answers('before')
    expect((await machine.show(environment.name)).services.map(({ status }) => status)).toEqual(['ready', 'ready'])
  })

  test('Postgres, while rows are being written', async () => {
    const committed: string[] = []
    let stop = false
    const writing = (async () => {
      for (let number = 0; !stop; number += 1) {
        const message = `row ${number}`
        await sign(environment, message).then(
          () => committed.push(message),
          () => undefined,
        )
      }
    })()
    await eventually(
      async () => committed.length,
      (count) => count >= 5,
    )
    process.kill(await find(/bin\/postgres.* -D |postgres -D/), 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 300))
    stop = true
    await writing
    await answers('before')
    const kept = new Set(await messages(environment))
    expect(committed.filter((message) => !kept.has(message))).toEqual([])
  })

  test('the supervisor, and with it the router: the next command starts it again', async () => {
    const supervisor = await find(/main\.js supervise/)
    process.kill(supervisor, 'SIGKILL')
    await eventually(
      () =>
        get(environment.url).then(
          () => 'answers',
          () => 'silent',
        ),
      (state) => state === 'silent',
    )
    const shown = await machine.run(['env', 'list'])
    expect(shown.stderr).toContain('the supervisor of the local environments had ended')
    expect(await find(/main\.js supervise/)).not.toBe(supervisor)
    await answers('before')
    expect(
      await eventually(
        () => machine.show(environment.name),
        ({ status, services }) => status === 'ready' && services.every((service) => service.status === 'ready'),
      ),
    ).toMatchObject({ url: environment.url })
    expect((await get(second.url)).status).toBe(200)
    // nothing of the one that was killed is left beside the new one
    expect((await machine.processes()).filter(({ folder }) => folder.includes('services/'))).toHaveLength(4)
  })

  test('everything at once, as a power cut would', async () => {
    await sign(environment, 'before the cut')
    for (const { pid } of await machine.processes()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // it ended with another
      }
    }
    await eventually(
      () => machine.processes(),
      (left) => left.length === 0,
    )
    await machine.run(['env', 'show', environment.name])
    await answers('before the cut')
  })

  test('an apply that is killed in its migrations is finished by the next one', async () => {
    await machine.shop.write('services/migrations/migrations/0003_slow.sql', 'select pg_sleep(1.5);\ncreate table slow (id int);\n')
    const running = machine.start(['env', 'apply', environment.name, '--yes'])
    await eventually(
      () => machine.processes(),
      (all) => all.some(({ folder }) => folder.endsWith('services/migrations')),
    )
    running.kill('SIGKILL')
    await running.done
    const again = await machine.run(['env', 'apply', environment.name, '--yes', '--json'])
    expect(again.stderr).toContain('taking over from apply')
    expect(again.exitCode).toBe(0)
    await answers('before the cut')
    expect((await machine.run(['env', 'logs', environment.name, 'migrations'])).stdout).toMatch(/applied 0003_slow\.sql|nothing to apply/)
  })
})
