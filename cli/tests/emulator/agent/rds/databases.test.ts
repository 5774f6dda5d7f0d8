import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2'
import { ModifyDBInstanceCommand } from '@aws-sdk/client-rds'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeWith, requireTool } from '../../../support/toolchain.ts'
import { until } from '../container/testing.ts'
import { contains } from '../network/addresses.ts'
import type { DatabaseEndpoint } from '../ports.ts'
import { createDatabaseBench, type DatabaseBench } from './testing.ts'

describeWith(['emulator', 'postgres'], 'databases', () => {
  let bench: DatabaseBench
  beforeAll(async () => {
    bench = await createDatabaseBench()
  })
  afterEach(() => bench.removeAll())
  afterAll(() => bench?.close())

  test('an instance answers under the address that was given out, as its master user', async () => {
    const endpoint = await bench.create({ DBName: 'shop' })
    expect(endpoint).toMatchObject({ port: 5432, address: expect.stringMatching(/^shop-\d+\..*rds\.amazonaws\.com$/) })
    const { Subnets } = await bench.clients.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [endpoint.interface.subnetId] }))
    expect(contains(Subnets?.[0]?.CidrBlock ?? '', endpoint.interface.address)).toBe(true)
    expect(await bench.query(endpoint, 'select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user')).toEqual([
      false,
      true,
      true,
    ])
    const owners = 'select pg_get_userbyid(datdba) from pg_database order by datname'
    expect(await bench.query(endpoint, owners)).toEqual(['devtool_admin', 'devtool_admin', 'postgres', 'devtool_admin'])
    expect(await bench.query(endpoint, 'create table a (b int)', { database: 'shop' })).toEqual([])
    await expect(bench.query(endpoint, "copy (select 1) to program 'true'")).rejects.toThrow(/permission denied|must be superuser/)
    await expect(bench.query(endpoint, 'select 1', { password: 'wrong' })).rejects.toThrow('password authentication failed')
  })

  test('a Postgres of another major version is said to be one', async () => {
    const endpoint = await bench.create({ EngineVersion: '17' })
    const version = String(await bench.query(endpoint, "select current_setting('server_version')")).split(' ')[0]
    const here = requireTool('postgres').version.split('.')[0]
    expect(bench.notes).toEqual(here === '17' ? [] : [`database ${endpoint.instanceId} asks for Postgres 17, here it is ${version}`])
  })

  test('connections are as the parameter group says', async () => {
    const [tls, plain] = [await bench.create(), await bench.create({ DBParameterGroupName: 'plain' })]
    await expect(bench.query(tls, 'select 1', { ssl: false })).rejects.toThrow('no encryption')
    expect(await bench.query(plain, 'select 1', { ssl: false })).toEqual([1])
    expect(await bench.query(plain, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toEqual([true])
    const wrong = { ssl: { ca: readFileSync(bench.authority.file, 'utf8'), servername: plain.address } }
    await expect(bench.query(tls, 'select 1', wrong)).rejects.toThrow("Hostname/IP does not match certificate's altnames")

    await bench.clients.rds.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: tls.instanceId, DBParameterGroupName: 'plain', ApplyImmediately: true }),
    )
    await bench.databases.reconcile()
    expect(await bench.query(tls, 'select 1', { ssl: false })).toEqual([1])
  })

  test('a new master password counts', async () => {
    const endpoint = await bench.create()
    bench.databases.masterPassword(endpoint.instanceId, "another'password")
    await bench.databases.reconcile()
    expect(await bench.query(endpoint, 'select 1', { password: "another'password" })).toEqual([1])
    await expect(bench.query(endpoint, 'select 1')).rejects.toThrow('password authentication failed')
  })

  test('what is deleted is gone, with its data; another of that name starts empty', async () => {
    const first = await bench.create()
    await bench.query(first, 'create database kept')
    await bench.remove(first.instanceId)
    expect(bench.databases.endpoints()).toEqual([])
    expect(readdirSync(path.join(bench.folder, 'databases'))).toEqual([])
    await expect(bench.query(first, 'select 1')).rejects.toThrow('ECONNREFUSED')
    const second = await bench.create({ DBInstanceIdentifier: first.instanceId })
    expect(second.address).toBe(first.address)
    expect(await bench.query(second, "select datname from pg_database where datname = 'kept'")).toEqual([])
  })

  test('a server that was killed is started again with its data', async () => {
    const endpoint = await bench.create()
    await bench.query(endpoint, 'create database kept')
    const pid = Number(
      readFileSync(
        path.join(bench.folder, 'databases', readdirSync(path.join(bench.folder, 'databases'))[0] ?? '', 'data/postmaster.pid'),
        'utf8',
      ).split('\n')[0],
    )
    process.kill(pid, 'SIGKILL')
    await until(() => (isRunning(pid) ? undefined : true))
    await bench.databases.reconcile()
    const [again] = bench.databases.endpoints()
    expect(await bench.query(again as DatabaseEndpoint, "select datname from pg_database where datname = 'kept'")).toEqual(['kept'])
  })

  test('many who ask at once start one server', async () => {
    const endpoint = await bench.create()
    await Promise.all([bench.databases.reconcile(), bench.databases.reconcile(), bench.databases.reconcile()])
    expect(bench.databases.endpoints()).toEqual([endpoint])
    expect(readdirSync(path.join(bench.folder, 'databases'))).toHaveLength(1)
  })

  test.each([
    ['another engine', { Engine: 'mysql', EngineVersion: '8.0', DBParameterGroupName: undefined }, 'its engine is mysql, not postgres'],
    ['the name of the superuser', { MasterUsername: 'postgres' }, 'the master user name postgres is not implemented'],
    [
      'a password that RDS keeps',
      { MasterUserPassword: undefined, ManageMasterUserPassword: true },
      'a master password that RDS manages is not implemented',
    ],
  ])('refused: %s', async (_, settings, message) => {
    await expect(bench.create({ ...settings, DBInstanceIdentifier: 'refused' })).rejects.toThrow(message)
    await bench.remove('refused')
  })
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
