import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ToolError } from '../../errors.ts'
import { createDatabase, databaseExists, dropDatabase, dropTemplate, listTemplates, makeTemplate, templateName } from './databases.ts'
import type { PostgresServer } from './server.ts'
import { postgres17, query, workplace } from './testing.ts'

const { start, clean } = workplace()
let server: PostgresServer

beforeAll(async () => {
  server = await start({}, await postgres17())
}, 300_000)
afterAll(clean)

const named = (name: string) => ({ database: `my_shop_${name}`, role: `my_shop_${name}`, password: `password-of-${name}` })
const as = ({ database, role, password }: ReturnType<typeof named>) => ({ user: role, database, password })

describe('databases of a local server', { timeout: 60_000 }, () => {
  const [otter, heron] = [named('otter'), named('heron')]

  test('one per environment, closed to the others, gone when it is dropped', async () => {
    expect(await createDatabase(server, otter)).toMatchObject({ database: otter.database, owner: 'my_shop_otter_owner', created: true })
    expect(await createDatabase(server, otter)).toMatchObject({ created: false })
    await createDatabase(server, heron)
    await query(server, 'create table notes (text text)', as(otter))
    for (const database of [heron.database, 'postgres', 'template1']) {
      await expect(query(server, 'select 1', { ...as(otter), database })).rejects.toMatchObject({ code: '42501' })
    }
    expect(await databaseExists(server, heron.database)).toBe(true)
    await dropDatabase(server, heron)
    await dropDatabase(server, heron)
    expect(await databaseExists(server, heron.database)).toBe(false)
  })

  test('the second of the same migrations is a copy of the first', async () => {
    await query(server, "insert into notes values ('migrated')", as(otter))
    const template = templateName('my-shop', '0123456789abcdef0123')
    expect(template).toBe('my_shop_template_0123456789ab')
    const made = await makeTemplate(server, { template, from: otter })
    expect(await listTemplates(server, 'my-shop')).toEqual([made])
    expect(await createDatabase(server, { ...heron, template: made })).toMatchObject({ created: true })
    await query(server, "update notes set text = 'of the heron'", as(heron))
    expect(await query(server, 'select * from notes', as(otter))).toEqual([{ text: 'migrated' }])
    await dropDatabase(server, otter)
    await dropDatabase(server, heron)
    await dropTemplate(server, { template })
    expect(await query(server, "select rolname from pg_roles where rolname like 'my_shop%'")).toEqual([])
    expect(await query(server, "select datname from pg_database where datname like 'my_shop%' or datname like 'devtool%'")).toEqual([])
  })

  test('what goes wrong is an error of a tool, in words', async () => {
    await expect(createDatabase(server, { ...otter, password: 'short' })).rejects.toThrow(ToolError)
    await expect(createDatabase({ ...server, password: 'wrong-password' }, otter)).rejects.toThrow(
      'could not create database my_shop_otter: password authentication failed for user "postgres"',
    )
    await expect(createDatabase({ ...server, port: 1 }, otter)).rejects.toThrow(
      /^could not create database my_shop_otter: connect ECONNREFUSED 127.0.0.1:1$/,
    )
  })
})
