import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import {
  type DBInstance,
  DBParameterGroupNotFoundFault,
  paginateDescribeDBInstances,
  paginateDescribeDBParameters,
  type RDSClient,
} from '@aws-sdk/client-rds'
import type { AgentPorts, DatabaseEndpoint, Databases } from '../ports.ts'
import { type RunningInstance, startInstance, type Wanted } from './instance.ts'
import { interfaceOf } from './interface.ts'

type Ports = Pick<AgentPorts, 'clients' | 'folder' | 'authority'>

export interface RunningDatabases extends Databases {
  /** The password that CreateDBInstance or ModifyDBInstance brought; the API never gives it back. */
  masterPassword(instanceId: string, password: string): void
}

interface Known {
  resourceId: string
  folder: string
  running: RunningInstance
  endpoint: DatabaseEndpoint
}

/** A Postgres server for each RDS instance that is available. `note` hears what is not as on AWS. */
export function createDatabases(ports: Ports, note: (line: string) => void = () => {}): RunningDatabases {
  const folder = path.join(ports.folder, 'databases')
  mkdirSync(folder, { recursive: true })
  // passed through by the account that runs the servers
  for (const each of [ports.folder, folder]) chmodSync(each, 0o711)
  const passwords = new Map<string, string>()
  const known = new Map<string, Known>()
  let folders = 0

  // tests that are cut off leave no server behind
  const killAll = (): void => {
    for (const { running } of known.values()) if (!running.hasEnded()) process.kill(running.pid, 'SIGQUIT')
  }
  process.once('exit', killAll)

  const remove = async (id: string): Promise<void> => {
    const gone = known.get(id)
    known.delete(id)
    await gone?.running.stop()
    if (gone !== undefined) rmSync(gone.folder, { recursive: true, force: true })
  }

  const ensure = async (instance: DBInstance): Promise<void> => {
    const wanted = await wantedOf(ports.clients.rds, instance, passwords)
    const before = known.get(wanted.id)
    const same = before?.resourceId === instance.DbiResourceId
    if (before !== undefined && !same) await remove(wanted.id)
    const current = same && before?.running.hasEnded() === false ? before : undefined
    const place = same && before !== undefined ? before.folder : path.join(folder, `${++folders}`)
    const interfaceOfInstance = await interfaceOf(ports.clients.ec2, instance)
    const running = current?.running ?? (await startInstance(place, ports.authority, wanted))
    known.set(wanted.id, {
      ...{ resourceId: instance.DbiResourceId ?? '', folder: place, running },
      endpoint: {
        ...{ instanceId: wanted.id, address: wanted.address, port: instance.Endpoint?.Port ?? 5432, to: running.port },
        interface: interfaceOfInstance,
      },
    })
    if (current === undefined && !running.version.startsWith(`${wanted.major}.`)) {
      note(`database ${wanted.id} asks for Postgres ${wanted.major}, here it is ${running.version}`)
    }
    await current?.running.update(wanted)
  }

  const reconcile = async (): Promise<void> => {
    const instances: DBInstance[] = []
    for await (const page of paginateDescribeDBInstances({ client: ports.clients.rds }, {})) instances.push(...(page.DBInstances ?? []))
    const ids = new Set(instances.map(({ DBInstanceIdentifier: id }) => id))
    const gone = [...known.keys()].filter((id) => !ids.has(id))
    const available = instances.filter(({ DBInstanceStatus: status }) => status === 'available')
    const results = await Promise.allSettled([...gone.map(remove), ...available.map(ensure)])
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '))
  }

  let last: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | undefined
  /** One at a time; who comes while one runs is served by the next. */
  const serial = (): Promise<void> => {
    waiting ??= last
      .catch(() => {})
      .then(() => {
        waiting = undefined
        return reconcile()
      })
    last = waiting
    return waiting
  }

  return {
    masterPassword: (id, password) => void passwords.set(id.toLowerCase(), password),
    endpoints: () => [...known.values()].map(({ endpoint }) => endpoint),
    reconcile: serial,
    stop: async () => {
      await last.catch(() => {})
      await Promise.all([...known.keys()].map(remove))
      process.off('exit', killAll)
    },
  }
}

async function wantedOf(rds: RDSClient, instance: DBInstance, passwords: ReadonlyMap<string, string>): Promise<Wanted> {
  const {
    DBInstanceIdentifier: id = '',
    Engine: engine,
    EngineVersion: version = '',
    MasterUsername: username = '',
    Endpoint: endpoint,
  } = instance
  const refuse = (reason: string): never => {
    throw new Error(`the emulator does not run database ${id}: ${reason}`)
  }
  if (engine !== 'postgres') refuse(`its engine is ${engine}, not postgres`)
  // the name of the superuser that these servers are made with, who on RDS is rdsadmin
  if (username === 'postgres') refuse('the master user name postgres is not implemented')
  if (instance.MasterUserSecret?.SecretArn !== undefined) refuse('a master password that RDS manages is not implemented')
  const password = passwords.get(id) ?? refuse('its master password was not seen')
  const major = version.split('.')[0] ?? ''
  return {
    id,
    address: endpoint?.Address ?? '',
    major,
    username,
    password,
    database: instance.DBName,
    forceSsl: await forcesSsl(rds, instance, major),
  }
}

/** `rds.force_ssl` of the instance's parameter group; on from Postgres 15 on where nobody says. */
async function forcesSsl(rds: RDSClient, instance: DBInstance, major: string): Promise<boolean> {
  const byDefault = Number(major) >= 15
  const name = instance.DBParameterGroups?.[0]?.DBParameterGroupName
  if (name === undefined || name.startsWith('default.')) return byDefault
  try {
    for await (const page of paginateDescribeDBParameters({ client: rds }, { DBParameterGroupName: name })) {
      const found = page.Parameters?.find(({ ParameterName: parameter }) => parameter === 'rds.force_ssl')?.ParameterValue
      if (found !== undefined) return ['1', 'on', 'true'].includes(found)
    }
    return byDefault
  } catch (error) {
    if (error instanceof DBParameterGroupNotFoundFault) return byDefault
    throw error
  }
}
