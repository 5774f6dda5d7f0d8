import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { signGuestbook } from '../support/guestbook.ts'
import { describeWith } from '../support/toolchain.ts'
import { DOMAIN, type Environment, type RunningWorld, startLoad, startRunningWorld } from './running.ts'

const databaseOf = ({ name }: Environment): string => `shop_${name.replaceAll('-', '_')}`

describeWith(
  ['terraform', 'provider', 'emulator', 'postgres', 'browser'],
  'what Terraform applied runs, and answers through the rules',
  () => {
    let world: RunningWorld
    let cart: Environment
    let other: Environment

    const databases = async (): Promise<unknown[]> => {
      const sql = "select datname from pg_database where datname like 'shop\\_%' order by 1"
      return (await world.query('shop/platform/database', 'postgres', sql)).flat()
    }

    beforeAll(async () => {
      world = await startRunningWorld('feature/cart')
    })
    afterAll(() => world?.remove())

    test('a preview answers with the rows that its migrations and its API wrote', async () => {
      cart = await world.succeed('env', 'create', '--apply', '--json')
      expect(cart.status).toBe('ready')
      const page = await world.ask(cart, '/')
      expect(page.status).toBe(200)
      expect(page.text).toContain(cart.name)
      expect(page.text).toContain((await world.head()).slice(0, 7))
      expect((await world.ask(cart, '/api/healthz')).json()).toEqual({ status: 'ok', database: 'reachable' })
      expect((await world.sign(cart, 'through the rules')).status).toBe(201)
      expect(await world.messages(cart)).toContain('through the rules')
      expect((await world.ask(cart, '/')).text).toContain('through the rules')
    })

    test('its page in a browser, over TLS by its public name, takes an entry and has it after a reload', async () => {
      const host = `${cart.name}.${DOMAIN}`
      const port = await world.emulator.listener(host, 443)
      const authorities = [await readFile(world.emulator.authority, 'utf8')]
      const browser = await openBrowser({ hosts: { [`${host}:443`]: `127.0.0.1:${port}` }, authorities })
      try {
        const { message } = await signGuestbook(await browser.open(), cart.url, { environment: cart.name, commit: await world.head() })
        expect(browser.problems()).toEqual([])
        expect(await world.messages(cart)).toContain(message)
      } finally {
        await browser.close()
      }
    })

    test('plain HTTP leads to HTTPS, and a name that nobody has to nothing', async () => {
      const plain = await world.ask(cart, '/api/entries', { plain: true })
      expect(plain.status).toBe(301)
      expect(plain.headers.location).toBe(`https://${cart.name}.${DOMAIN}:443/api/entries`)
      expect(await world.emulator.request(`nobody.${DOMAIN}`, '/')).toMatchObject({ status: 404, text: 'no such environment' })
    })

    test('what its containers said is in its logs', async () => {
      const logs = await world.run('env', 'logs', cart.name)
      expect(logs.stdout).toMatch(/^api +.*"msg":"listening"/m)
      expect(logs.stdout).toMatch(/^migrations +seeded seed\.sql/m)
      const migrations = await world.run('env', 'logs', cart.name, 'migrations', '--json')
      expect(migrations.json<{ text: string }[]>().map(({ text }) => text)).toContain('applied 0001_create_entries.sql')
    })

    test('a new commit with a new migration takes over without one failed request', async () => {
      const before = cart.commit
      await world.shop.write('services/migrations/migrations/0003_add_mood.sql', 'alter table entries add column mood text;\n')
      await world.shop.commit('moods')
      const load = startLoad(() => world.ask(cart, '/api/info'))
      cart = await world.succeed('env', 'create', cart.name, '--apply', '--json')
      const answers = await load.stop()
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      expect(answers.length).toBeGreaterThan(20)
      const commits = answers.map(({ text }) => (JSON.parse(text) as { commit: string }).commit)
      expect([commits[0], commits.at(-1)]).toEqual([before, await world.head()])
      expect(await world.messages(cart)).toContain('through the rules')
      expect((await world.query(`shop/${cart.name}/database`, databaseOf(cart), 'select mood from entries limit 1')).length).toBe(1)
    })

    test('a migration that fails: the new code never serves, the old still does, and apply says why [P25]', async () => {
      const before = await world.head()
      await world.shop.write('services/migrations/migrations/0004_broken.sql', 'select * from nowhere;\n')
      await world.shop.commit('broken')
      const load = startLoad(() => world.ask(cart, '/api/info'))
      const result = await world.run('env', 'create', cart.name, '--apply')
      const answers = await load.stop()
      expect(result.exitCode).toBe(1)
      expect(result.stderr).toContain('the migrations failed')
      expect(result.stderr).toContain('relation "nowhere" does not exist')
      expect(answers.filter(({ status, text }) => status !== 200 || !text.includes(before))).toEqual([])
      await world.shop.git('rm', '--quiet', 'services/migrations/migrations/0004_broken.sql')
      await world.shop.commit('mended')
      cart = await world.succeed('env', 'create', cart.name, '--apply', '--json')
      expect((await world.ask(cart, '/api/info')).json()).toMatchObject({ commit: await world.head() })
    })

    test("two previews side by side have rows of their own and cannot reach the other's database [P22]", async () => {
      await world.shop.git('checkout', '--quiet', '-b', 'feature/other')
      other = await world.succeed('env', 'create', '--apply', '--json')
      expect(other.name).not.toBe(cart.name)
      expect(await world.messages(other)).not.toContain('through the rules')
      expect(await databases()).toEqual([databaseOf(cart), databaseOf(other)].toSorted())
      await expect(world.query(`shop/${other.name}/database`, databaseOf(cart), 'select 1')).rejects.toThrow(
        /permission denied for database/,
      )
      expect(await world.query(`shop/${other.name}/database`, databaseOf(other), 'select 1')).toEqual([[1]])
    })

    test('destroy drops the database, ends the tasks, and the other one goes on', async () => {
      await world.succeed('env', 'destroy', cart.name, '--yes', '--json')
      expect(await databases()).toEqual([databaseOf(other)])
      expect((await world.ask(cart, '/')).status).toBe(404)
      expect((await world.ask(other, '/api/entries')).status).toBe(200)
      await world.succeed('env', 'destroy', other.name, '--yes', '--json')
      expect(await databases()).toEqual([])
      expect(world.emulator.tasks().filter(({ lastStatus }) => lastStatus !== 'STOPPED')).toEqual([])
    })

    test('what passed through the rules', () => {
      const passed = world.emulator.requests()
      for (const { method, host, path, rule, target, status } of passed.filter((each, index) => index < 12 || each.status >= 400)) {
        process.stdout.write(`${method} ${host}${path} -> ${target ?? 'the load balancer'} ${status} (rule ${rule.split('/').at(-1)})\n`)
      }
      expect(passed.some(({ target, status }) => target !== null && status === 200)).toBe(true)
      expect(passed.filter(({ status }) => status >= 500)).toEqual([])
    })
  },
)
