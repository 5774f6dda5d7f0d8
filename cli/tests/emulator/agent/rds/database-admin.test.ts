import { readFileSync } from 'node:fs'
import path from 'node:path'
import { CreateRoleCommand } from '@aws-sdk/client-iam'
import { CreateFunctionCommand } from '@aws-sdk/client-lambda'
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeWith, root } from '../../../support/toolchain.ts'
import { createFunctions } from '../lambda/functions.ts'
import { createDatabaseBench, type DatabaseBench, login } from './testing.ts'

describeWith(['emulator', 'postgres'], 'the function that makes databases', () => {
  let bench: DatabaseBench
  beforeAll(async () => {
    bench = await createDatabaseBench()
  })
  afterEach(() => bench.removeAll())
  afterAll(() => bench?.close())

  test('the function of this repository makes a database on it, over its network and with TLS that it verifies', async () => {
    const endpoint = await bench.create()
    const secret = async (name: string, value: object): Promise<string> =>
      (await bench.clients.secrets.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(value) }))).ARN ?? ''
    const admin = await secret('admin', { username: login.username, password: login.password })
    const own = await secret('shop/calm-otter', { password: 'password-of-the-otter' })
    const { Role } = await bench.clients.iam.send(
      new CreateRoleCommand({ RoleName: 'database-admin', AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}' }),
    )
    const code = readFileSync(path.join(root, 'modules/database-admin/function.zip'))
    const Variables = {
      ADMIN_SECRET_ARN: admin,
      PGHOST: endpoint.address,
      PGPORT: '5432',
      PGSSLMODE: 'verify-full',
      NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
    }
    const settings = {
      Role: Role?.Arn,
      Runtime: 'nodejs22.x' as const,
      Handler: 'index.handler',
      Timeout: 60,
      MemorySize: 256,
      Environment: { Variables },
    }
    await bench.clients.lambda.send(new CreateFunctionCommand({ FunctionName: 'database-admin', Code: { ZipFile: code }, ...settings }))
    const reachable = { host: endpoint.address, port: 5432, to: { port: endpoint.to } }
    let blocked = false
    const functions = createFunctions({
      ...bench,
      region: 'us-east-1',
      endpoint: bench.emulator.url,
      functionNetwork: () => [blocked ? { ...reachable, to: 'timeout' } : reachable],
    })
    functions.uploaded('database-admin', code)
    const invoke = async (action: string) => {
      const input = { database: 'shop_calm_otter', role: 'shop_calm_otter', secret_arn: own, tf: { action, prev_input: null } }
      const { body, functionError, logTail } = await functions.invoke('database-admin', JSON.stringify(input))
      return { body: JSON.parse(body), functionError, log: Buffer.from(logTail, 'base64').toString() }
    }
    try {
      const created = await invoke('create')
      expect(created.body).toEqual({ database: 'shop_calm_otter', role: 'shop_calm_otter', owner: 'shop_calm_otter_owner' })
      expect(created.log).not.toContain('password-of')
      const otter = { database: 'shop_calm_otter', user: 'shop_calm_otter', password: 'password-of-the-otter' }
      expect(await bench.query(endpoint, 'create table a (b int)', otter)).toEqual([])
      await expect(bench.query(endpoint, 'select 1', { ...otter, database: 'postgres' })).rejects.toThrow('permission denied for database')

      blocked = true
      expect(await invoke('delete')).toMatchObject({
        functionError: 'Unhandled',
        body: { errorMessage: expect.stringContaining('ETIMEDOUT') },
      })
      blocked = false
      expect((await invoke('delete')).functionError).toBe(undefined)
      expect(await bench.query(endpoint, "select 1 from pg_database where datname = 'shop_calm_otter'")).toEqual([])
    } finally {
      await functions.stop()
    }
  })
})
