import { describe, expect, test } from 'vitest'
import { parseBlueprint } from './parse.ts'
import { resolveBlueprint, routedServices } from './resolve.ts'

const text = `project: shop
region: us-east-1
domain: preview.example.com
services:
  web: { build: services/web, port: 3001, route: / }
  api:
    build: services/api
    port: 3000
    route: /api
    environment: { LOG_LEVEL: info, MODE: a }
    count: { min: 1, max: 2 }
  zoo: { build: services/zoo, port: 1, route: /zoo }
  admin: { build: services/admin, port: 2, route: /adm }
  worker: { build: services/worker }
database: { storage: 30 }
environments:
  production:
    pinned: true
    template: dedicated
    domain: shop.example.com
    services: { api: { environment: { LOG_LEVEL: warn }, count: { max: 6 }, size: { memory: 1024 } } }
    database: { multiAz: true }
    alerts: ops@example.com
    modules: git::https://github.com/acme/devtool.git?ref=v1
  staging: {}
`
const blueprint = parseBlueprint(text, 'devtool.yaml')

describe('overrides', () => {
  test('a preview gets the blueprint as it is', () => {
    const preview = { ...blueprint, pinned: false, template: 'preview', hostname: null, alerts: null, modules: null }
    expect(resolveBlueprint(blueprint, null)).toEqual(preview)
    expect(resolveBlueprint(blueprint, 'calm-otter')).toEqual(preview)
    expect(resolveBlueprint(blueprint, 'staging')).toEqual(preview)
  })

  test('names of properties of objects are not environments', () => {
    expect(resolveBlueprint(blueprint, 'constructor').pinned).toBe(false)
    expect(resolveBlueprint(blueprint, '__proto__').pinned).toBe(false)
  })

  test('a named environment gets its own values, the others stay', () => {
    const production = resolveBlueprint(blueprint, 'production')
    expect(production).toMatchObject({
      pinned: true,
      template: 'dedicated',
      domain: 'shop.example.com',
      hostname: 'shop.example.com',
      alerts: 'ops@example.com',
      modules: 'git::https://github.com/acme/devtool.git?ref=v1',
    })
    expect(production.services['api']).toMatchObject({
      build: 'services/api',
      environment: { LOG_LEVEL: 'warn', MODE: 'a' },
      size: { cpu: 256, memory: 1024 },
      count: { min: 1, max: 6 },
    })
    expect(production.services['web']).toEqual(blueprint.services['web'])
    expect(production.database).toMatchObject({ storage: 30, multiAz: true, version: '17' })
  })

  test('the blueprint itself does not change', () => {
    resolveBlueprint(blueprint, 'production')
    expect(blueprint).toEqual(parseBlueprint(text, 'devtool.yaml'))
  })
})

test('routed services come longest route first, then by name', () => {
  expect(routedServices(blueprint.services).map(([name]) => name)).toEqual(['admin', 'api', 'zoo', 'web'])
})
