import path from 'node:path'
import type { Service } from '../../blueprint/blueprint.ts'
import { databaseName } from '../../environment/names.ts'
import { UsageError } from '../../errors.ts'
import type { Root } from '../target.ts'

/** What the supervisor keeps running for one environment; kept as a file, so that it can be started again. */
export interface LocalSpec {
  schema: 1
  name: string
  project: string
  /** The checkout that the services run in. */
  root: string
  commit: string | null
  /** ISO 8601 in UTC; null: never. */
  expiresAt: string | null
  /** What the services get of the environment of the command that applied them, such as PATH. */
  inherited: Record<string, string>
  database: LocalDatabase | null
  services: LocalService[]
}

export interface LocalDatabase {
  name: string
  role: string
  password: string
}

export interface LocalService {
  name: string
  /** A command line for the shell. */
  start: string
  folder: string
  /** Whether it listens on `PORT`. */
  listens: boolean
  route: string | null
  health: string
  database: boolean
  environment: Record<string, string>
}

export interface LocalMigrations {
  start: string
  folder: string
  /** Relative to the folder. */
  seed: string | null
}

const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS']

export function makeSpec(
  root: Root,
  options: { variables: Readonly<Record<string, string | undefined>>; expiresAt: string | null; password: string },
): LocalSpec {
  const { blueprint, document } = root
  const database = databaseName(document.project, document.name)
  return {
    schema: 1,
    name: document.name,
    project: document.project,
    root: root.repository,
    commit: document.commit,
    expiresAt: options.expiresAt,
    inherited: Object.fromEntries(
      INHERITED.flatMap((name) => (options.variables[name] === undefined ? [] : [[name, options.variables[name]]])),
    ),
    database: blueprint.database === null ? null : { name: database, role: database, password: options.password },
    services: Object.entries(blueprint.services).map(([name, service]) => localService(root, name, service)),
  }
}

function localService(root: Root, name: string, service: Service): LocalService {
  return {
    name,
    ...runnable(root, `services.${name}`, service),
    listens: service.port !== null,
    route: service.route,
    health: service.health,
    database: service.database,
    environment: service.environment,
  }
}

export function migrationsOf(root: Root): LocalMigrations | null {
  const { database } = root.blueprint
  if (database?.migrations == null) return null
  const { start, folder } = runnable(root, 'database.migrations', database.migrations)
  const seed = database.seed === null ? null : path.relative(folder, path.join(root.repository, database.seed))
  return { start, folder, seed }
}

function runnable(root: Root, key: string, source: { build: string | null; start: string | null }): { start: string; folder: string } {
  if (source.start === null || source.build === null) {
    throw new UsageError(`could not run ${key} on this machine: it has no ${source.start === null ? 'start' : 'build'}`, {
      hint: `${key} in devtool.yaml needs build, the folder of its code, and start, the command that runs it there; images are for target aws`,
    })
  }
  return { start: source.start, folder: path.join(root.repository, source.build) }
}
