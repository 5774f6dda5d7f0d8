import { Document, isMap, isScalar, Scalar } from 'yaml'
import type { ResolvedBlueprint, Service } from '../blueprint/blueprint.ts'
import { urlVariable } from '../blueprint/forms.ts'
import { routedServices } from '../blueprint/resolve.ts'
import { databaseName } from '../environment/names.ts'
import { caddyfile, routerName, routerPort } from './compose-router.ts'
import { withHeader } from './header.ts'

/** No service of a blueprint may have these names (blueprint/rules.ts), nor that of the router. */
const DATABASE = 'database'
const MIGRATIONS = 'migrations'

const PUBLISHED = '${DEVTOOL_PORT:-8080}'
const PASSWORD = '${POSTGRES_PASSWORD:?write it to .env as the first lines of this file say}'

/** Only digits and letters: the password becomes part of a URL, and nothing in a Compose file could escape it there. */
export function passwordStep(file: string): string {
  return `openssl rand -hex 24 | sed 's/^/POSTGRES_PASSWORD=/' >> ${file}`
}

export interface ComposeOptions {
  /** From the folder of the Compose file to that of the blueprint, such as `.` or `../shop`. */
  root: string
}

/** A value as it is: what Compose would put in for `$` is kept from it. A lone surrogate is in no environment and in no file. */
function text(value: string): Scalar<string> {
  return quoted(value.replaceAll('$', '$$$$').replace(/\p{Surrogate}/gu, '\ufffd'))
}

/** Always in quotes: what is a number, a date or `no` depends on who reads the file. With `$` it is put in by Compose. */
function quoted(value: string): Scalar<string> {
  const scalar = new Scalar(value)
  scalar.type = 'QUOTE_DOUBLE'
  return scalar
}

function block(value: string): Scalar<string> {
  const scalar = new Scalar(value.replaceAll('$', '$$$$'))
  scalar.type = 'BLOCK_LITERAL'
  return scalar
}

function texts(values: Record<string, string>): Record<string, Scalar<string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]))
}

