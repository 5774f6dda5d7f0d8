import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort, hasPostgres, startPostgres } from '../../testing/postgres.js'
import { runService } from '../../testing/service.js'
import { applyMigrations } from '../src/migrations.js'
import { applySeed } from '../src/seed.js'

describe.skipIf(!hasPostgres())('migrations', () => {
  /** @type {import('../../testing/postgres.js').Postgres} */
  let server
  let database = ''
  let count = 0
  /** @type {string} */
  let folder
  /** @type {pg.Client[]} */
  const clients = []

  beforeAll(async () => {
    server = await startPostgres()
    folder = await mkdtemp(join(tmpdir(), 'devtool-migrations-'))
  }, 60_000)
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()))
    await rm(folder, { recursive: true, force: true })
    await server?.stop()
  })
  beforeEach(async () => {
    count += 1
    database = `guestbook_${count}`
    await server.query(`create database ${database}`)
    await rm(folder, { recursive: true, force: true })
    folder = await mkdtemp(join(tmpdir(), 'devtool-migrations-'))
  })

  const query = (sql) => server.query(sql, [], { database })
  const run = (env = {}) => runService('migrations', { ...server.env({ PGDATABASE: database }), ...env })
  async function connected() {
    const client = new pg.Client(server.config({ database }))
    await client.connect()
    clients.push(client)
    return client
  }

  test('brings an empty database up to date, then finds nothing to do', async () => {
    expect(await run()).toEqual({ code: 0, stdout: 'applied 0001_create_entries.sql\napplied 0002_limit_entries.sql\n', stderr: '' })
    expect(await run()).toEqual({ code: 0, stdout: 'nothing to apply: 2 migrations are in place\n', stderr: '' })
    expect(await query('select id, name from migrations order by id')).toMatchObject([
      { id: 0 },
      { id: 1, name: 'create_entries' },
      { id: 2 },
    ])
    await expect(query("insert into entries (name, message) values ('', 'x')")).rejects.toMatchObject({ code: '23514' })
  })

  test('seeds once [P13]', async () => {
    expect((await run({ DEVTOOL_SEED: 'seed.sql' })).stdout).toMatch(/seeded seed\.sql\n$/)
    expect((await run({ DEVTOOL_SEED: 'seed.sql' })).stdout).toMatch(/already seeded seed\.sql\n$/)
    expect(await query('select count(*)::int as n from entries')).toEqual([{ n: 3 }])
  })

  test('three runs at once: the work is done once and all succeed', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => run({ DEVTOOL_SEED: 'seed.sql' })))
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(3).fill({ code: 0, stderr: '' }))
    const said = runs.map(({ stdout }) => stdout).join('')
    expect(said.match(/applied 0001/g)).toHaveLength(1)
    expect(said.match(/^seeded/gm)).toHaveLength(1)
    expect(await query('select count(*)::int as n from entries')).toEqual([{ n: 3 }])
  })

  test('a second runner waits for the one that holds the lock', async () => {
    await writeFile(join(folder, '1_slow.sql'), 'select pg_sleep(0.5); create table slow (id int);')
    const [one, two] = [await connected(), await connected()]
    const order = []
    const runOn = async (client, name) => {
      const lines = await applyMigrations(client, folder)
      order.push(name)
      return lines
    }
    const first = runOn(one, 'first')
    await expect.poll(() => query("select 1 as held from pg_locks where locktype = 'advisory'")).toHaveLength(1)
    const second = runOn(two, 'second')
    expect(await first).toEqual(['applied 1_slow.sql'])
    expect(await second).toEqual(['nothing to apply: 1 migrations are in place'])
    expect(order).toEqual(['first', 'second'])
  })

  test('an edited file is refused [P23]', async () => {
    const client = await connected()
    await writeFile(join(folder, '1_one.sql'), 'create table one (id int);')
    await applyMigrations(client, folder)
    await writeFile(join(folder, '1_one.sql'), 'create table one (id bigint);')
    await writeFile(join(folder, '2_two.sql'), 'create table two (id int);')
    await expect(applyMigrations(client, folder)).rejects.toThrow(
      /could not migrate: Hashes don't match for migrations '1_one\.sql'[\s\S]*not edited, add a new one/,
    )
    expect(await query("select to_regclass('two') as two")).toEqual([{ two: null }])
  })

  test('a failing migration keeps nothing of itself, but what came before; the mended one goes on', async () => {
    const client = await connected()
    await writeFile(join(folder, '1_one.sql'), 'create table one (id int);')
    await writeFile(join(folder, '2_two.sql'), 'create table two (id int);\n\nalter table one\n  add column id int;')
    await writeFile(join(folder, '3_three.sql'), 'select oops')
    await expect(applyMigrations(client, folder)).rejects.toThrow(
      /^could not apply 2_two\.sql: column "id" of relation "one" already exists\nnothing of it was kept$/,
    )
    expect(await query("select to_regclass('one') is not null as one, to_regclass('two') as two")).toEqual([{ one: true, two: null }])
    await writeFile(join(folder, '2_two.sql'), 'create table two (id int);')
    await expect(applyMigrations(client, folder)).rejects.toThrow('could not apply 3_three.sql: column "oops" does not exist (line 1)')
    expect(await query("select to_regclass('two') is not null as two")).toEqual([{ two: true }])
  })

  test('a gap in the numbers is refused before anything runs', async () => {
    await writeFile(join(folder, '1_one.sql'), 'create table one (id int);')
    await writeFile(join(folder, '3_three.sql'), 'create table three (id int);')
    await expect(applyMigrations(await connected(), folder)).rejects.toThrow('could not migrate: Found a non-consecutive migration ID')
    expect(await query("select to_regclass('one') as one")).toEqual([{ one: null }])
  })

  test('a failing seed keeps nothing of itself and ends the run with 1 [P24]', async () => {
    const client = await connected()
    await writeFile(join(folder, 'seed.sql'), 'create table seeded (id int);\nselect oops;')
    await expect(applySeed(client, folder, 'seed.sql')).rejects.toThrow(
      'could not apply seed seed.sql: column "oops" does not exist (line 2)',
    )
    expect(await query("select to_regclass('seeded') as seeded, to_regclass('seeds') as seeds")).toEqual([{ seeded: null, seeds: null }])
    await writeFile(join(folder, 'seed.sql'), 'select 1')
    expect(await applySeed(client, folder, 'seed.sql')).toBe('seeded seed.sql')
    await writeFile(join(folder, 'seed.sql'), 'select 2')
    expect(await applySeed(client, folder, 'seed.sql')).toContain('already seeded seed.sql, which has changed since')
    expect(await run({ DEVTOOL_SEED: 'gone.sql' })).toMatchObject({
      code: 1,
      stderr: 'could not read seed gone.sql: there is no such file\n',
    })
  })

  test('a failing run ends with 1 and says why on stderr', async () => {
    await query('create table entries (id int)')
    expect(await run()).toEqual({
      code: 1,
      stdout: '',
      stderr: 'could not apply 0001_create_entries.sql: relation "entries" already exists\nnothing of it was kept\n',
    })
  })

  test('waits for a server that is not there yet, within bounds; a wrong password is no reason to wait', async () => {
    const port = String(await freePort())
    const absent = await run({ PGPORT: port, DATABASE_WAIT_SECONDS: '1' })
    expect(absent).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('waiting for database'),
      stderr: expect.stringContaining('ECONNREFUSED'),
    })
    const started = performance.now()
    const refused = await run({ PGPASSWORD: 'wrong-password' })
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('password authentication failed') })
    expect(refused.stderr).not.toContain('wrong-password')
    expect(performance.now() - started).toBeLessThan(5000)
  })
})
