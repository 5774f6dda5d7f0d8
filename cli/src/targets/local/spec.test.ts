import { describe, expect, test } from 'vitest'
import { parseBlueprint } from '../../blueprint/parse.ts'
import { resolveBlueprint } from '../../blueprint/resolve.ts'
import type { EnvironmentDocument } from '../../environment/document.ts'
import type { Root } from '../target.ts'
import { makeSpec, migrationsOf } from './spec.ts'
import { migrationVariables, serviceVariables } from './variables.ts'

const BLUEPRINT = `
project: shop
region: us-east-1
services:
  web: { build: services/web, start: node src/main.js, port: 3001, route: / }
  order-api: { build: services/api, start: npm start, port: 3000, route: /api, database: true, environment: { LOG_LEVEL: info } }
  worker: { build: services/worker, start: node worker.js }
database:
  migrations: { build: services/migrations, start: node src/main.js }
  seed: services/migrations/data/seed.sql
`

function rootOf(blueprint: string): Root {
  const document: EnvironmentDocument = {
    schema: 1,
    name: 'calm-otter',
    project: 'shop',
    template: 'preview',
    target: 'local',
    pinned: false,
    repository: null,
    pullRequest: null,
    branch: 'main',
    commit: 'c0ffee0000000000000000000000000000000000',
    ttl: '72h',
    modules: null,
    images: {},
  }
  const resolved = resolveBlueprint(parseBlueprint(blueprint, 'devtool.yaml'), null)
  return { name: 'calm-otter', document, blueprint: resolved, repository: '/home/ada/shop', rendering: null }
}

const variables = { PATH: '/bin', HOME: '/home/ada', AWS_SECRET_ACCESS_KEY: 'not for services', GITHUB_TOKEN: 'nor this' }
const addresses = { router: 7400, postgres: 5544 }
const spec = makeSpec(rootOf(BLUEPRINT), { variables, expiresAt: null, password: 'hunter2' })
const service = (name: string) => spec.services.find((candidate) => candidate.name === name) as (typeof spec.services)[number]

describe('what a service on this machine receives', () => {
  test('a service with a database', () => {
    expect(serviceVariables(spec, service('order-api'), addresses, 4001)).toEqual({
      PATH: '/bin',
      HOME: '/home/ada',
      LOG_LEVEL: 'info',
      PORT: '4001',
      DEVTOOL_ENV: 'calm-otter',
      DEVTOOL_COMMIT: 'c0ffee0000000000000000000000000000000000',
      PUBLIC_URL: 'http://calm-otter.localhost:7400',
      WEB_URL: 'http://calm-otter.localhost:7400',
      ORDER_API_URL: 'http://calm-otter.localhost:7400/api',
      PGHOST: '127.0.0.1',
      PGPORT: '5544',
      PGDATABASE: 'shop_calm_otter',
      PGUSER: 'shop_calm_otter',
      PGPASSWORD: 'hunter2',
      PGSSLMODE: 'disable',
      DATABASE_URL: 'postgres://shop_calm_otter:hunter2@127.0.0.1:5544/shop_calm_otter?sslmode=disable',
    })
  })

  test('a worker gets no port, and nothing of the database that it has not asked for', () => {
    const received = serviceVariables(spec, service('worker'), addresses, null)
    expect(Object.keys(received).filter((name) => /^(PORT|PG|DATABASE)/.test(name))).toEqual([])
  })

  test('migrations get the database and the seed below their folder', () => {
    const migrations = migrationsOf(rootOf(BLUEPRINT))
    expect(migrations).toEqual({ start: 'node src/main.js', folder: '/home/ada/shop/services/migrations', seed: 'data/seed.sql' })
    if (migrations === null) return
    const received = migrationVariables(spec, migrations, addresses)
    expect(received).toMatchObject({ DEVTOOL_SEED: 'data/seed.sql', PGDATABASE: 'shop_calm_otter', DEVTOOL_ENV: 'calm-otter' })
  })
})

test('what has an image and no start cannot run here, and it is said which', () => {
  const blueprint = BLUEPRINT.replace('{ build: services/worker, start: node worker.js }', '{ image: "ghcr.io/acme/worker:7" }')
  expect(() => makeSpec(rootOf(blueprint), { variables, expiresAt: null, password: '' })).toThrow(
    'could not run services.worker on this machine: it has no start',
  )
})
