import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasPostgres, startPostgres } from '../../testing/postgres.js'
import { createDatabase, dropDatabase } from '../src/databases.js'
import { dropTemplate, listTemplates, makeTemplate } from '../src/templates.js'

const named = (name) => ({ database: `shop_${name}`, role: `shop_${name}`, password: `password-of-the-${name}` })
const otter = named('quiet_otter')
const heron = named('brave_heron')
const template = 'shop_template_0123456789ab'

describe.skipIf(!hasPostgres())('templates, made by an admin that is no superuser', () => {
  /** @type {import('../../testing/postgres.js').Postgres} */
  let server
  /** @type {pg.ClientConfig} */
  let admin
  const as = ({ database, role, password }) => ({ user: role, password, database })
  const names = (sql) => server.query(sql).then((rows) => rows.map((row) => row.name))
  const roles = () => names("select rolname as name from pg_roles where rolname like 'shop%' order by 1")
  const databases = () => names("select datname as name from pg_database where datname like 'shop%' or datname like 'devtool%' order by 1")
  /** What migrations leave, made by the environment's own login. */
  const migrate = async (environment) => {
    const statements = [
      'create table notes (id int generated always as identity, text text not null)',
      "insert into notes (text) values ('from the migrations')",
      'create view short_notes as select left(text, 4) as text from notes',
      "create function shout(t text) returns text language sql as 'select upper(t)'",
      "create type mood as enum ('calm', 'busy')",
      'create schema reports create table totals (n int)',
      'create extension citext',
    ]
    for (const statement of statements) await server.query(statement, [], as(environment))
  }

  beforeAll(async () => {
    server = await startPostgres({ settings: { log_statement: 'all' } })
    await server.query("create role devtool_admin login createdb createrole password 'password-of-the-admin'")
    await server.query('alter database postgres owner to devtool_admin')
    await server.query('alter database template1 owner to devtool_admin')
    admin = server.config({ user: 'devtool_admin', password: 'password-of-the-admin' })
    await createDatabase(admin, otter)
    await migrate(otter)
  }, 60_000)
  afterAll(() => server?.stop())

  test('a second environment gets what the migrations made, as its own, and the first keeps its own', async () => {
    const made = await makeTemplate(admin, { template, from: otter })
    expect(made).toEqual({ database: template, owner: `${template}_owner` })
    expect(await createDatabase(admin, { ...heron, template: made })).toEqual({
      ...{ database: heron.database, role: heron.role, owner: 'shop_brave_heron_owner', created: true, open: [] },
    })

    await server.query("insert into notes (text) values ('of the heron')", [], as(heron))
    await server.query('alter table notes add column more int', [], as(heron))
    await server.query('insert into reports.totals values (1)', [], as(heron))
    expect(await server.query("select shout(text) as text from short_notes where 'A'::citext = 'a'", [], as(heron))).toEqual([
      { text: 'FROM' },
      { text: 'OF T' },
    ])
    await server.query('drop schema reports cascade', [], as(heron))
    expect(await server.query('select text from notes', [], as(otter))).toEqual([{ text: 'from the migrations' }])

    const owners = `select distinct pg_get_userbyid(relowner) as name from pg_class where relnamespace = 'public'::regnamespace
      union select pg_get_userbyid(nspowner) from pg_namespace where nspname in ('public', 'reports')
      union select pg_get_userbyid(datdba) from pg_database where datname = current_database()`
    expect(await server.query(owners, [], { database: heron.database })).toEqual([{ name: 'shop_brave_heron_owner' }])
    // what the extension brought belongs to the server
    expect((await server.query(`${owners} order by 1`, [], { database: otter.database })).map(({ name }) => name)).toEqual([
      'shop_quiet_otter',
      'shop_quiet_otter_owner',
    ])
  })

  test('the copies are as closed to each other as any', async () => {
    for (const [login, database] of [
      [heron, otter.database],
      [otter, heron.database],
    ]) {
      await expect(server.query('select 1', [], { ...as(login), database })).rejects.toMatchObject({ code: '42501' })
    }
    const [role] = await server.query('select rolconnlimit, rolcreatedb, rolsuper from pg_roles where rolname = $1', [heron.role])
    expect(role).toEqual({ rolconnlimit: 15, rolcreatedb: false, rolsuper: false })
  })

  test('nobody connects to a template, and making it again keeps it', async () => {
    for (const who of [as(otter), as(heron), admin]) {
      await expect(server.query('select 1', [], { ...who, database: template })).rejects.toMatchObject({ code: '55000' })
    }
    await server.query("insert into notes (text) values ('later')", [], as(otter))
    expect(await makeTemplate(admin, { template, from: otter })).toEqual({ database: template, owner: `${template}_owner` })
    const vole = named('busy_vole')
    await createDatabase(admin, { ...vole, template: { database: template, owner: `${template}_owner` } })
    expect(await server.query('select text from notes', [], as(vole))).toEqual([{ text: 'from the migrations' }])
    const again = await createDatabase(admin, { ...vole, template: { database: template, owner: `${template}_owner` } })
    expect(again.created).toBe(false)
    await dropDatabase(admin, vole)
  })

  test('the environment that it was made from can be dropped, and one made from it too; nothing of them is left', async () => {
    const mole = named('soft_mole')
    await createDatabase(admin, { ...mole, template: { database: template, owner: `${template}_owner` } })
    await server.query('create table later (id int)', [], as(mole))
    const second = 'shop_template_ffffffffffff'
    await makeTemplate(admin, { template: second, from: mole })
    await dropDatabase(admin, mole)
    expect(await roles()).not.toContain('shop_soft_mole')
    await createDatabase(admin, { ...mole, template: { database: second, owner: `${second}_owner` } })
    expect(await server.query('select * from later', [], as(mole))).toEqual([])
    await dropDatabase(admin, mole)
    await dropTemplate(admin, { template: second })
    expect((await databases()).filter((name) => name.includes('mole') || name.startsWith('devtool'))).toEqual([])
  })

  test('lists the templates of one project, oldest first, and drops them', async () => {
    const newer = 'shop_template_000000000000'
    const other = 'shop_two_template_0123456789ab'
    await makeTemplate(admin, { template: newer, from: heron })
    await makeTemplate(admin, { template: other, from: heron })
    expect(await listTemplates(admin, 'shop')).toEqual([template, newer].map((database) => ({ database, owner: `${database}_owner` })))
    expect(await listTemplates(admin, 'sho%')).toEqual([])
    await dropTemplate(admin, { template: newer })
    await dropTemplate(admin, { template: newer })
    await dropTemplate(admin, { template: other })
    expect((await listTemplates(admin, 'shop')).map(({ database }) => database)).toEqual([template])
    expect(await roles()).not.toContain(`${newer}_owner`)
  })

  test('what was cut off half-way is done again, and does not keep an environment from being dropped [P24]', async () => {
    const toad = named('wet_toad')
    await createDatabase(admin, toad)
    await server.query('create table held (id int)', [], as(toad))
    // where a copy is when its maker is killed before anything is handed over
    await server.query(`create database "devtool-copy" template ${toad.database} owner devtool_admin`)
    await dropDatabase(admin, toad)
    expect(await databases()).not.toContain('devtool-copy')

    await createDatabase(admin, toad)
    await server.query(`create database "devtool-copy" template ${toad.database} owner devtool_admin`)
    await server.query('create role shop_template_aaaaaaaaaaaa_owner')
    await server.query('grant shop_template_aaaaaaaaaaaa_owner to devtool_admin with admin option')
    const made = await makeTemplate(admin, { template: 'shop_template_aaaaaaaaaaaa', from: toad })
    await dropDatabase(admin, toad)
    // a copy that has its name but is still closed
    await createDatabase(admin, { ...toad, template: made })
    await server.query(`alter database ${toad.database} allow_connections false`)
    await createDatabase(admin, { ...toad, template: made })
    expect(await server.query('select 1 as one', [], as(toad))).toEqual([{ one: 1 }])
    await dropDatabase(admin, toad)
    await dropTemplate(admin, { template: made.database })
    expect((await roles()).filter((name) => name.includes('toad') || name.includes('aaaa'))).toEqual([])
  })

  test.each([
    ['a grant', 'grant select on notes to shop_quiet_otter_owner', 'table notes names role shop_quiet_otter_owner'],
    ['a policy', 'create policy own on notes to shop_quiet_otter using (true)', 'policy own on table notes names role shop_quiet_otter'],
    ['default privileges', 'alter default privileges grant select on tables to shop_quiet_otter_owner', 'default privileges'],
  ])('%s that names a role cannot be copied: no template, and the environment is as it was', async (_, statement, message) => {
    const frog = 'shop_template_bbbbbbbbbbbb'
    const session = new pg.Client(server.config(as(otter)))
    await session.connect()
    await session.query(statement)
    await session.end()
    await expect(makeTemplate(admin, { template: frog, from: otter })).rejects.toThrow(
      new RegExp(`^could not make template database ${frog}: .*${message}.*which is another in a copy$`),
    )
    expect((await databases()).filter((name) => name === frog || name === 'devtool-copy')).toEqual([])
    expect(await roles()).not.toContain(`${frog}_owner`)
    await server.query('revoke all on notes from shop_quiet_otter_owner', [], as(otter))
    await server.query('drop policy if exists own on notes', [], as(otter))
    await server.query('alter default privileges revoke select on tables from shop_quiet_otter_owner', [], as(otter))
    expect(await server.query('select pg_get_userbyid(datdba) as owner from pg_database where datname = $1', [otter.database])).toEqual([
      { owner: 'shop_quiet_otter_owner' },
    ])
  })

  test('a database that someone is connected to is no source', async () => {
    const session = new pg.Client(server.config(as(otter)))
    await session.connect()
    await expect(makeTemplate(admin, { template: 'shop_template_cccccccccccc', from: otter })).rejects.toThrow(
      'source database "shop_quiet_otter" is being accessed by other users',
    )
    await session.end()
  }, 20_000)

  test('many at once from one template', async () => {
    const many = Array.from({ length: 6 }, (_, index) => named(`many_${index}`))
    await Promise.all(many.map((one) => createDatabase(admin, { ...one, template: { database: template, owner: `${template}_owner` } })))
    for (const one of many) expect(await server.query('select text from notes', [], as(one))).toHaveLength(1)
    await Promise.all(many.map((one) => dropDatabase(admin, one)))
  })

  test('a superuser can be the admin too, as in a local cluster', async () => {
    const local = 'shop_template_dddddddddddd'
    const fox = named('local_fox')
    await createDatabase(server.config(), fox)
    await migrate(fox)
    const made = await makeTemplate(server.config(), { template: local, from: fox })
    await dropDatabase(server.config(), fox)
    await createDatabase(server.config(), { ...fox, template: made })
    await server.query("insert into notes (text) values ('again')", [], as(fox))
    await dropDatabase(server.config(), fox)
    await dropTemplate(server.config(), { template: local })
  })

  test.each([
    [{ database: 'shop_quiet_otter', owner: '' }, 'could not use shop_quiet_otter as a template: its name has to end with'],
    [{ database: 'postgres', owner: '' }, 'could not use database postgres: it belongs to the server'],
    [{ database: 'shop_template_999999999999', owner: '' }, 'template shop_template_999999999999 does not exist'],
    [{ database: 'a"; drop database b; --', owner: '' }, 'allowed are a-z'],
  ])('refuses the template %j', async (wrong, message) => {
    const newt = named('new_newt')
    await expect(createDatabase(admin, { ...newt, template: wrong })).rejects.toThrow(message)
    await dropDatabase(admin, newt)
  })

  test('refuses a template that belongs to someone else, and a source that is not there', async () => {
    await server.query('create database shop_template_eeeeeeeeeeee')
    await expect(makeTemplate(admin, { template: 'shop_template_eeeeeeeeeeee', from: otter })).rejects.toThrow('belongs to postgres')
    await expect(dropTemplate(admin, { template: 'shop_template_eeeeeeeeeeee' })).rejects.toThrow('belongs to postgres')
    await expect(makeTemplate(admin, { template: 'shop_template_123412341234', from: named('no_one') })).rejects.toThrow(
      'database shop_no_one does not exist',
    )
  })
})
