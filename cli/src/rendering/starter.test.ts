import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseBlueprint } from '../blueprint/parse.ts'
import { dnsLabel, type FoundFolder, renderStarter } from './starter.ts'

const write = (...folders: FoundFolder[]): string =>
  renderStarter({ project: 'shop', region: 'eu-central-1', guessedRegion: false, folders })
const read = (...folders: FoundFolder[]) => parseBlueprint(write(...folders), 'devtool.yaml')
const folder = (name: string, port: number | null = null, command: string | null = null): FoundFolder => ({ folder: name, port, command })

describe('a starting blueprint', () => {
  test('of a web page, an API, a worker and migrations', () => {
    const text = write(
      folder('services/migrations'),
      folder('services/web', 3001, 'node main.js'),
      folder('services/api', 3000),
      folder('worker'),
    )
    expect(parseBlueprint(text, 'devtool.yaml')).toMatchObject({
      project: 'shop',
      region: 'eu-central-1',
      services: {
        web: { build: 'services/web', port: 3001, route: '/' },
        api: { build: 'services/api', port: 3000, route: '/api' },
        worker: { build: 'worker', port: null, route: null },
      },
      database: { migrations: { build: 'services/migrations' } },
      previews: { label: 'preview' },
      environments: {},
    })
    expect(text).toContain('    # start: node main.js #')
  })

  test('of nothing: a ready-made image', () => {
    expect(read().services).toMatchObject({ web: { image: 'docker.io/library/nginx:1.29', port: 80, route: '/', health: '/' } })
  })

  test('of a Dockerfile at the top', () => {
    expect(read(folder('.', 8080)).services).toMatchObject({ app: { build: '.', port: 8080, route: '/' } })
  })

  test('names are told apart, and none is reserved', () => {
    const found = [
      folder('a/api'),
      folder('b/api'),
      folder('database'),
      folder('b-api'),
      folder('Some_Long.Name-That-Goes-On'),
      folder('42'),
    ]
    expect(Object.keys(read(...found).services)).toEqual(['app', 'some-long-name-that', 'a-api', 'b-api', 'b-api-2', 'database-2'])
  })

  test('what a blueprint does not take is left out', () => {
    expect(Object.keys(read(folder('my service', 1), folder('a/../b'), folder('-x'), folder('$(id)'), folder('ok', 2)).services)).toEqual([
      'ok',
    ])
  })

  test('whatever is found, the parser takes it, and the same bytes come out', () => {
    const part = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('api', 'web', 'migrations', 'database', 'x'.repeat(40), '${{ x }}', "'", '#'),
    )
    const found = fc.record({
      folder: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
      port: fc.option(fc.integer({ min: 1, max: 65535 })),
      command: fc.option(fc.string({ unit: 'grapheme' })),
    })
    fc.assert(
      fc.property(fc.array(found, { maxLength: 80 }), (folders) => {
        const input = { project: 'shop', region: 'us-east-1', guessedRegion: true, folders }
        const text = renderStarter(input)
        expect(() => parseBlueprint(text, 'devtool.yaml')).not.toThrow()
        expect(renderStarter(input)).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['Hello-World', 'hello-world'],
    ['--a__b..c', 'a-b-c'],
    ['3d', 'd'],
    ['日本', ''],
    ['x'.repeat(19).concat('-y'), 'x'.repeat(19)],
  ])('%j as a name', (text, name) => expect(dnsLabel(text)).toBe(name))
})
