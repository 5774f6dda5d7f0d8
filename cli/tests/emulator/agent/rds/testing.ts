import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CreateSubnetCommand, CreateVpcCommand } from '@aws-sdk/client-ec2'
import {
  CreateDBInstanceCommand,
  type CreateDBInstanceCommandInput,
  CreateDBParameterGroupCommand,
  CreateDBSubnetGroupCommand,
  DeleteDBInstanceCommand,
  ModifyDBParameterGroupCommand,
} from '@aws-sdk/client-rds'
import pg from 'pg'
import { type Emulator, startEmulator } from '../../emulator.ts'
import { createClients } from '../account.ts'
import { createAuthority } from '../certificates.ts'
import type { Authority, Clients, DatabaseEndpoint } from '../ports.ts'
import { createDatabases, type RunningDatabases } from './databases.ts'

/** RDS instances of an emulator, in private subnets, with parameter groups `tls` and `plain`. */
export interface DatabaseBench {
  emulator: Emulator
  clients: Clients
  folder: string
  authority: Authority
  databases: RunningDatabases
  notes: string[]
  /** An instance with the id, by default `shop-<number>`, and what the defaults lack. */
  create(settings?: Partial<CreateDBInstanceCommandInput>): Promise<DatabaseEndpoint>
  remove(instanceId: string): Promise<void>
  removeAll(): Promise<void>
  /** As the master user, over TLS, where nothing else is said: all values of all rows. */
  query(endpoint: DatabaseEndpoint, sql: string, overrides?: pg.ClientConfig): Promise<unknown[]>
  close(): Promise<void>
}

export const login = { username: 'devtool_admin', password: 'password-of-the-master' }

const defaults = {
  Engine: 'postgres',
  EngineVersion: '17',
  DBInstanceClass: 'db.t4g.micro',
  AllocatedStorage: 20,
  Port: 5432,
  MasterUsername: login.username,
  MasterUserPassword: login.password,
  DBSubnetGroupName: 'private',
  DBParameterGroupName: 'tls',
}

async function prepare({ ec2, rds }: Clients): Promise<void> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.7.0.0/16' }))
  const subnet = async (CidrBlock: string, AvailabilityZone: string): Promise<string> =>
    (await ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock, AvailabilityZone }))).Subnet?.SubnetId ?? ''
  const SubnetIds = [await subnet('10.7.1.0/24', 'us-east-1a'), await subnet('10.7.2.0/24', 'us-east-1b')]
  await rds.send(new CreateDBSubnetGroupCommand({ DBSubnetGroupName: 'private', DBSubnetGroupDescription: 'x', SubnetIds }))
  const group = { DBParameterGroupFamily: 'postgres17', Description: 'x' }
  for (const [name, value] of Object.entries({ tls: '1', plain: '0' })) {
    await rds.send(new CreateDBParameterGroupCommand({ DBParameterGroupName: name, ...group }))
    const Parameters = [{ ParameterName: 'rds.force_ssl', ParameterValue: value, ApplyMethod: 'immediate' as const }]
    await rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName: name, Parameters }))
  }
}

export async function createDatabaseBench(): Promise<DatabaseBench> {
  const emulator = await startEmulator()
  const clients = createClients(emulator.url, 'us-east-1')
  await prepare(clients)
  const folder = mkdtempSync(path.join(tmpdir(), 'devtool-databases-'))
  const authority = await createAuthority(path.join(folder, 'authority'))
  const notes: string[] = []
  const databases = createDatabases({ clients, folder, authority }, (line) => void notes.push(line))
  let made = 0

  const remove = async (DBInstanceIdentifier: string): Promise<void> => {
    await clients.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }))
    await databases.reconcile()
  }

  return {
    ...{ emulator, clients, folder, authority, databases, notes, remove },
    create: async (settings = {}) => {
      made += 1
      const id = settings.DBInstanceIdentifier ?? `shop-${made}`
      const input = { ...defaults, ...settings, DBInstanceIdentifier: id }
      await clients.rds.send(new CreateDBInstanceCommand(input))
      if (input.MasterUserPassword !== undefined) databases.masterPassword(id, input.MasterUserPassword)
      await databases.reconcile()
      const endpoint = databases.endpoints().find(({ instanceId }) => instanceId === id)
      if (endpoint === undefined) throw new Error(`there is no endpoint of ${id}`)
      return endpoint
    },
    removeAll: async () => {
      for (const { instanceId } of databases.endpoints()) await remove(instanceId)
      notes.length = 0
    },
    query: async (endpoint, sql, overrides = {}) => {
      const ssl = { ca: readFileSync(authority.file, 'utf8'), servername: endpoint.address }
      const master = { user: login.username, password: login.password, database: 'postgres' }
      const client = new pg.Client({ host: '127.0.0.1', port: endpoint.to, ssl, ...master, ...overrides })
      client.on('error', () => {})
      await client.connect()
      try {
        return (await client.query({ text: sql, rowMode: 'array' })).rows.flat()
      } finally {
        await client.end()
      }
    },
    close: async () => {
      await databases.stop()
      await emulator.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
