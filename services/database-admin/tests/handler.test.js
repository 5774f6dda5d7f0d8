import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { hasPostgres, startPostgres } from '../../testing/postgres.js'
import { handler } from '../src/handler.js'

const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/quiet-otter/database'
const adminArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:rds-admin'
const otter = { database: 'shop_quiet_otter', role: 'shop_quiet_otter', secret_arn: arn }

describe.skipIf(!hasPostgres())('handler', () => {
  /** @type {import('../../testing/postgres.js').Postgres} */
  let server
  const environment = { ...process.env }
  const secrets = new Map()
  const asked = []
  const logged = []
  const secretsManager = createServer(async (request, response) => {
    const { SecretId: id } = JSON.parse((await request.toArray()).join(''))
    asked.push(id)
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    if (secrets.has(id)) return response.end(JSON.stringify({ ARN: id, SecretString: secrets.get(id) }))
    response.statusCode = 400
    response.end(JSON.stringify({ __type: 'ResourceNotFoundException', message: "Secrets Manager can't find the specified secret." }))
  })
  const login = (password) => ({ user: otter.role, database: otter.database, password })

  beforeAll(async () => {
    server = await startPostgres({ tls: true, settings: { log_connections: 'on' } })
    await server.query("create role devtool_admin login createdb createrole password 'password-of-the-admin'")
    secretsManager.listen(0, '127.0.0.1')
    await once(secretsManager, 'listening')
    const address = secretsManager.address()
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${typeof address === 'object' && address?.port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      ADMIN_SECRET_ARN: adminArn,
      PGHOST: server.host,
      PGPORT: String(server.port),
      PGSSLMODE: 'require',
    })
    vi.spyOn(console, 'log').mockImplementation((line) => logged.push(line))
    secrets.set(adminArn, JSON.stringify({ username: 'devtool_admin', password: 'password-of-the-admin' }))
    secrets.set(arn, JSON.stringify({ username: otter.role, password: 'password-of-the-otter', url: 'postgres://...' }))
  }, 60_000)
  afterEach(() => {
    asked.length = 0
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    process.env = environment
    secretsManager.close()
    await server?.stop()
  })

  test('create, update of the password, delete, as Terraform calls it', async () => {
    const created = await handler({ ...otter, tf: { action: 'create', prev_input: null } })
    expect(created).toEqual({ database: otter.database, role: otter.role, owner: 'shop_quiet_otter_owner' })
    await server.query('create table t (id int)', [], login('password-of-the-otter'))

    secrets.set(arn, JSON.stringify({ password: 'newer-password' }))
    expect(await handler({ ...otter, tf: { action: 'update', prev_input: otter } })).toEqual(created)
    await server.query('select * from t', [], login('newer-password'))

    asked.length = 0
    expect(await handler({ ...otter, tf: { action: 'delete', prev_input: otter } })).toEqual(created)
    expect(asked).toEqual([adminArn])
    expect(await server.query('select 1 from pg_database where datname = $1', [otter.database])).toEqual([])
  })

  test('PGSSLMODE=require is TLS, without the certificate being known', () => {
    expect(server.log()).toMatch(/connection authorized: user=devtool_admin .*SSL enabled/)
    expect(server.log()).not.toMatch(/connection authorized: user=devtool_admin (?!.*SSL enabled)/)
  })

  test('a delete by hand needs no secret and may be repeated', async () => {
    const call = { action: /** @type {const} */ ('delete'), database: otter.database, role: otter.role }
    expect(await handler(call)).toEqual(await handler(call))
  })

  test('a rename is refused', async () => {
    const before = { ...otter, database: 'shop_old_name' }
    await expect(handler({ ...otter, tf: { action: 'update', prev_input: before } })).rejects.toThrow(
      'could not update database shop_old_name of shop_quiet_otter to shop_quiet_otter of shop_quiet_otter: a database is not renamed, destroy the environment and create it anew',
    )
  })

  test.each([
    ['an action it does not know', { action: 'truncate' }, 'could not truncate a database: allowed are create, update and delete'],
    ['no secret', { secret_arn: undefined }, 'could not create database shop_quiet_otter: secret_arn is missing'],
    ['a secret that is not there', { secret_arn: `${arn}-gone` }, "can't find the specified secret"],
    ['a secret that is not JSON', { secret_arn: `${arn}-torn` }, `could not read secret ${arn}-torn: it is not JSON`],
  ])('%s is an error', async (_, wrong, message) => {
    secrets.set(`${arn}-torn`, 'the-bare-password')
    // @ts-expect-error wrong on purpose
    await expect(handler({ ...otter, ...wrong })).rejects.toThrow(message)
  })

  test('what it logs is structured and holds no password', () => {
    expect(logged.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        level: 'info',
        action: 'create',
        database: otter.database,
        role: otter.role,
        open: ['postgres', 'template1'],
      }),
    )
    expect(logged.join('\n')).not.toMatch(/password-of|newer-password|bare-password/)
  })
})
