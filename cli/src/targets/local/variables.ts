import { urlVariable } from '../../blueprint/forms.ts'
import type { LocalDatabase, LocalMigrations, LocalService, LocalSpec } from './spec.ts'

/** Where things answer on this machine at the moment. */
export interface Addresses {
  /** Of the router. */
  router: number
  /** Of the project's Postgres; null where the blueprint has no database. */
  postgres: number | null
}

export function environmentUrl(name: string, router: number): string {
  return `http://${name}.localhost:${router}`
}

export function serviceUrl(spec: { name: string }, route: string, router: number): string {
  return `${environmentUrl(spec.name, router)}${route === '/' ? '' : route}`
}

/** What a service receives, as in every target: docs/configuration.md. */
export function serviceVariables(
  spec: LocalSpec,
  service: LocalService,
  addresses: Addresses,
  port: number | null,
): Record<string, string> {
  return {
    ...spec.inherited,
    ...service.environment,
    ...sharedVariables(spec, addresses),
    ...(service.database ? databaseVariables(spec.database, addresses) : {}),
    ...(port === null ? {} : { PORT: String(port) }),
  }
}

export function migrationVariables(spec: LocalSpec, migrations: LocalMigrations, addresses: Addresses): Record<string, string> {
  return {
    ...spec.inherited,
    ...sharedVariables(spec, addresses),
    ...databaseVariables(spec.database, addresses),
    ...(migrations.seed === null ? {} : { DEVTOOL_SEED: migrations.seed }),
  }
}

function sharedVariables(spec: LocalSpec, { router }: Addresses): Record<string, string> {
  const urls = spec.services.flatMap(({ name, route }): [string, string][] =>
    route === null ? [] : [[urlVariable(name), serviceUrl(spec, route, router)]],
  )
  return {
    DEVTOOL_ENV: spec.name,
    ...(spec.commit === null ? {} : { DEVTOOL_COMMIT: spec.commit }),
    PUBLIC_URL: environmentUrl(spec.name, router),
    ...Object.fromEntries(urls),
  }
}

/** Loopback only, so without TLS. */
function databaseVariables(database: LocalDatabase | null, { postgres }: Addresses): Record<string, string> {
  if (database === null || postgres === null) return {}
  const { name, role, password } = database
  return {
    PGHOST: '127.0.0.1',
    PGPORT: String(postgres),
    PGDATABASE: name,
    PGUSER: role,
    PGPASSWORD: password,
    PGSSLMODE: 'disable',
    DATABASE_URL: `postgres://${role}:${password}@127.0.0.1:${postgres}/${name}?sslmode=disable`,
  }
}
