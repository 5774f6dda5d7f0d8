import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Blueprint, blueprint as schema } from '../blueprint/blueprint.ts'
import { resolveBlueprint } from '../blueprint/resolve.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { render } from './render.ts'
import { viewOf } from './view.ts'

/** What an environment is made of decides what can go wrong with it: these hold the lists down. */

const options = { modulesPath: '../../modules' }

const shop: Blueprint = schema.parse({
  project: 'shop',
  region: 'us-east-1',
  domain: 'preview.example.com',
  services: {
    web: { build: 'services/web', port: 3001, route: '/' },
    api: { build: 'services/api', port: 3000, route: '/api', database: true },
    ticker: { image: 'docker.io/acme/ticker:1' },
  },
  database: { migrations: { build: 'services/migrations' }, seed: 'services/migrations/seed.sql' },
})

const preview: EnvironmentDocument = {
  schema: 1,
  name: 'brave-otter',
  project: 'shop',
  template: 'preview',
  target: 'aws',
  pinned: false,
  repository: 'acme/shop',
  pullRequest: 17,
  branch: 'main',
  commit: null,
  ttl: '72h',
  modules: null,
  images: {},
}
const dedicated: EnvironmentDocument = { ...preview, template: 'dedicated' }
const platform: EnvironmentDocument = { ...preview, name: 'platform', template: 'platform', pinned: true }

function terraform(document: EnvironmentDocument, blueprint = shop): string {
  const files = render(resolveBlueprint(blueprint, null), document, options).filter(({ path }) => path.endsWith('.tf'))
  return files.map(({ content }) => content).join('\n')
}

const all = (text: string, pattern: RegExp): string[] => [...new Set([...text.matchAll(pattern)].map(([, found = '']) => found))].sort()
const modulesOf = (document: EnvironmentDocument, blueprint?: Blueprint): string[] =>
  all(terraform(document, blueprint), /source = "\.\.\/\.\.\/modules\/([a-z-]+)"/g)
const resourcesOf = (document: EnvironmentDocument): string[] => all(terraform(document), /^resource "([a-z_]+)"/gm)

