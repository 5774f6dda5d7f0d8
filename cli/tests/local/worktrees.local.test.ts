import { existsSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accepts, createMachine, type Environment, get, type Machine, messages, sign } from './machine.ts'

describe('three checkouts of one repository, side by side', () => {
  const branches = ['main', 'feature/cart', 'feature/search']
  let machine: Machine
  const folders: string[] = []
  const environments: Environment[] = []

  beforeAll(async () => {
    machine = await createMachine()
    folders.push(machine.shop.folder, await machine.shop.worktree('feature/cart'), await machine.shop.worktree('feature/search'))
  })
  afterAll(() => machine.remove())

  test('each gets an environment, of its branch and its folder', async () => {
    environments.push(await machine.create(folders[0]))
    // two at once, as two terminals would
    environments.push(...(await Promise.all([machine.create(folders[1]), machine.create(folders[2])])))
    expect(new Set(environments.map(({ name }) => name)).size).toBe(3)
    for (const [index, environment] of environments.entries()) {
      expect(environment).toMatchObject({ target: 'local', status: 'ready', directory: folders[index], branch: branches[index] })
      expect(new URL(environment.url).hostname).toBe(`${environment.name}.localhost`)
      expect(environment.services).toEqual([
        { name: 'web', status: 'ready', url: environment.url, image: null },
        { name: 'api', status: 'ready', url: `${environment.url}/api`, image: null },
      ])
    }
  })

  test('the router leads to the page of each, by host and path', async () => {
    for (const environment of environments) {
      const page = await get(environment.url)
      expect(page.status).toBe(200)
      expect(page.text).toContain(`<h1>${environment.name}</h1>`)
      expect((await get(`${environment.url}/api/healthz`)).status).toBe(200)
      const { port } = new URL(environment.url)
      const capitals = await get(`http://127.0.0.1:${port}/`, { host: `${environment.name.toUpperCase()}.LOCALHOST.:${port}` })
      expect(capitals.text).toContain(`<h1>${environment.name}</h1>`)
    }
  })

  test('a name that nobody has lists those that there are; a foreign name gets nothing', async () => {
    const { port } = new URL(environments[0]?.url ?? '')
    const unknown = await get(`http://127.0.0.1:${port}/`, { host: `no.such.localhost:${port}` })
    expect(unknown.status).toBe(404)
    for (const { name } of environments) expect(unknown.text).toContain(name)
    const foreign = await get(`http://127.0.0.1:${port}/api/entries`, { host: 'evil.example.com' })
    expect(foreign.status).toBe(404)
    for (const { name } of environments) expect(foreign.text).not.toContain(name)
  })

  test('each has rows of its own', async () => {
    const seeded = await messages(environments[0] as Environment)
    expect(seeded.length).toBeGreaterThan(0)
    for (const environment of environments) await sign(environment, `only in ${environment.name}`)
    for (const environment of environments) {
      const found = await messages(environment)
      expect(found).toHaveLength(seeded.length + 1)
      expect(found).toContain(`only in ${environment.name}`)
    }
  })

  test('asking again in a checkout means its environment; another one cannot take it', async () => {
    const [first] = environments as [Environment]
    const again = await machine.create(folders[0])
    expect(again.name).toBe(first.name)
    expect(await messages(again)).toContain(`only in ${first.name}`)
    const foreign = await machine.run(['env', 'apply', first.name, '--yes'], { cwd: folders[1] as string })
    expect(foreign.exitCode).toBe(1)
    expect(foreign.stderr).toContain(`it belongs to the checkout ${folders[0]}`)
  })

  test('list, show and logs', async () => {
    const list = (await machine.run(['env', 'list', '--json'])).json<Environment[]>()
    expect(list.map(({ name }) => name).sort()).toEqual(environments.map(({ name }) => name).sort())
    const [first] = environments as [Environment]
    expect((await machine.run(['env', 'show', first.name])).stdout).toMatch(/status +ready[\s\S]+runs +on this machine/)
    const logs = await machine.run(['env', 'logs', first.name, 'api', '--lines', '50'])
    expect(logs.stdout).toContain('"msg":"listening"')
    expect((await machine.run(['env', 'logs', first.name, 'migrations'])).stdout).toContain('applied 0001_create_entries.sql')
    const wrong = await machine.run(['env', 'logs', first.name, 'nope'])
    expect(wrong.exitCode).toBe(1)
    expect(wrong.stderr).toContain('there are api, migrations, web')
  })

  test('destroying one leaves the others; destroying all leaves nothing', async () => {
    const ports = [Number(new URL(environments[0]?.url ?? '').port)]
    const [first, ...others] = environments as [Environment, ...Environment[]]
    const gone = await machine.run(['env', 'destroy', first.name, '--yes', '--json'])
    expect(gone.stderr).not.toContain('error')
    expect(gone.json<Environment>().status).toBe('destroyed')
    expect((await get(first.url)).status).toBe(404)
    expect((await machine.run(['env', 'destroy', first.name, '--yes'])).exitCode).toBe(0)
    for (const environment of others) expect(await messages(environment)).toContain(`only in ${environment.name}`)
    for (const { name } of others) expect((await machine.run(['env', 'destroy', name, '--yes'])).exitCode).toBe(0)
    expect(await machine.processes()).toEqual([])
    for (const port of ports) expect(await accepts(port)).toBe(false)
    expect(await machine.leftovers()).toEqual([])
    for (const folder of folders) expect(existsSync(path.join(folder, 'envs'))).toBe(false)
  })
})
