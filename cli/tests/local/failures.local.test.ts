import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMachine, type Environment, eventually, get, type Machine } from './machine.ts'

const BLUEPRINT = `
project: tiny
region: us-east-1
services:
  web:
    build: web
    start: node main.js
    port: 3001
    route: /
`

const SERVER = `
const { createServer } = require('node:http')
console.log('hello from version', process.env.VERSION ?? 'one')
createServer((request, response) => response.end('version ' + (process.env.VERSION ?? 'one'))).listen(process.env.PORT)
`

const DYING = 'console.error("<b>the disk</b> is on fire"); process.exit(3)\n'

describe('what goes wrong on this machine is said, and nothing is lost', () => {
  let machine: Machine
  let environment: Environment

  beforeAll(async () => {
    machine = await createMachine({ blueprint: BLUEPRINT })
    await machine.shop.write('web/main.js', SERVER)
    environment = await machine.create()
  })
  afterAll(() => machine.remove())

  const apply = (env: Record<string, string> = {}) => machine.run(['env', 'apply', environment.name, '--yes', '--json'], { env })
  const body = async (): Promise<string> => (await get(environment.url)).text
  const withBlueprint = async (from: string, to: string, work: () => Promise<void>): Promise<void> => {
    await machine.shop.write('devtool.yaml', BLUEPRINT.replace(from, to))
    await work().finally(() => machine.shop.write('devtool.yaml', BLUEPRINT))
  }

  test('no database: no Postgres is started', async () => {
    expect(environment.status).toBe('ready')
    expect(await body()).toBe('version one')
    expect((await machine.processes()).some(({ command }) => command.includes('postgres'))).toBe(false)
  })

  test('new code that dies: its last lines are said, the old code goes on serving', async () => {
    await machine.shop.write('web/main.js', DYING)
    const result = await apply()
    expect(result.exitCode).toBe(1)
    expect(result.stdout).toBe('')
    const { error } = JSON.parse(result.stderr.trim().split('\n').at(-1) ?? '') as { error: { message: string; hint: string } }
    expect(error.message).toMatch(/web .*exit code 3/)
    expect(error.message).toContain('the disk</b> is on fire')
    expect(error.hint).toContain(`devtool env logs ${environment.name} web`)
    expect(await body()).toBe('version one')
    await machine.shop.write('web/main.js', SERVER)
    expect((await apply()).exitCode).toBe(0)
  })

  test('a command that there is not', async () => {
    await withBlueprint('node main.js', 'nodejs-of-tomorrow main.js', async () => {
      const result = await apply()
      expect(result.exitCode).toBe(1)
      expect(result.stderr).toContain('command not found')
    })
    expect(await body()).toBe('version one')
  })

  test('a service without start cannot run here', async () => {
    await withBlueprint('    start: node main.js\n', '', async () => {
      const result = await apply()
      expect(result.exitCode).toBe(2)
      expect(result.stderr).toContain('could not run services.web on this machine: it has no start')
    })
  })

  test('a service that dies later: 502 with its last lines, escaped; then it is given up and show says why', async () => {
    await machine.shop.write('web/main.js', `${SERVER}\nsetTimeout(() => { ${DYING} }, 600)\n`)
    expect((await apply()).exitCode).toBe(0)
    const page = await eventually(
      () => get(environment.url),
      ({ status }) => status === 502,
    )
    expect(page.text).toContain('web')
    expect(page.text).not.toContain('<b>the disk</b>')
    expect(page.text).toContain('the disk&lt;/b&gt; is on fire')
    const failed = await eventually(
      () => machine.run(['env', 'show', environment.name]),
      ({ stdout }) => /status +failed/.test(stdout),
    )
    expect(failed.stdout).toMatch(/failed in services at web: web .*exit code 3[\s\S]*is on fire/)
    await machine.shop.write('web/main.js', SERVER)
    expect((await apply()).exitCode).toBe(0)
    expect(await body()).toBe('version one')
  })

  test('two commands at once on one environment: one is told who works on it', async () => {
    await machine.shop.write(
      'web/main.js',
      SERVER.replace("console.log('hello", "const until = Date.now() + 2000; while (Date.now() < until);\nconsole.log('hello"),
    )
    const [one, two] = await Promise.all([apply(), apply()])
    const codes = [one, two].map(({ exitCode }) => exitCode).sort()
    expect(codes).toEqual([0, 1])
    expect([one, two].find(({ exitCode }) => exitCode === 1)?.stderr).toContain('is working on it')
    await machine.shop.write('web/main.js', SERVER)
  })

  test('grandchildren of a start go with it', async () => {
    await machine.shop.write(
      'web/main.js',
      `require('node:child_process').spawn('sleep', ['987'], { detached: true, stdio: 'ignore' })\n${SERVER}`,
    )
    expect((await apply()).exitCode).toBe(0)
    expect((await machine.processes()).filter(({ command }) => command.includes('sleep 987'))).toHaveLength(1)
    await machine.shop.write('web/main.js', SERVER)
    expect((await apply()).exitCode).toBe(0)
    await eventually(
      () => machine.processes(),
      (all) => !all.some(({ command }) => command.includes('sleep 987')),
    )
  })

  test('bad flags', async () => {
    for (const [flags, words] of [
      [['--pr', '7'], '--pr'],
      [['--template', 'dedicated'], '--template'],
      [['--image', 'web=x:1'], '--image'],
      [['--ttl', 'soon'], 'not a duration'],
    ] as const) {
      const result = await machine.run(['env', 'create', '--target', 'local', ...flags])
      expect(result.exitCode, words).toBe(2)
      expect(result.stderr).toContain(words)
    }
  })

  test('a port that is taken: refused where it was asked for, another one where it was not', async () => {
    const blocker = createServer(() => undefined).listen(0, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const { port } = blocker.address() as AddressInfo
    const other = await createMachine({ blueprint: BLUEPRINT })
    try {
      await other.shop.write('web/main.js', SERVER)
      const refused = await other.run(['env', 'create', '--target', 'local', '--apply', '--yes'], { env: { DEVTOOL_PORT: String(port) } })
      expect(refused.exitCode).toBe(1)
      expect(refused.stderr).toContain(`could not listen on port ${port}`)
      expect(refused.stderr).not.toContain('    at ')
      const fine = await other.create()
      expect(new URL(fine.url).port).not.toBe(String(port))
      expect((await get(fine.url)).text).toBe('version one')
    } finally {
      blocker.close()
      await other.remove()
    }
  })

  test('destroy leaves nothing', async () => {
    expect((await machine.run(['env', 'destroy', environment.name, '--yes'])).exitCode).toBe(0)
    expect(await machine.processes()).toEqual([])
    expect(await machine.leftovers()).toEqual([])
  })
})
