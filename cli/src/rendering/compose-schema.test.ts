import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Ajv } from 'ajv'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../tests/support/toolchain.ts'
import { type Compose, composeOf, rendered, sample } from './testing/compose.ts'

const require = createRequire(import.meta.url)

describe('the Compose specification', () => {
  let validate: (value: unknown) => boolean
  beforeAll(() => {
    // dclint carries the specification's own JSON Schema (github.com/compose-spec/compose-spec, schema/compose-spec.json, Apache-2.0)
    const folder = path.dirname(require.resolve('dclint/package.json'))
    const { $schema, ...schema } = JSON.parse(readFileSync(path.join(folder, 'schemas/compose.schema.json'), 'utf8'))
    expect([$schema, schema.title]).toEqual(['https://json-schema.org/draft-07/schema', 'Compose Specification'])
    const compiled = new Ajv({ strict: false, validateFormats: false }).compile(schema)
    validate = (value) => compiled(value)
  })

  const cases = ['preview', 'dedicated', 'worker', 'hostile', 'preview-without-database', 'dedicated-bare']
  test.each(cases)('takes the golden case %s', (name) => {
    const blueprint = readFileSync(path.join(root, 'cli/tests/golden/cases', name, 'devtool.yaml'), 'utf8')
    expect(validate(composeOf(blueprint))).toBe(true)
  })

  test('takes the sample, and nothing that was spoiled', () => {
    expect(validate(composeOf(sample))).toBe(true)
    const spoil: ((compose: Compose) => void)[] = [
      ({ services }) => Object.assign(services['web'] ?? {}, { comand: 'x' }),
      ({ services }) => Object.assign(services['web'] ?? {}, { read_only: [] }),
      ({ services }) => Object.assign(services['api'] ?? {}, { depends_on: { migrations: { condition: 'done' } } }),
      ({ services }) => Object.assign(services['api']?.environment ?? {}, { PORT: { number: 3000 } }),
      ({ services }) => Object.assign(services, { 'a b': {} }),
      ({ configs }) => Object.assign(configs?.routes ?? {}, { content: 7 }),
      (compose) => Object.assign(compose, { service: {} }),
    ]
    for (const change of spoil) {
      const compose = composeOf(sample)
      change(compose)
      expect(validate(compose), change.toString()).toBe(false)
    }
  })
})

const composePlugin = spawnSync('docker', ['compose', 'version'], { encoding: 'utf8' }).status === 0
if (composePlugin) {
  describe('docker compose itself', () => {
    const config = (file: string, env: Record<string, string>): ReturnType<typeof spawnSync> =>
      spawnSync('docker', ['compose', '-f', '-', 'config', '--format', 'json'], {
        input: file,
        encoding: 'utf8',
        cwd: root,
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      })

    test('takes the sample', () => {
      const { stdout } = config(rendered(sample), { POSTGRES_PASSWORD: 'secret' })
      const { services } = JSON.parse(String(stdout)) as Compose
      expect(services['api']?.environment['PGPASSWORD']).toBe('secret')
    })

    test('asks for the password', () => {
      expect(String(config(rendered(sample), {}).stderr)).toContain('write it to .env')
    })
  })
}
