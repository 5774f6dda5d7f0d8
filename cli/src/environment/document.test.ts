import { describe, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { type EnvironmentDocument, parseDocument } from './document.ts'

const document: EnvironmentDocument = {
  schema: 1,
  name: 'calm-otter',
  project: 'shop',
  template: 'preview',
  target: 'aws',
  pinned: false,
  repository: 'acme/shop',
  pullRequest: 7,
  branch: 'feature/queue',
  commit: '0123456789abcdef0123456789abcdef01234567',
  ttl: '72h',
  modules: null,
  images: { web: 'shop/web:0123456', migrations: `shop/migrations@sha256:${'a'.repeat(64)}` },
}

function write(changes: Record<string, unknown> = {}): string {
  return `${JSON.stringify({ ...document, ...changes }, undefined, 2)}\n`
}

function mistakes(text: string): string[] {
  try {
    parseDocument(text, 'envs/x/environment.json')
  } catch (error) {
    if (error instanceof UsageError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.replace('  envs/x/environment.json:', ''))
    throw error
  }
  return []
}

describe('a right document', () => {
  test('comes back as it was written', () => {
    expect(parseDocument(write(), 'f')).toEqual(document)
  })

  test('null where there is none', () => {
    const nothing = { repository: null, pullRequest: null, branch: null, commit: null, ttl: null, modules: null, images: {} }
    expect(parseDocument(write(nothing), 'f')).toEqual({ ...document, ...nothing })
  })

  test('the platform has the reserved name, and no other environment', () => {
    expect(mistakes(write({ template: 'platform', name: 'platform' }))).toEqual([])
    expect(mistakes(write({ template: 'platform' }))).toEqual([
      '3:11 name: found "calm-otter", allowed: "platform" with the template platform',
    ])
    expect(mistakes(write({ name: 'platform' }))).toEqual(['3:11 name: found "platform", allowed: a name that is not reserved'])
  })

  test('the ids of the repository stand with the platform, and nowhere else', () => {
    const github = { repositoryId: 1_296_269, ownerId: 9_919, subject: 'immutable' }
    const platform = { template: 'platform', name: 'platform', github }
    expect(mistakes(write(platform))).toEqual([])
    expect(mistakes(write({ ...platform, github: { ...github, dedicatedPreviews: true } }))).toEqual([])
    const refused = /^\d+:\d+ github: found a mapping, allowed: nothing, but for the platform of a known repository$/
    expect(mistakes(write({ ...platform, repository: null }))).toEqual([expect.stringMatching(refused)])
    expect(mistakes(write({ github }))).toEqual([expect.stringMatching(refused)])
    expect(mistakes(write({ ...platform, github: { ...github, subject: 'any', repositoryId: 0 } }))).toHaveLength(2)
  })

  test('a pinned environment has no end', () => {
    expect(mistakes(write({ pinned: true, ttl: null }))).toEqual([])
    expect(mistakes(write({ pinned: true }))).toEqual(['12:10 ttl: found "72h", allowed: null, as a pinned environment never expires'])
  })
})

describe('mistakes are located', () => {
  test('all of them at once', () => {
    expect(
      mistakes(write({ name: 'Calm', template: 'x', commit: 'zz', pullRequest: 0, images: { web: 'a b' }, extra: 1 })).map((line) =>
        line.replace(/, allowed.*/, ''),
      ),
    ).toEqual([
      '3:11 name: found "Calm"',
      '5:15 template: found "x"',
      '9:18 pullRequest: found the number 0',
      '11:13 commit: found "zz"',
      '15:12 images.web: found "a b"',
      '17:3 extra: found an unknown key',
    ])
  })

  test.each([
    ['', '1:1 found an empty file, allowed: an object that describes an environment'],
    ['[]', '1:1 found a list, allowed: an object that describes an environment'],
    ['{ "schema": 1,\n "schema": 1 }', '2:2 found a key that the mapping already holds, allowed: each key once'],
    ['schema: 1\n', expect.stringMatching(/ not JSON, allowed: JSON without comments$/)],
    ['{ "schema": 1, }', expect.stringMatching(/ not JSON, allowed: JSON without comments$/)],
    ['{ "schema": 1', expect.stringMatching(/^1:\d+ not /)],
    ['<<<<<<< HEAD\n{}', expect.stringMatching(/^\d+:\d+ not /)],
    ['{ "__proto__": { "polluted": 1 } }', '1:3 found the key "__proto__", which is not allowed'],
  ])('%j', (text, expected) => {
    expect(mistakes(text)[0]).toEqual(expected)
  })

  test('an unknown version of the schema', () => {
    expect(mistakes(write({ schema: 2 }))).toEqual(['2:13 schema: found the number 2, allowed: the schema version 1'])
  })

  test.each([
    ['branch', 'a b'],
    ['branch', 'a\u001b[2J'],
    ['repository', 'acme'],
    ['repository', '../../etc'],
    ['commit', 'HEAD'],
    ['ttl', 'never'],
    ['modules', '../modules'],
    ['images', { Web: 'nginx' }],
    ['images', { web: '${aws_secret.x}' }],
    ['target', 'gcp'],
  ])('%s: %j is refused', (key, value) => {
    expect(mistakes(write({ [key]: value }))).toHaveLength(1)
  })

  test('the hint says how to get a right one', () => {
    expect(() => parseDocument('{}', 'f')).toThrow(
      expect.objectContaining({ exitCode: 2, hint: expect.stringContaining('devtool env create') }),
    )
  })
})
