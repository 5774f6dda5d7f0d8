import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClients } from '../emulator/agent/account.ts'
import { type RunningEmulator, startRunningEmulator } from '../emulator/agent/agent.ts'
import { type GitImages, gitImages } from '../emulator/agent/container/images.ts'
import { emulatorRegion } from '../emulator/emulator.ts'
import { type DevtoolResult, devtool } from '../support/cli.ts'
import { createProject, type Project } from '../support/project.ts'
import { describeWith, root } from '../support/toolchain.ts'
import { createZone } from './account.ts'

interface Environment {
  name: string
  status: string
  commit: string
}

interface Entries {
  entries: { name: string; message: string }[]
}

const DOMAIN = 'preview.example.com'

describeWith(['terraform', 'provider', 'emulator', 'postgres'], 'what Terraform applied runs, and answers through the rules', () => {
  let shop: Project
  let images: GitImages
  let emulator: RunningEmulator
  let cart: Environment
  let other: Environment
  let said: string

  const run = (...args: string[]): Promise<DevtoolResult> =>
    devtool(args, { cwd: shop.folder, env: { ...emulator.environment, ...shop.environment } })
  const succeed = async (...args: string[]): Promise<Environment> => {
    const result = await run(...args)
    expect(result.exitCode, result.stderr).toBe(0)
    return result.json<Environment>()
  }
  const ask = (of: Environment, path: string, init?: Parameters<RunningEmulator['request']>[2]) =>
    emulator.request(`${of.name}.${DOMAIN}`, path, init)
  const entriesOf = async (of: Environment): Promise<string[]> =>
    (await ask(of, '/api/entries')).json<Entries>().entries.map(({ message }) => message)
  const head = async (): Promise<string> => (await shop.git('rev-parse', 'HEAD')).trim()
  const query = async (secretName: string, database: string, sql: string): Promise<unknown[][]> => {
    const [endpoint] = emulator.databases()
    const { secrets } = createClients(emulator.direct['AWS_ENDPOINT_URL'] ?? '', emulatorRegion)
    const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: secretName }))
    const { username: user, password } = JSON.parse(SecretString)
    const client = new pg.Client({ host: '127.0.0.1', port: endpoint?.to, user, password, database, ssl: { rejectUnauthorized: false } })
    await client.connect()
    try {
      return (await client.query({ text: sql, rowMode: 'array' })).rows
    } finally {
      await client.end()
    }
  }
  const databases = async (): Promise<unknown[]> =>
    (await query('shop/platform/database', 'postgres', "select datname from pg_database where datname like 'shop\\_%' order by 1")).flat()

  beforeAll(async () => {
    shop = await createProject({ branch: 'feature/cart' })
    images = gitImages({ repository: shop.folder, blueprint: 'devtool.yaml', dependencies: root })
    emulator = await startRunningEmulator({ images })
    await createZone(emulator.direct, DOMAIN)
    const result = await run('bootstrap', '--yes', '--json')
    expect(result.exitCode, result.stderr).toBe(0)
  })
  afterAll(async () => {
    await emulator?.stop()
    images?.remove()
    await shop?.remove()
  })

  test('a preview answers with the rows that its migrations and its API wrote', async () => {
    cart = await succeed('env', 'create', '--apply', '--json')
    expect(cart.status).toBe('ready')
    const page = await ask(cart, '/')
    expect(page.status).toBe(200)
    expect(page.text).toContain(cart.name)
    expect(page.text).toContain((await head()).slice(0, 7))
    expect((await ask(cart, '/api/healthz')).json()).toEqual({ status: 'ok', database: 'reachable' })

    const entry = { name: 'Barbara', message: 'through the rules' }
    const posted = await ask(cart, '/api/entries', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(entry),
    })
    expect(posted.status).toBe(201)
    expect(await entriesOf(cart)).toContain(entry.message)
    expect((await ask(cart, '/')).text).toContain(entry.message)
  })

  test('plain HTTP leads to HTTPS, and a name that nobody has to nothing', async () => {
    const plain = await ask(cart, '/api/entries', { plain: true })
    expect(plain.status).toBe(301)
    expect(plain.headers.location).toBe(`https://${cart.name}.${DOMAIN}:443/api/entries`)
    expect(await emulator.request(`nobody.${DOMAIN}`, '/')).toMatchObject({ status: 404, text: 'no such environment' })
  })

  test('a new commit with a new migration takes over without one failed request', async () => {
    const before = cart.commit
    await shop.write('services/migrations/migrations/0003_add_mood.sql', 'alter table entries add column mood text;\n')
    await shop.commit('moods')
    const load = startLoad(() => ask(cart, '/api/info'))
    cart = await succeed('env', 'create', cart.name, '--apply', '--json')
    const answers = await load.stop()
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
    expect(answers.length).toBeGreaterThan(20)
    const commits = answers.map(({ text }) => (JSON.parse(text) as { commit: string }).commit)
    expect([commits[0], commits.at(-1)]).toEqual([before, await head()])
    expect(await entriesOf(cart)).toContain('through the rules')
    expect((await query(`shop/${cart.name}/database`, databaseOf(cart), 'select mood from entries limit 1')).length).toBe(1)
  })

  test('a migration that fails: the new code never serves, the old still does, and apply says why', async () => {
    const before = await head()
    await shop.write('services/migrations/migrations/0004_broken.sql', 'select * from nowhere;\n')
    await shop.commit('broken')
    const load = startLoad(() => ask(cart, '/api/info'))
    const result = await run('env', 'create', cart.name, '--apply')
    const answers = await load.stop()
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain('the migrations failed')
    said = result.stderr
    expect(answers.filter(({ status, text }) => status !== 200 || !text.includes(before))).toEqual([])
    await shop.git('rm', '--quiet', 'services/migrations/migrations/0004_broken.sql')
    await shop.commit('mended')
    cart = await succeed('env', 'create', cart.name, '--apply', '--json')
    expect((await ask(cart, '/api/info')).json()).toMatchObject({ commit: await head() })
  })

  test('what apply says of it ends with the last lines of the migration', () => {
    expect(said).toContain('relation "nowhere" does not exist')
  })

  test("two previews side by side have rows of their own and cannot reach the other's database", async () => {
    await shop.git('checkout', '--quiet', '-b', 'feature/other')
    other = await succeed('env', 'create', '--apply', '--json')
    expect(other.name).not.toBe(cart.name)
    expect(await entriesOf(other)).not.toContain('through the rules')
    expect(await databases()).toEqual([databaseOf(cart), databaseOf(other)].toSorted())
    await expect(query(`shop/${other.name}/database`, databaseOf(cart), 'select 1')).rejects.toThrow(/permission denied for database/)
    expect(await query(`shop/${other.name}/database`, databaseOf(other), 'select 1')).toEqual([[1]])
  })

  test('destroy drops the database, ends the tasks, and the other one goes on', async () => {
    await succeed('env', 'destroy', cart.name, '--yes', '--json')
    expect(await databases()).toEqual([databaseOf(other)])
    expect((await ask(cart, '/')).status).toBe(404)
    expect((await ask(other, '/api/entries')).status).toBe(200)
    await succeed('env', 'destroy', other.name, '--yes', '--json')
    expect(await databases()).toEqual([])
    expect(emulator.tasks().filter(({ lastStatus }) => lastStatus !== 'STOPPED')).toEqual([])
  })

  test('what passed through the rules', () => {
    const passed = emulator.requests()
    for (const { method, host, path, rule, target, status } of passed.filter((each, index) => index < 12 || each.status >= 400)) {
      process.stdout.write(`${method} ${host}${path} -> ${target ?? 'the load balancer'} ${status} (rule ${rule.split('/').at(-1)})\n`)
    }
    expect(passed.some(({ target, status }) => target !== null && status === 200)).toBe(true)
    expect(passed.filter(({ status }) => status >= 500)).toEqual([])
  })
})

function databaseOf({ name }: Environment): string {
  return `shop_${name.replaceAll('-', '_')}`
}

interface Load {
  /** Every answer, oldest first; what was not answered has the status 0. */
  stop(): Promise<{ status: number; text: string }[]>
}

/** A request every 50 milliseconds, whether the last one was answered or not. */
function startLoad(ask: () => Promise<{ status: number; text: string }>): Load {
  const asked: Promise<{ status: number; text: string }>[] = []
  const timer = setInterval(() => {
    asked.push(
      ask().then(
        ({ status, text }) => ({ status, text }),
        (error: unknown) => ({ status: 0, text: String(error) }),
      ),
    )
  }, 50)
  return {
    stop: () => {
      clearInterval(timer)
      return Promise.all(asked)
    },
  }
}
