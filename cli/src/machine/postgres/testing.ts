import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { UserError } from '../../errors.ts'
import { systemClock } from '../../system/clock.ts'
import { systemFiles } from '../../system/files.ts'
import { systemProcesses } from '../../system/processes.ts'
import { systemRandom } from '../../system/random.ts'
import { systemRun } from '../../system/run.ts'
import { systemSpawn } from '../../system/spawn.ts'
import { type FindPorts, findPostgres, type PostgresBinaries } from './binaries.ts'
import type { Admin } from './databases.ts'
import { type PostgresPlace, type PostgresServer, type ServerPorts, startPostgres } from './server.ts'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))

export const said: string[] = []

/** The machine as it is, but for a cache below the repository, so that the server is fetched once and not by each test. */
export const ports: FindPorts & ServerPorts = {
  files: systemFiles,
  run: systemRun,
  spawn: systemSpawn,
  clock: systemClock,
  random: systemRandom,
  processes: systemProcesses(systemFiles),
  output: { step: (_label, work) => work(() => {}), warn: (text) => said.push(text) },
  variables: { ...process.env, XDG_CACHE_HOME: path.join(repository, '.cache'), DEVTOOL_POSTGRES_BIN: undefined },
}

export const postgres17 = (): Promise<PostgresBinaries> => findPostgres(ports, '17')

/** Servers and folders of one test file, all gone after `clean`. */
export function workplace() {
  const servers: PostgresServer[] = []
  const folders: string[] = []
  const folder = (mode = 0o755): string => {
    const made = mkdtempSync(path.join(tmpdir(), 'devtool-cluster-'))
    chmodSync(made, mode)
    folders.push(made)
    return made
  }
  const stop = async (): Promise<void> => {
    await Promise.all(servers.splice(0).map((server) => server.stop()))
  }
  const start = async (place: Partial<PostgresPlace>, binaries: PostgresBinaries, limits = {}): Promise<PostgresServer> => {
    const server = await startPostgres(ports, { folder: path.join(folder(), 'shop'), port: null, ...place }, binaries, limits)
    servers.push(server)
    return server
  }
  return {
    folder,
    start,
    stop,
    /** Removes what `folder` made, after the servers. */
    clean: async (): Promise<void> => {
      await stop()
      for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true })
    },
  }
}

/** A cluster that was stopped, made once and copied: making one takes a second of a processor. */
export function clusterTemplate(work: ReturnType<typeof workplace>) {
  let made: Promise<string> | undefined
  const make = async (binaries: PostgresBinaries): Promise<string> => {
    const folder = path.join(work.folder(), 'shop')
    await (await work.start({ folder }, binaries)).stop()
    return folder
  }
  return async (binaries: PostgresBinaries, above: string): Promise<string> => {
    made ??= make(binaries)
    const folder = path.join(above, 'shop')
    mkdirSync(above, { recursive: true })
    await systemRun('cp', ['-a', await made, folder], { cwd: '/', env: process.env })
    return folder
  }
}

export async function connect(server: Admin, overrides: pg.ClientConfig = {}): Promise<pg.Client> {
  const { host, port, user, password } = server
  const client = new pg.Client({ host, port, user, password, database: 'postgres', ...overrides })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** One query on a connection of its own. */
export async function query(server: Admin, sql: string, overrides: pg.ClientConfig = {}): Promise<Record<string, unknown>[]> {
  const client = await connect(server, overrides)
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** A process that has ended keeps its number until its parent has looked, which is the system's business here. */
export const alive = (pid: number): Promise<boolean> => ports.processes.alive(pid)

/** The error of ours that it fails with. */
export const failureOf = async (work: Promise<unknown>): Promise<UserError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof UserError)) throw new Error(`it did not fail as it should: ${error}`)
  return error
}