describe('a preview', () => {
  test('is three modules and nothing beside them [P14]', () => {
    expect(modulesOf(preview)).toEqual(['database', 'ecs-service', 'migrations'])
    expect(resourcesOf(preview)).toEqual([])
  })

  test.each([
    ['no network, security group or role of its own [18][19][30][P8][P16]', ['vpc', 'roles']],
    ['no load balancer and no certificate of its own [26][P15]', ['alb']],
    ['no cluster and no log group of its own [25]', ['ecs-cluster']],
    ['no database instance of its own [P12]', ['rds']],
    ['no image repository of its own [23]', ['ecr']],
  ])('has %s', (_, modules) => {
    for (const module of modules) {
      expect(modulesOf(preview)).not.toContain(module)
      expect(modulesOf(platform)).toContain(module)
    }
  })

  test('without a domain brings its load balancer, and still no network', () =>
    expect(modulesOf(preview, { ...shop, domain: null })).toEqual(['alb', 'database', 'ecs-service', 'migrations']))

  test('has a database and a role of its own in the shared instance [P22]', () => {
    const names = [preview, { ...preview, name: 'calm-heron' }].map((document) => viewOf(resolveBlueprint(shop, null), document, options))
    expect(names.map(({ database }) => database?.name)).toEqual(['shop_brave_otter', 'shop_calm_heron'])
    expect(terraform(preview)).toMatch(/module "database" \{[\s\S]*?\n {2}role += "shop_brave_otter"\n/)
  })

  test('reads what others made by three data sources and no state, and nothing of itself [27]', () =>
    expect(all(terraform(preview), /^data "([a-z_]+)"/gm)).toEqual(['aws_caller_identity', 'aws_partition', 'aws_ssm_parameter']))

  test('deletes its services by force, from birth [20]', () => {
    const services = terraform(preview)
      .split(/^module "service_/m)
      .slice(1)
    expect(services).toHaveLength(3)
    for (const service of services) expect(service).toMatch(/force_delete = true/)
  })

  test('has a task definition family of its own for each service: no two revisions are made at once in one [31]', () => {
    const { services } = viewOf(resolveBlueprint(shop, null), preview, options)
    expect(services.map(({ awsName }) => awsName)).toEqual(['shop-brave-otter-web', 'shop-brave-otter-api', 'shop-brave-otter-ticker'])
  })
})

describe('what comes and goes', () => {
  test('holds no function in a network: its interfaces would hold the subnets for most of an hour [18]', () => {
    expect(modulesOf(dedicated)).not.toContain('database-admin')
    expect(modulesOf(platform)).toContain('database-admin')
  })

  test('has its database unprotected from birth: such flags act from the state [22]', () => {
    expect(terraform(dedicated)).toMatch(/module "database" \{[\s\S]*?\n {2}protected += false\n\}/)
    expect(terraform(dedicated)).not.toContain('deletion_protection')
  })

  test("keeps no images of its own: repositories are the platform's [23]", () => {
    expect(modulesOf(dedicated)).not.toContain('ecr')
    expect(modulesOf(platform)).toContain('ecr')
  })

  test('locks by the bucket alone: no deprecated argument that would speak into the outputs [7]', () => {
    for (const document of [preview, dedicated, platform]) {
      expect(terraform(document)).toContain('use_lockfile = true')
      expect(terraform(document)).not.toContain('dynamodb')
    }
  })
})

/** As the services' API references have it. */
const LIMITS = {
  loadBalancer: /^(?!internal-)[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
  targetGroup: /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
  service: /^[a-zA-Z0-9_-]{1,255}$/,
  /** An RDS instance; longest of what modules append to the prefix: `-final`, `-pg17`. */
  database: /^(?!.*--)[a-z][a-z0-9-]{0,56}[a-z0-9]$/,
  /** A role, at most 64 with the longest that modules append: `-execution`, `-flow-logs`. */
  role: /^[\w+=,.@-]{1,54}$/,
  function: /^[a-zA-Z0-9-_]{1,64}$/,
  postgres: /^[a-z][a-z0-9_]{0,56}$/,
}

describe('whatever a project, an environment and a service are called', () => {
  const part = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/)
  const words = (longest: number) =>
    fc.array(part, { minLength: 1, maxLength: 4 }).map((some) => some.join('-').slice(0, longest).replace(/-$/, ''))
  const projects = fc.oneof(
    words(20).filter((name) => name.length > 1),
    fc.constantFrom('internal', 'internal-x', 'p'.repeat(20)),
  )
  const names = fc.oneof(words(24), fc.constantFrom('n'.repeat(24), 'a'))

  test('each name is one that AWS takes [29]', () => {
    fc.assert(
      fc.property(projects, names, fc.uniqueArray(words(20), { minLength: 1, maxLength: 3 }), (project, name, services) => {
        const web = { build: 'web', port: 80 }
        const given = schema.parse({
          project,
          region: 'us-east-1',
          services: Object.fromEntries(services.map((service, index) => [service, { ...web, route: `/${index}` }])),
          database: {},
        })
        const view = viewOf(resolveBlueprint(given, null), { ...dedicated, project, name }, options)
        expect(view.loadBalancerName).toMatch(LIMITS.loadBalancer)
        expect(view.prefix).toMatch(LIMITS.database)
        expect(view.prefix).toMatch(LIMITS.role)
        expect(view.platform.adminName).toMatch(LIMITS.function)
        expect(view.database?.name).toMatch(LIMITS.postgres)
        for (const { awsName, route } of view.services) {
          expect(awsName).toMatch(LIMITS.service)
          expect(route?.targetGroupName).toMatch(LIMITS.targetGroup)
        }
        expect(new Set(view.services.map(({ route }) => route?.targetGroupName)).size).toBe(view.services.length)
      }),
      { numRuns: 500, seed: 29 },
    )
  })
})
