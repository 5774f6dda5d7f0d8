import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasPostgres, startPostgres } from '../../testing/postgres.js'
import { createDatabase, databaseExists, dropDatabase } from '../src/databases.js'

const otter = { database: 'shop_quiet_otter', role: 'shop_quiet_otter', password: 'password-of-the-otter' }
const heron = { database: 'shop_brave_heron', role: 'shop_brave_heron', password: 'password-of-the-heron' }

describe.skipIf(!hasPostgres())('databases, made by an admin that is no superuser', () => {
  /** @type {import('../../testing/postgres.js').Postgres} */
  let server
  /** @type {pg.ClientConfig} */
  let admin
  const as = ({ database, role, password }) => ({ user: role, password, database })
  const roles = () =>
    server.query("select rolname from pg_roles where rolname like 'shop%' order by 1").then((rows) => rows.map((row) => row.rolname))

  beforeAll(async () => {
    server = await startPostgres({ settings: { log_statement: 'all' } })
    // The rights that RDS gives its master user, who also owns the databases it starts with.
    await server.query("create role devtool_admin login createdb createrole password 'password-of-the-admin'")
    await server.query('alter database postgres owner to devtool_admin')
    await server.query('alter database template1 owner to devtool_admin')
    admin = server.config({ user: 'devtool_admin', password: 'password-of-the-admin' })
    await createDatabase(admin, otter)
    await createDatabase(admin, heron)
  }, 60_000)
  afterAll(() => server?.stop())

  test('a login works in its own database and may create what it likes there', async () => {
    await server.query('create table notes (id int)', [], as(otter))
    await server.query('create schema reports', [], as(otter))
    expect(await server.query('select current_user as name', [], as(otter))).toEqual([{ name: otter.role }])
  })

  test('a login enters no other database', async () => {
    for (const database of [heron.database, 'postgres', 'template1']) {
      await expect(server.query('select 1', [], { ...as(otter), database })).rejects.toMatchObject({ code: '42501' })
    }
    await expect(server.query('select 1', [], { ...as(otter), user: heron.role })).rejects.toMatchObject({ code: '28P01' })
  })

  test('a login has no power over the server, a bounded number of connections and bounded statements', async () => {
    const [role] = await server.query('select * from pg_roles where rolname = $1', [otter.role])
    expect(role).toMatchObject({ rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolreplication: false, rolconnlimit: 15 })
    expect(await server.query('show statement_timeout', [], as(otter))).toEqual([{ statement_timeout: '30s' }])
    expect(await server.query('show idle_in_transaction_session_timeout', [], as(otter))).toEqual([
      { idle_in_transaction_session_timeout: '1min' },
    ])
    await expect(server.query('create database more', [], as(otter))).rejects.toMatchObject({ code: '42501' })
    await expect(server.query(`set role ${heron.role}`, [], as(otter))).rejects.toMatchObject({ code: '42501' })
  })

  test('the owner role owns database and schema, and cannot log in', async () => {
    const [schema] = await server.query("select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = 'public'", [], {
      database: otter.database,
    })
    const [database] = await server.query('select pg_get_userbyid(datdba) as owner from pg_database where datname = $1', [otter.database])
    const [owner] = await server.query('select rolcanlogin from pg_roles where rolname = $1', [`${otter.role}_owner`])
    expect([schema.owner, database.owner, owner.rolcanlogin]).toEqual([`${otter.role}_owner`, `${otter.role}_owner`, false])
  })

  test('creating twice gives the same, keeps the data and sets the password anew', async () => {
    const badger = { database: 'shop_calm_badger', role: 'shop_calm_badger', password: 'first-password' }
    const first = await createDatabase(admin, badger)
    await server.query('create table kept (id int)', [], as(badger))
    const second = await createDatabase(admin, { ...badger, password: 'second-password' })
    expect(second).toEqual({ ...first, created: false })
    expect(first).toEqual({ database: badger.database, role: badger.role, owner: 'shop_calm_badger_owner', created: true, open: [] })
    await expect(server.query('select 1', [], as(badger))).rejects.toMatchObject({ code: '28P01' })
    expect(await server.query('select * from kept', [], { ...as(badger), password: 'second-password' })).toEqual([])
    await dropDatabase(admin, badger)
  })

  test('what is half there is completed: only roles, a login without owner, a database that is still closed', async () => {
    const halves = [
      ['create role shop_half_done_owner nologin'],
      ['create role shop_half_done login'],
      server.major >= 16
        ? [
            'create role shop_half_done_owner',
            'grant shop_half_done_owner to devtool_admin with inherit true, set true',
            'create database shop_half_done owner shop_half_done_owner allow_connections false',
          ]
        : [
            'create role shop_half_done_owner',
            'grant shop_half_done_owner to devtool_admin',
            'create database shop_half_done owner shop_half_done_owner allow_connections false',
          ],
    ]
    const half = { database: 'shop_half_done', role: 'shop_half_done', password: 'password-of-the-half' }
    for (const statements of halves) {
      for (const statement of statements) await server.query(statement, [], { user: admin.user, password: admin.password })
      await createDatabase(admin, half)
      await server.query('create table t (id int)', [], as(half))
      await expect(server.query('select 1', [], { ...as(otter), database: half.database })).rejects.toMatchObject({ code: '42501' })
      await dropDatabase(admin, half)
      expect(await roles()).not.toContain('shop_half_done')
      for (const statement of statements) await server.query(statement, [], { user: admin.user, password: admin.password })
      await dropDatabase(admin, half)
      expect((await roles()).filter((name) => name.startsWith('shop_half'))).toEqual([])
    }
  })

  test('an interrupted DROP DATABASE is picked up by create', async () => {
    const torn = { database: 'shop_torn', role: 'shop_torn', password: 'password-of-the-torn' }
    await createDatabase(admin, torn)
    await server.query("update pg_database set datconnlimit = -2 where datname = 'shop_torn'")
    await createDatabase(admin, torn)
    expect(await server.query('select 1 as one', [], as(torn))).toEqual([{ one: 1 }])
    await dropDatabase(admin, torn)
  })

  test('dropping ends the sessions inside, leaves nothing, and can be repeated', async () => {
    const vole = { database: 'shop_busy_vole', role: 'shop_busy_vole', password: 'password-of-the-vole' }
    await createDatabase(admin, vole)
    const session = new pg.Client(server.config(as(vole)))
    const ended = new Promise((resolve) => session.on('error', resolve))
    await session.connect()
    await session.query('create table held (id int)')
    await session.query('begin')
    await session.query('lock table held')
    await dropDatabase(admin, vole)
    expect(await ended).toMatchObject({ code: '57P01' })
    expect(await databaseExists(admin, vole.database)).toBe(false)
    expect(await databaseExists(admin, otter.database)).toBe(true)
    expect((await roles()).filter((name) => name.startsWith('shop_busy'))).toEqual([])
    await expect(dropDatabase(admin, vole)).resolves.toEqual({ database: vole.database, role: vole.role, owner: 'shop_busy_vole_owner' })
  })

  test('twelve at once, some of them the same', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `shop_many_${index % 8}`)
    await Promise.all(names.map((name) => createDatabase(admin, { database: name, role: name, password: 'password-of-the-many' })))
    const made = await server.query("select count(*)::int as n from pg_database where datname like 'shop_many%'")
    expect(made).toEqual([{ n: 8 }])
    await Promise.all(names.map((name) => dropDatabase(admin, { database: name, role: name })))
    expect((await roles()).filter((name) => name.startsWith('shop_many'))).toEqual([])
  }, 60_000)

  test('what belongs to someone else is neither taken over nor dropped', async () => {
    await server.query('create database billing')
    const claim = { database: 'billing', role: 'shop_thief', password: 'password-of-the-thief' }
    await expect(createDatabase(admin, claim)).rejects.toThrow(
      'could not create database billing: it exists and belongs to postgres, not to shop_thief_owner',
    )
    await expect(dropDatabase(admin, claim)).rejects.toThrow('belongs to postgres')
    await expect(dropDatabase(admin, { database: otter.database, role: heron.role })).rejects.toThrow('belongs to shop_quiet_otter_owner')
    await server.query('create role shop_boss createdb login')
    await expect(createDatabase(admin, { ...claim, database: 'shop_boss', role: 'shop_boss' })).rejects.toThrow(
      'role shop_boss exists and has privileges of its own',
    )
    await server.query('create role shop_guest login in role pg_monitor')
    await expect(dropDatabase(admin, { database: 'shop_guest', role: 'shop_guest' })).rejects.toThrow(
      'role shop_guest belongs to pg_monitor',
    )
    expect(await server.query('select 1 as one', [], as(heron))).toEqual([{ one: 1 }])
  })

  test.each([
    [{ database: 'postgres' }, 'could not use database postgres: it belongs to the server'],
    [{ database: 'template1' }, 'could not use database template1: it belongs to the server'],
    [{ database: 'rdsadmin' }, 'could not use database rdsadmin: it belongs to the server'],
    [{ role: 'rds_superuser' }, 'could not use role rds_superuser: it belongs to the server'],
    [{ role: 'pg_monitor' }, 'could not use role pg_monitor: it belongs to the server'],
    [{ role: 'devtool_admin' }, 'could not use role devtool_admin: it is the admin'],
    [{ database: 'a"; drop database b; --' }, 'could not use database "a\\"; drop database b; --": allowed are a-z'],
    [{ database: 'Shop' }, 'could not use database "Shop": allowed are'],
    [{ role: 'r'.repeat(58) }, 'could not use owner role'],
    [{ role: undefined }, 'could not use role undefined: allowed are'],
    [{ password: 'short' }, 'could not use the password: at least 8 printable ASCII characters are needed'],
  ])('refuses %j', async (wrong, message) => {
    await expect(createDatabase(admin, { ...otter, ...wrong })).rejects.toThrow(message)
  })

  test("the admin's own database is refused", async () => {
    await createDatabase(admin, { database: 'shop_home', role: 'shop_home', password: 'password-of-the-home' })
    await expect(dropDatabase({ ...admin, database: 'shop_home' }, { database: 'shop_home', role: 'shop_home' })).rejects.toThrow(
      'the admin is connected to it',
    )
    await dropDatabase(admin, { database: 'shop_home', role: 'shop_home' })
  })

  test('says which shared databases stay open when the admin does not own them', async () => {
    await server.query('alter database template1 owner to postgres')
    await server.query('grant connect on database template1 to public')
    expect(await createDatabase(admin, otter)).toMatchObject({ open: ['template1'] })
    await server.query('alter database template1 owner to devtool_admin')
    expect(await createDatabase(admin, otter)).toMatchObject({ open: [] })
  })

  test('a superuser can be the admin too, as in a local cluster', async () => {
    const local = { database: 'shop_local_mole', role: 'shop_local_mole', password: 'password-of-the-mole' }
    await createDatabase(server.config(), local)
    await server.query('create table t (id int)', [], as(local))
    await expect(server.query('select 1', [], { ...as(local), database: heron.database })).rejects.toMatchObject({ code: '42501' })
    await dropDatabase(server.config(), local)
  })

  test('no password reaches the log of a server that logs every statement', () => {
    expect(server.log()).toContain('SCRAM-SHA-256$4096:')
    expect(server.log()).not.toMatch(/password-of-the-(otter|heron|vole|many)|(first|second)-password/)
  })
})
