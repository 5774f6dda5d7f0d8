import { describe, expect, test } from 'vitest'
import { inspectFile } from './header.ts'
import { type Container, composeOf, interpolate, rendered, sample } from './testing/compose.ts'

function service(blueprint: string, name: string): Container {
  const found = composeOf(blueprint).services[name]
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

describe('the sample', () => {
  test('builds its services and gives each what it receives everywhere', () => {
    const { build, environment } = service(sample, 'web')
    expect(build).toEqual({ context: './services/web', dockerfile: 'Dockerfile' })
    expect(environment).toEqual({
      DEVTOOL_ENV: 'local',
      DEVTOOL_COMMIT: '${DEVTOOL_COMMIT:-unknown}',
      PUBLIC_URL: 'http://localhost:${DEVTOOL_PORT:-8080}',
      API_URL: 'http://public:8080/api',
      WEB_URL: 'http://public:8080',
      PORT: '3001',
    })
  })

  test('runs as its task definitions do', () => {
    expect(service(sample, 'api')).toMatchObject({
      init: true,
      read_only: true,
      tmpfs: ['/tmp'],
      stop_grace_period: '5s',
      restart: 'unless-stopped',
      deploy: { resources: { limits: { cpus: '0.25', memory: '512M' } } },
    })
  })

  test('starts the API after the migrations, and those after the database', () => {
    const { services } = composeOf(sample)
    expect(services['api']?.depends_on).toEqual({ migrations: { condition: 'service_completed_successfully' } })
    expect(services['migrations']?.depends_on).toEqual({ database: { condition: 'service_healthy' } })
    expect(services['migrations']).toMatchObject({ restart: 'no', environment: { DEVTOOL_SEED: 'seed.sql', PGHOST: 'database' } })
    expect(services['database']?.['healthcheck']).toMatchObject({ test: expect.arrayContaining(['CMD', 'pg_isready', '127.0.0.1']) })
    expect(services['web']).not.toHaveProperty('depends_on')
    for (const name of ['web', 'api', 'migrations']) expect(services[name]).not.toHaveProperty('healthcheck')
  })

  test('has no password; without one it does not start, and says where it belongs', () => {
    const { PGPASSWORD = '', DATABASE_URL = '' } = service(sample, 'api').environment
    expect(interpolate(PGPASSWORD, { POSTGRES_PASSWORD: 'secret' })).toBe('secret')
    expect(interpolate(DATABASE_URL, { POSTGRES_PASSWORD: 'secret' })).toBe(
      'postgres://shop_local:secret@database:5432/shop_local?sslmode=disable',
    )
    expect(() => interpolate(PGPASSWORD)).toThrow('POSTGRES_PASSWORD is missing a value: write it to .env')
    expect(service(sample, 'web').environment).not.toHaveProperty('PGPASSWORD')
    expect(rendered(sample)).toMatch(/^# {3}openssl rand -hex 24 .*>> \.env$/m)
  })

  test('publishes one loopback port', () => {
    const { services } = composeOf(sample)
    const ports = Object.entries(services).flatMap(([name, { ports = [] }]) => (ports as string[]).map((port) => [name, port]))
    expect(ports).toEqual([['public', '127.0.0.1:${DEVTOOL_PORT:-8080}:8080']])
  })

  test('is a file that devtool knows again', () => {
    const text = rendered(sample)
    expect(inspectFile(text)).toMatchObject({ generated: true, edited: false })
    expect(inspectFile(text.replace('seed.sql', 'other.sql'))).toMatchObject({ generated: true, edited: true })
    expect(rendered(sample)).toBe(text)
  })
})

describe('the router', () => {
  const routes = (blueprint: string): string => interpolate(composeOf(blueprint).configs?.routes.content ?? '')

  test('asks the longest route first, takes what is below a route and nothing that only begins like it', () => {
    const text = routes(`project: shop
region: us-east-1
services:
  web: { image: nginx, port: 80, route: / }
  api: { image: nginx, port: 3000, route: /api }
  api-v1: { image: nginx, port: 3001, route: /api/v1.0 }
`)
    const lines = text.split('\n').map((line) => line.trim())
    const proxies = lines.filter((line) => line.startsWith('reverse_proxy'))
    expect(proxies).toEqual(['reverse_proxy @api-v1 api-v1:3001 {', 'reverse_proxy @api api:3000 {', 'reverse_proxy web:80 {'])
    const matcher =
      lines
        .find((line) => line.startsWith('@api-v1 '))
        ?.split(' ')
        .at(-1) ?? ''
    const takes = (uri: string): boolean => new RegExp(matcher).test(uri)
    expect(['/api/v1.0', '/api/v1.0?x', '/api/v1.0/y'].map(takes)).toEqual([true, true, true])
    expect(['/api/v1x0', '/api/v1.0y', '/x/api/v1.0', '/api/v1.0%2Fy', '/API/v1.0'].map(takes)).toEqual([false, false, false, false, false])
  })

  test('answers for this machine only, and for nothing that has no route', () => {
    expect(routes(sample)).toContain('@foreign_host not host localhost *.localhost 127.0.0.1 public\n')
    expect(routes(sample)).toContain('respond "no such route" 404')
  })

  test('is not there when nothing is routed', () => {
    const { services, configs } = composeOf('project: shop\nregion: us-east-1\nservices: { worker: { image: "busybox:1" } }\n')
    expect(Object.keys(services)).toEqual(['worker'])
    expect(configs).toBeUndefined()
  })
})

describe('other blueprints', () => {
  const small = (more: string): string => `project: shop\nregion: us-east-1\n${more}`

  test('a worker from an image, without a database', () => {
    const text = small('services: { worker: { image: "ghcr.io/acme/worker:7" } }\n')
    expect(service(text, 'worker')).toMatchObject({ image: 'ghcr.io/acme/worker:7' })
    expect(service(text, 'worker')).not.toHaveProperty('build')
    expect(service(text, 'worker').environment).not.toHaveProperty('PORT')
    expect(composeOf(text)).not.toHaveProperty('volumes')
    expect(rendered(text)).not.toContain('POSTGRES_PASSWORD')
  })

  test('a database without migrations is waited for itself', () => {
    const text = small('services: { api: { image: nginx, database: true }, web: { image: nginx } }\ndatabase: { version: "16" }\n')
    expect(service(text, 'api').depends_on).toEqual({ database: { condition: 'service_healthy' } })
    expect(composeOf(text).services).not.toHaveProperty('migrations')
  })

  test.each([
    ['17.4', 'docker.io/library/postgres:17', 'postgres-17:/var/lib/postgresql/data'],
    ['18', 'docker.io/library/postgres:18', 'postgres-18:/var/lib/postgresql'],
  ])('Postgres %s has a volume of its major version', (version, image, volume) => {
    const text = small(`services: { api: { image: nginx, database: true } }\ndatabase: { version: "${version}" }\n`)
    expect(service(text, 'database')).toMatchObject({ image, volumes: [volume] })
    expect(Object.keys(composeOf(text).volumes ?? {})).toEqual([volume.split(':')[0]])
  })

  test('more than one processor is not asked for', () => {
    const limits = service(small('services: { big: { image: nginx, size: { cpu: 4096, memory: 8192 } } }\n'), 'big').deploy?.resources
      .limits
    expect(limits).toEqual({ memory: '8192M' })
  })

  test.each([
    ['.', 'services/web', './services/web'],
    ['..', 'services/web', '../services/web'],
    ['shop', 'services/web', './shop/services/web'],
    ['../my $shop', '.', '../my $shop'],
  ])('from %s, %s is built in %s', (folder, build, context) => {
    const { services } = composeOf(small(`services: { web: { build: ${build} } }\n`), folder)
    expect(interpolate(services['web']?.build?.context ?? '')).toBe(context)
  })

  test('a seed lies in the image of the migrations', () => {
    const text = (build: string, seed: string): string =>
      small(`services: { api: { image: nginx, database: true } }\ndatabase: { migrations: { build: ${build} }, seed: ${seed} }\n`)
    expect(service(text('db', './db/data/seed.sql'), 'migrations').environment['DEVTOOL_SEED']).toBe('data/seed.sql')
    expect(service(text('.', 'seed.sql'), 'migrations').environment['DEVTOOL_SEED']).toBe('seed.sql')
  })
})
