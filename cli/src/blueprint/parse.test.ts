import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { parseBlueprint } from './parse.ts'

const smallest = 'project: shop\nregion: us-east-1\nservices:\n  web:\n    build: services/web\n'

function failure(text: string): UsageError {
  try {
    parseBlueprint(text, 'devtool.yaml')
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error('expected a mistake')
}

/** The mistakes of a text, without the name of the file. */
function mistakes(text: string): string[] {
  return failure(text)
    .message.split('\n')
    .slice(1)
    .map((line) => line.replace('  devtool.yaml:', ''))
}

describe('a right blueprint', () => {
  test('the smallest one has every default', () => {
    expect(parseBlueprint(smallest, 'devtool.yaml')).toEqual({
      project: 'shop',
      region: 'us-east-1',
      domain: null,
      architecture: 'amd64',
      services: {
        web: {
          build: 'services/web',
          image: null,
          start: null,
          port: null,
          route: null,
          health: '/healthz',
          database: false,
          environment: {},
          size: { cpu: 256, memory: 512 },
          count: { min: 1, max: 1 },
        },
      },
      database: null,
      previews: { label: 'preview', ttl: '72h', limit: 20 },
      environments: {},
    })
  })

  test('that of this repository', () => {
    const { services, database, environments } = parseBlueprint(readFileSync('devtool.yaml', 'utf8'), 'devtool.yaml')
    expect(Object.keys(services)).toEqual(['web', 'api'])
    expect(services['api']).toMatchObject({
      port: 3000,
      route: '/api',
      health: '/api/healthz',
      database: true,
      environment: { LOG_LEVEL: 'info' },
    })
    expect(database).toMatchObject({
      engine: 'postgres',
      version: '17',
      size: 'db.t4g.micro',
      storage: 20,
      seed: 'services/migrations/seed.sql',
    })
    expect(environments['production']).toEqual({
      pinned: true,
      template: 'dedicated',
      domain: 'shop.example.com',
      services: { api: { count: { min: 2, max: 6 } } },
      database: { size: 'db.t4g.small', storage: 50, multiAz: true },
      alerts: 'ops@example.com',
      modules: null,
    })
  })

  test('aliases, empty optional values and other spellings of a path', () => {
    const text = `${smallest.replace('services/web', './services/web/')}    environment: &e { A: "1" }\n    route:\n  api: { image: nginx, environment: *e }\ndomain:\n`
    const { services, domain } = parseBlueprint(text, 'devtool.yaml')
    expect(domain).toBeNull()
    expect(services['web']).toMatchObject({ build: 'services/web', route: null })
    expect(services['api']).toMatchObject({ environment: { A: '1' } })
  })

  test('a service may be called like a property of objects', () => {
    const { services } = parseBlueprint(`${smallest}  valueof: { build: a }\n`, 'devtool.yaml')
    expect(Object.keys(services)).toEqual(['web', 'valueof'])
  })
})

describe('every mistake at once', () => {
  const text = `projct: shop
region: mars
services:
  web:
    build: ../x
    prot: 80
    port: "80"
    route: /api/
    environment: { PORT: "1", FOO: 2 }
  api:
    build: a
    image: b
    route: /x
    size: { cpu: 1024 }
    database: true
    count: { min: 5, max: 2 }
environments:
  production:
    pinned: true
    services: { ap: {} }
    ttl: x
  Prod: {}
previews: { ttl: 100d }
`

  test('each with place, path, what was found and what is allowed', () => {
    expect(mistakes(text)).toEqual([
      '1:1 project: found nothing, allowed: 2 to 20 lower-case letters, digits and single hyphens, starting with a letter and not ending with a hyphen',
      '1:1 projct: found an unknown key, allowed: project, region, domain, architecture, services, database, previews, environments; did you mean project?',
      '2:9 region: found "mars", allowed: the name of an AWS region, such as eu-central-1',
      '5:12 services.web.build: found "../x", allowed: a path inside the repository, relative to devtool.yaml, without .. and of letters, digits, . _ @ + - and /',
      '6:5 services.web.prot: found an unknown key, allowed: build, image, start, port, route, health, database, environment, size, count; did you mean port?',
      '7:11 services.web.port: found "80", allowed: a whole number from 1 to 65535',
      '8:12 services.web.route: found "/api/", allowed: a path that starts with / and does not end with one, of letters, digits and - . _ ~, without wildcards, such as / or /api',
      '9:20 services.web.environment.PORT: found a name that DevTool sets itself, allowed: any but PORT, PUBLIC_URL, DATABASE_URL, DEVTOOL_*, PG* and <SERVICE>_URL',
      '9:36 services.web.environment.FOO: found a number, allowed: a text of at most 4000 characters, in quotes where YAML would read a number, true or false',
      '12:12 services.api.image: found both build and image, allowed: one of them',
      '13:12 services.api.route: found a route without a port, allowed: a route with port',
      '14:5 services.api.size.memory: found the number 512, allowed on Fargate: 2048 to 8192 in steps of 1024 with cpu 1024',
      '15:15 services.api.database: found true without a database, allowed: true when the blueprint has a database section',
      '16:12 services.api.count: found min 5 and max 2, allowed: min at most max',
      '19:13 environments.production.pinned: found true, allowed: true with template: dedicated',
      '20:17 environments.production.services.ap: found a service that the blueprint does not have, allowed: web, api; did you mean api?',
      '21:5 environments.production.ttl: found an unknown key, allowed: pinned, template, domain, services, database, alerts, modules',
      '22:3 environments.Prod: found the name "Prod", allowed: 1 to 24 lower-case letters, digits and single hyphens, starting with a letter and not ending with a hyphen',
      '23:18 previews.ttl: found "100d", allowed: a whole number and a unit: 1m to 9999m, 1h to 999h or 1d to 90d, such as 72h',
    ])
  })

  test('is one usage error that points to the reference', () => {
    const error = failure(text)
    expect(error.exitCode).toBe(2)
    expect(error.message).toMatch(/^could not read devtool.yaml: 19 mistakes\n/)
    expect(error.hint).toBe('docs/configuration.md describes every key')
  })

  test('a duplicate key does not hide the others', () => {
    expect(mistakes(`${smallest}region: x\n`)).toEqual([
      '6:1 found a key that the mapping already holds, allowed: each key once',
      '6:9 region: found "x", allowed: the name of an AWS region, such as eu-central-1',
    ])
  })
})

describe('files that are no blueprint', () => {
  test.each([
    ['', '1:1 found an empty file, allowed: a mapping with project, region and services'],
    ['# nothing\n', '1:1 found an empty file, allowed: a mapping with project, region and services'],
    ['- a\n', '1:1 found a list, allowed: a mapping with project, region and services'],
    ['shop', '1:1 found "shop", allowed: a mapping with project, region and services'],
    ['\n\n42', '3:1 found the number 42, allowed: a mapping with project, region and services'],
    ['project: shop\n\tregion: x', expect.stringMatching(/^2:1 /)],
    ['project: [shop', expect.stringMatching(/^1:15 not YAML: /)],
  ])('%j', (text, expected) => {
    expect(mistakes(text)[0]).toEqual(expected)
  })

  test('wrong types in every place', () => {
    const wrong = 'project: [a]\nregion: { a: b }\nservices:\n  web: nginx\ndatabase: postgres\npreviews: []\nenvironments: 3\n'
    expect(mistakes(wrong).map((line) => line.replace(/, allowed.*/, ''))).toEqual([
      '1:10 project: found a list',
      '2:9 region: found a mapping',
      '4:8 services.web: found "nginx"',
      '5:11 database: found "postgres"',
      '6:11 previews: found a list',
      '7:15 environments: found the number 3',
    ])
  })
})

describe('hostile blueprints', () => {
  test('prototypes stay what they are', () => {
    const text = `${smallest}    environment: { __proto__: x, constructor: y }\n  constructor: { build: a }\n__proto__: { polluted: true }\n`
    expect(mistakes(text)).toEqual([
      '6:20 services.web.environment: found the key "__proto__", which is not allowed',
      '7:3 services.constructor: found the reserved name "constructor", allowed: any name but migrations, public, database, constructor',
      '8:1 found the key "__proto__", which is not allowed',
    ])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('values of variables may be secret and are not shown', () => {
    const secret = 'hunter2hunter2'
    const { message } = failure(`${smallest}    environment:\n      A: "${secret}\\x01"\n      B: [${secret}]\n      C: 20240101\n`)
    expect(message).not.toContain(secret)
    expect(message).not.toContain('20240101')
  })

  test('what is shown cannot steer a terminal', () => {
    const message = failure(`project: "\\e[2Jx"\n"\\e]0;x\\a": 1\nregion: "\\u202e"\nservices: {}\n`).message
    expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  })

  test('thousands of mistakes are counted, not all told', () => {
    const keys = Array.from({ length: 2000 }, (_, index) => `x${index}: 1`).join('\n')
    const list = mistakes(`${smallest}${keys}\n`)
    expect(list).toHaveLength(101)
    expect(list.at(-1)).toMatch(/and 1900 more/)
  })

  test('any text gives a blueprint or a usage error', () => {
    const word = fc.constantFrom(
      'project',
      'region',
      'services',
      'web',
      'build',
      'environments',
      'size',
      'database',
      '&a',
      '*a',
      '{',
      '}',
      '[',
      ']',
      ':',
      '- ',
      '\n',
      '\n  ',
      ' ',
      '"',
      '1',
      'null',
      '__proto__',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        expect(failure(words.join('')).message).toMatch(/^could not read devtool.yaml: \d+ mistakes?\n/)
      }),
      { numRuns: 300 },
    )
  })
})
