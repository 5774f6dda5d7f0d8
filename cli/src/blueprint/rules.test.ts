import { describe, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { parseBlueprint } from './parse.ts'

const head = 'project: shop\nregion: us-east-1\n'
const web = '  web: { build: services/web, port: 3000, route: / }\n'

/** The paths and findings of a blueprint with these sections; empty when it is right. */
function findings(sections: string): string[] {
  try {
    parseBlueprint(head + sections, 'f')
    return []
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim().replace(/^f:/, ''))
  }
}

const service = (text: string): string[] => findings(`services:\n  web: { ${text} }\n`)
const withDatabase = (text: string): string[] => findings(`services:\n${web}database: { ${text} }\n`)
const environment = (text: string, more = ''): string[] => findings(`services:\n${web}${more}environments:\n  staging: { ${text} }\n`)

describe('services', () => {
  test('at least one', () => {
    expect(findings('services: {}\n')).toEqual(['3:11 services: found no service, allowed: at least one'])
  })

  test('an image or a folder, not both, not none', () => {
    expect(service('image: nginx')).toEqual([])
    expect(service('build: a, image: nginx')).toEqual(['4:27 services.web.image: found both build and image, allowed: one of them'])
    expect(service('port: 1')).toEqual(['4:3 services.web: found neither build nor image, allowed: one of them'])
    expect(service('build: null, image: ')).toEqual(['4:3 services.web: found neither build nor image, allowed: one of them'])
    expect(service('image: nginx, start: node x')).toEqual([
      '4:31 services.web.start: found start without build, allowed: start with build',
    ])
  })

  test('a route needs a port, a port needs no route', () => {
    expect(service('build: a, port: 80')).toEqual([])
    expect(service('build: a, route: /')).toEqual(['4:27 services.web.route: found a route without a port, allowed: a route with port'])
  })

  test('routes are unique', () => {
    expect(findings(`services:\n${web}  api: { build: a, port: 1, route: / }\n`)).toEqual([
      '5:36 services.api.route: found "/", allowed: a route other than that of web',
    ])
  })

  test('at most forty routes, sixty services', () => {
    const many = (count: number, more: string) =>
      `services:\n${Array.from({ length: count }, (_, i) => `  s${i}: { build: a, port: 1${more.replace('#', String(i))} }\n`).join('')}`
    expect(findings(many(40, ', route: /r#'))).toEqual([])
    expect(findings(many(41, ', route: /r#'))).toEqual(['4:3 services: found 41 services with a route, allowed: at most 40'])
    expect(findings(many(60, ''))).toEqual([])
    expect(findings(many(61, ''))).toEqual(['4:3 services: found 61 services, allowed: at most 60'])
  })

  test.each(['migrations', 'public', 'database', 'constructor'])('%s is a reserved name', (name) => {
    expect(findings(`services:\n  ${name}: { build: a }\n`)).toEqual([
      expect.stringContaining(`4:3 services.${name}: found the reserved name "${name}"`),
    ])
  })

  test('database: true needs the section', () => {
    expect(service('build: a, database: true')).toHaveLength(1)
    expect(findings('services:\n  web: { build: a, database: true }\ndatabase: {}\n')).toEqual([])
  })

  test.each(['PORT', 'PUBLIC_URL', 'DATABASE_URL', 'DEVTOOL_ENV', 'DEVTOOL_X', 'PGHOST', 'PGX', 'WEB_URL', 'MY_API_URL'])(
    '%s cannot be given',
    (name) => {
      expect(findings(`services:\n  web: { build: a, environment: { ${name}: x } }\n  my-api: { build: a }\n`)).toEqual([
        expect.stringContaining(`services.web.environment.${name}: found a name that DevTool sets itself`),
      ])
    },
  )

  test.each(['OTHER_URL', 'port', 'APORT', 'XPGHOST', 'PUBLIC_URLS'])('%s can', (name) => {
    expect(service(`build: a, environment: { ${name}: x }`)).toEqual([])
  })

  test('at most a hundred variables', () => {
    const variables = Array.from({ length: 101 }, (_, index) => `A${index}: x`).join(', ')
    expect(service(`build: a, environment: { ${variables} }`)).toEqual([
      expect.stringContaining('found 101 variables, allowed: at most 100'),
    ])
  })

  test('sizes that Fargate offers', () => {
    expect(service('build: a, size: { cpu: 512, memory: 2048 }')).toEqual([])
    expect(service('build: a, size: { cpu: 300, memory: 512 }')).toEqual([
      expect.stringContaining('4:33 services.web.size.cpu: found the number 300'),
    ])
    expect(service('build: a, size: { memory: 4096 }')).toEqual([
      expect.stringContaining('services.web.size.memory: found the number 4096'),
    ])
  })

  test('min is at most max, the default counts', () => {
    expect(service('build: a, count: { min: 2, max: 2 }')).toEqual([])
    expect(service('build: a, count: { min: 2 }')).toEqual(['4:27 services.web.count: found min 2 and max 1, allowed: min at most max'])
  })
})

