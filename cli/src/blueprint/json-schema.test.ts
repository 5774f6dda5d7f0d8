import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { smallestBlueprint } from '../../../scripts/docs/configuration.ts'
import { generateDocs, staleDocs, updateDocs } from '../../../scripts/docs/generate.ts'
import { parseBlueprint } from './parse.ts'

const docs = generateDocs()
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(JSON.parse(docs['devtool.schema.json'] ?? ''))

describe('generated documents', () => {
  test('the committed ones are up to date (npm run docs writes them)', () => {
    expect(staleDocs('.', docs)).toEqual([])
  })

  test('what is stale is written, and only named when it is to be checked', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'devtool-docs-'))
    try {
      expect(updateDocs(folder, docs, { check: true })).toEqual(['devtool.schema.json', 'docs/configuration.md'])
      expect(updateDocs(folder, docs, { check: false })).toEqual(['devtool.schema.json', 'docs/configuration.md'])
      expect(updateDocs(folder, docs, { check: false })).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('the example of the reference is a blueprint', () => {
    expect(parseBlueprint(smallestBlueprint, 'f').project).toBe('shop')
  })

  test('the reference names every key of the schema', () => {
    const keys = [
      ...JSON.stringify(JSON.parse(docs['devtool.schema.json'] ?? '')).matchAll(/"(\w+)":\{"(?:default|description|type)"/g),
    ].map((match) => match[1])
    const reference = docs['docs/configuration.md'] ?? ''
    expect(
      keys.filter((key) => key !== 'additionalProperties' && key !== 'propertyNames' && !reference.includes(`| \`${key}\` |`)),
    ).toEqual([])
    expect(keys.length).toBeGreaterThan(40)
  })
})

describe('the JSON Schema', () => {
  test('accepts the blueprint of this repository', () => {
    expect(validate(parse(readFileSync('devtool.yaml', 'utf8'))) ? [] : validate.errors).toEqual([])
  })

  test('accepts the smallest blueprint', () => {
    expect(validate(parse(smallestBlueprint))).toBe(true)
  })

  test.each([
    ['an unknown key', { projct: 'x' }],
    ['a wrong project', { project: 'A' }],
    ['a path outside the repository', { services: { web: { build: '../x' } } }],
    ['a port that is none', { services: { web: { build: 'a', port: 70000 } } }],
    ['a port as text', { services: { web: { build: 'a', port: '80' } } }],
    ['a wrong service name', { services: { Web: { build: 'a' } } }],
    ['an unknown template', { environments: { x: { template: 'big' } } }],
    ['a time to live without unit', { previews: { ttl: '72' } }],
    ['a time to live that is too long', { previews: { ttl: '100d' } }],
    ['a wrong variable name', { services: { web: { build: 'a', environment: { 'A-B': 'x' } } } }],
  ])('refuses %s', (_, change) => {
    expect(validate({ ...parse(smallestBlueprint), ...change })).toBe(false)
  })

  test('says what every key means and allows', () => {
    const { properties } = JSON.parse(docs['devtool.schema.json'] ?? '')
    expect(properties.region.description).toBe(
      'AWS region of the platform and of every environment. Allowed: the name of an AWS region, such as eu-central-1.',
    )
    expect(docs['devtool.schema.json']).not.toContain('"allowed"')
  })
})
