import { existsSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import pg from 'pg'
import { findPostgres } from '../../../../src/machine/postgres/binaries.ts'
import { type PostgresServer, startPostgres } from '../../../../src/machine/postgres/server.ts'
import { systemClock } from '../../../../src/system/clock.ts'
import { systemFiles } from '../../../../src/system/files.ts'
import { systemProcesses } from '../../../../src/system/processes.ts'
import { systemRandom } from '../../../../src/system/random.ts'
import { systemRun } from '../../../../src/system/run.ts'
import { systemSpawn } from '../../../../src/system/spawn.ts'
import type { Authority } from '../ports.ts'

/** What an instance was asked to be. */
export interface Wanted {
  id: string
  address: string
  major: string
  username: string
  password: string
  /** Made with the instance; `undefined` leaves `postgres` alone. */
  database: string | undefined
  forceSsl: boolean
}

/** A server that stands for an instance. */
export interface RunningInstance {
  readonly port: number
  readonly pid: number
  /** Of the server that runs, such as `17.10`. */
  readonly version: string
  hasEnded(): boolean
  /** Brings password and parameters up to date. */
  update(wanted: Wanted): Promise<void>
  stop(): Promise<void>
}

const id = pg.escapeIdentifier
const literal = pg.escapeLiteral

/** Starts a cluster in that folder, which stays after `stop`; what is in it already is left as it is. */
export async function startInstance(folder: string, authority: Authority, wanted: Wanted): Promise<RunningInstance> {
  const { PATH, HOME, XDG_CACHE_HOME, DEVTOOL_POSTGRES_BIN } = process.env
  const variables = { PATH, HOME, XDG_CACHE_HOME, DEVTOOL_POSTGRES_BIN }
  const ports = {
    ...{ files: systemFiles, run: systemRun, random: systemRandom, clock: systemClock, spawn: systemSpawn, variables },
    processes: systemProcesses(systemFiles),
    // what is said of a blueprint there is said of the instance by whoever compares the versions
    output: { step: <T>(_: string, work: (now: () => void) => Promise<T>): Promise<T> => work(() => {}), warn: () => {} },
  }
  const binaries = await findPostgres(ports, wanted.major)
  const isNew = !existsSync(path.join(folder, 'data', 'PG_VERSION'))
  const tls = await authority.leaf([wanted.address])
  const server = await startPostgres(ports, { folder, port: null, tls }, binaries)
  try {
    const ca = await readFile(authority.file, 'utf8')
    const admin = {
      host: server.host,
      port: server.port,
      user: server.user,
      password: server.password,
      ssl: { ca, servername: wanted.address },
    }
    if (isNew) await setUp(admin, wanted)
    let applied = { password: isNew ? wanted.password : '', forceSsl: true }
    const update = async (next: Wanted): Promise<void> => {
      if (next.forceSsl !== applied.forceSsl) {
        // the file stays the server's own
        writeFileSync(path.join(folder, 'pg_hba.conf'), `${next.forceSsl ? 'hostssl' : 'host'} all all 127.0.0.1/32 scram-sha-256\n`)
        await queries(admin, ['SELECT pg_reload_conf()'])
      }
      if (next.password !== applied.password) await queries(admin, [`ALTER ROLE ${id(next.username)} PASSWORD ${literal(next.password)}`])
      applied = { password: next.password, forceSsl: next.forceSsl }
    }
    await update(wanted)
    return serverOf(server, binaries.version, update)
  } catch (error) {
    await server.stop()
    throw error
  }
}

function serverOf(server: PostgresServer, version: string, update: RunningInstance['update']): RunningInstance {
  let ended = false
  void server.ended.then(() => {
    ended = true
  })
  return { port: server.port, pid: server.pid, version, hasEnded: () => ended, update, stop: server.stop }
}

/** Roles and databases as on a fresh RDS instance: the master user is no superuser, and owns all databases but `template0`. */
async function setUp(admin: pg.ClientConfig, { username, password, database }: Wanted): Promise<void> {
  const master = id(username)
  await queries(admin, [
    'CREATE ROLE rds_superuser NOLOGIN',
    'GRANT pg_monitor, pg_signal_backend TO rds_superuser WITH ADMIN OPTION',
    `CREATE ROLE ${master} LOGIN NOSUPERUSER CREATEDB CREATEROLE PASSWORD ${literal(password)}`,
    `GRANT rds_superuser TO ${master}`,
    `ALTER DATABASE postgres OWNER TO ${master}`,
    `ALTER DATABASE template1 OWNER TO ${master}`,
    ...(database === undefined ? [] : [`CREATE DATABASE ${id(database)} OWNER ${master}`]),
  ])
}

async function queries(admin: pg.ClientConfig, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ database: 'postgres', connectionTimeoutMillis: 10_000, ...admin })
  // a connection that breaks also fails the query in flight
  client.on('error', () => {})
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