describe('database', () => {
  test('migrations have an image or a folder', () => {
    expect(withDatabase('migrations: { image: nginx }')).toEqual([])
    expect(withDatabase('migrations: {}')).toEqual([expect.stringContaining('database.migrations: found neither build nor image')])
    expect(withDatabase('migrations: { image: a, start: b }')).toEqual([
      expect.stringContaining('database.migrations.start: found start without build'),
    ])
  })

  test.each(['m/seed.sql', './m/seed.sql', 'm/a/b.sql'])('the seed %s lies inside the folder of the migrations', (seed) => {
    expect(withDatabase(`migrations: { build: ./m/ }, seed: ${seed}`)).toEqual([])
  })

  test.each(['seed.sql', 'migrations/seed.sql', 'm', 'm/'])('the seed %s does not', (seed) => {
    expect(withDatabase(`migrations: { build: m }, seed: ${seed}`)).toEqual([
      expect.stringContaining(`database.seed: found "${seed}", allowed: a file inside "m"`),
    ])
  })

  test('a seed without a folder of migrations', () => {
    expect(withDatabase('seed: a.sql')).toEqual([expect.stringContaining('database.seed: found a seed without migrations')])
    expect(withDatabase('seed: a.sql, migrations: { image: a }')).toEqual([
      expect.stringContaining('database.seed: found a seed without migrations'),
    ])
    expect(withDatabase('seed: a.sql, migrations: { build: . }')).toEqual([])
  })
})

describe('environments', () => {
  test.each(['platform', 'constructor'])('%s is a reserved name', (name) => {
    expect(findings(`services:\n${web}environments:\n  ${name}: {}\n`)).toEqual([
      expect.stringContaining(`environments.${name}: found the reserved name`),
    ])
  })

  test('pinned, domain, database and alerts need a template of their own', () => {
    const settings = 'pinned: true, domain: a.example.com, database: { storage: 30 }, alerts: a@example.com'
    expect(environment(`template: dedicated, ${settings}`, 'database: {}\n')).toEqual([])
    expect(environment(settings, 'database: {}\n').map((line) => /staging\.(\w+)/.exec(line)?.[1])).toEqual([
      'pinned',
      'domain',
      'database',
      'alerts',
    ])
  })

  test('overrides of a database that is not there', () => {
    expect(environment('template: dedicated, database: { storage: 30 }')).toEqual([
      expect.stringContaining('environments.staging.database: found database'),
    ])
  })

  test('overrides of services that are not there', () => {
    expect(environment('services: { wbe: {} }')).toEqual([
      expect.stringMatching(/environments.staging.services.wbe: found a service .* did you mean web\?$/),
    ])
    expect(environment('services: { constructor: {} }')).toHaveLength(1)
  })

  test('overrides are judged by what they make of the service', () => {
    expect(environment('services: { web: { count: { min: 2, max: 3 }, size: { cpu: 512, memory: 1024 } } }')).toEqual([])
    expect(environment('services: { web: { count: { min: 2 } } }')).toEqual([
      expect.stringContaining('environments.staging.services.web.count: found min 2 and max 1'),
    ])
    expect(environment('services: { web: { size: { cpu: 1024 } } }')).toEqual([
      expect.stringContaining('services.web.size.memory: found the number 512'),
    ])
    expect(environment('services: { web: { environment: { PGHOST: x } } }')).toEqual([
      expect.stringContaining('services.web.environment.PGHOST'),
    ])
  })

  test('only what can differ can be overridden', () => {
    expect(environment('services: { web: { build: x } }')).toEqual([
      expect.stringContaining('build: found an unknown key, allowed: environment, size, count'),
    ])
  })

  test('no domain twice', () => {
    const named = (name: string, domain: string) => `  ${name}: { template: dedicated, domain: ${domain} }\n`
    const text = `domain: p.example.com\nservices:\n${web}environments:\n${named('a', 'a.example.com')}${named('b', 'a.example.com')}${named('c', 'p.example.com')}`
    expect(findings(text)).toEqual([
      expect.stringContaining('environments.b.domain: found "a.example.com", allowed: a domain other than that of a'),
      expect.stringContaining('environments.c.domain: found "p.example.com", allowed: a domain other than that of the previews'),
    ])
  })
})