/** What every service receives. The address of another service is that of the router in the network, which `localhost` is not in a container. */
function sharedVariables(blueprint: ResolvedBlueprint): Record<string, Scalar<string>> {
  const addresses = routedServices(blueprint.services).map(([name, { route }]): [string, Scalar<string>] => [
    urlVariable(name),
    text(`http://${routerName}:${routerPort}${route === '/' ? '' : route}`),
  ])
  return {
    DEVTOOL_ENV: text('local'),
    DEVTOOL_COMMIT: quoted('${DEVTOOL_COMMIT:-unknown}'),
    PUBLIC_URL: quoted(`http://localhost:${PUBLISHED}`),
    ...Object.fromEntries(addresses.sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

function databaseVariables({ project }: ResolvedBlueprint): Record<string, Scalar<string>> {
  const name = databaseName(project, 'local')
  return {
    ...texts({ PGHOST: DATABASE, PGPORT: '5432', PGDATABASE: name, PGUSER: name, PGSSLMODE: 'disable' }),
    PGPASSWORD: quoted(PASSWORD),
    DATABASE_URL: quoted(`postgres://${name}:${PASSWORD}@${DATABASE}:5432/${name}?sslmode=disable`),
  }
}

function imageOf({ build, image }: { build: string | null; image: string | null }, { root }: ComposeOptions): object {
  if (build === null) return { image: text(image ?? '') }
  const base = root.startsWith('.') ? root : `./${root}`
  return { build: { context: text(build === '.' ? base : `${base}/${build}`), dockerfile: 'Dockerfile' } }
}

/** As the task definitions have it (modules/ecs-service). A health check is the image's own: another image may have neither shell nor curl. */
function container(size: Service['size'], restart: string): object {
  // Docker refuses to start what asks for more processors than the machine has
  const cpus = size.cpu > 1024 ? {} : { cpus: text(String(size.cpu / 1024)) }
  return {
    init: true,
    read_only: true,
    tmpfs: ['/tmp'],
    stop_grace_period: '5s',
    restart: text(restart),
    deploy: { resources: { limits: { ...cpus, memory: text(`${size.memory}M`) } } },
  }
}

function services(blueprint: ResolvedBlueprint, options: ComposeOptions): [string, object][] {
  const migrated = blueprint.database !== null && blueprint.database.migrations !== null
  const ready = migrated
    ? { [MIGRATIONS]: { condition: 'service_completed_successfully' } }
    : { [DATABASE]: { condition: 'service_healthy' } }
  return Object.entries(blueprint.services).map(([name, service]) => {
    const database = service.database && blueprint.database !== null
    const environment = {
      ...sharedVariables(blueprint),
      ...(database ? databaseVariables(blueprint) : {}),
      ...(service.port === null ? {} : { PORT: text(String(service.port)) }),
      ...texts(service.environment),
    }
    const waits = database ? { depends_on: ready } : {}
    return [name, { ...imageOf(service, options), ...waits, environment, ...container(service.size, 'unless-stopped') }]
  })
}

function migrations(blueprint: ResolvedBlueprint, options: ComposeOptions): [string, object][] {
  const { migrations = null, seed = null } = blueprint.database ?? {}
  if (migrations === null) return []
  // the blueprint holds the seed to be inside the folder that becomes the image
  const inside = seed === null ? null : seed.slice(migrations.build === '.' ? 0 : `${migrations.build}/`.length)
  const environment = {
    ...sharedVariables(blueprint),
    ...databaseVariables(blueprint),
    ...(inside === null ? {} : { DEVTOOL_SEED: text(inside) }),
  }
  const waits = { depends_on: { [DATABASE]: { condition: 'service_healthy' } } }
  return [[MIGRATIONS, { ...imageOf(migrations, options), ...waits, environment, ...container({ cpu: 256, memory: 512 }, 'no') }]]
}

/** Data of another major version cannot be read: each has a volume of its own. The image keeps it elsewhere since 18. */
function postgres({ project, database }: ResolvedBlueprint): { service: [string, object][]; volumes: object } {
  if (database === null) return { service: [], volumes: {} }
  const major = Number.parseInt(database.version, 10)
  const volume = `postgres-${major}`
  const name = databaseName(project, 'local')
  const service = {
    image: text(`docker.io/library/postgres:${major}`),
    environment: { ...texts({ POSTGRES_USER: name, POSTGRES_DB: name }), POSTGRES_PASSWORD: quoted(PASSWORD) },
    volumes: [`${volume}:/var/lib/postgresql${major < 18 ? '/data' : ''}`],
    // over TCP: while it sets itself up the server listens on a socket only
    healthcheck: {
      test: ['CMD', 'pg_isready', '--quiet', '--host', '127.0.0.1', '--username', name, '--dbname', name],
      interval: '2s',
      timeout: '3s',
      retries: 30,
    },
    stop_grace_period: '30s',
    restart: text('unless-stopped'),
  }
  return { service: [[DATABASE, service]], volumes: { volumes: { [volume]: {} } } }
}

/** Not read-only: Compose copies the configuration into the container, which Docker refuses to do to one that is. */
function router(blueprint: ResolvedBlueprint): { service: [string, object][]; configs: object } {
  const routed = routedServices(blueprint.services).map(([name]) => name)
  if (routed.length === 0) return { service: [], configs: {} }
  const service = {
    image: 'docker.io/library/caddy:2-alpine',
    depends_on: routed.sort(),
    ports: [quoted(`127.0.0.1:${PUBLISHED}:${routerPort}`)],
    configs: [{ source: 'routes', target: '/etc/caddy/Caddyfile' }],
    init: true,
    tmpfs: ['/config', '/data'],
    stop_grace_period: '5s',
    restart: text('unless-stopped'),
    deploy: { resources: { limits: { memory: '128M' } } },
  }
  return { service: [[routerName, service]], configs: { configs: { routes: { content: block(caddyfile(blueprint.services)) } } } }
}

/** An empty line before each key but the first. */
function setApart(node: unknown): void {
  if (!isMap(node)) return
  for (const { key } of node.items.slice(1)) if (isScalar(key)) key.spaceBefore = true
}

function usage(blueprint: ResolvedBlueprint): string {
  const first = [
    '# Before the first start, once; .env stays out of git. The volume keeps the password that it was made with.',
    `#   ${passwordStep('.env')}`,
  ]
  const lines = [
    ...(blueprint.database === null ? [] : first),
    '# Start:    docker compose up --build      then open http://localhost:8080 (another port: DEVTOOL_PORT=8081)',
    '# Stop:     docker compose down            with --volumes the database goes, too',
    '# Change:   in compose.override.yaml; this file is written again by "devtool export compose".',
    '# Needs Docker Compose 2.23.1 or later. A second checkout beside it: COMPOSE_PROJECT_NAME and DEVTOOL_PORT of its own.',
  ]
  return `${lines.join('\n')}\n`
}

/**
 * The blueprint as a Compose file. Pure, and every value of the blueprint goes through `text`. Characters that an older YAML takes for the end of a
 * line, or that no YAML allows, are written as escapes: they can only stand inside double quotes.
 */
export function renderCompose(blueprint: ResolvedBlueprint, options: ComposeOptions): string {
  const { service: database, volumes } = postgres(blueprint)
  const { service: front, configs } = router(blueprint)
  const all = [...front, ...services(blueprint, options), ...migrations(blueprint, options), ...database]
  const content = { name: text(blueprint.project), services: Object.fromEntries(all), ...volumes, ...configs }
  const document = new Document(content, { version: '1.1' })
  setApart(document.contents)
  setApart(document.get('services'))
  const yaml = document
    .toString({ lineWidth: 0, doubleQuotedAsJSON: true, directives: false })
    .replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return withHeader('compose', `${usage(blueprint)}\n${yaml}`)
}
