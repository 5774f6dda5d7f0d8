import { describe, expect, test } from 'vitest'
import type { Leaf } from './fields.ts'
import * as p from './patterns.ts'

const cases: [string, Leaf<string>, string[], string[]][] = [
  [
    'project',
    p.projectName,
    ['ab', 'shop', 'a-b-1', 'a'.repeat(20)],
    ['', 'a', 'A', 'a--b', 'a-', '-a', '1a', 'a_b', 'a'.repeat(21), 'ab\n'],
  ],
  ['service', p.serviceName, ['a', 'web', 'web-api', 'a'.repeat(20)], ['', 'Web', 'web-', 'a--b', '1', 'a'.repeat(21)]],
  [
    'environment',
    p.environmentNameLeaf,
    ['calm-otter', 'production', 'a1', 'a'.repeat(24)],
    ['calm_otter', 'a--b', '-a', 'a-', '1a', 'a'.repeat(25)],
  ],
  [
    'region',
    p.region,
    ['us-east-1', 'ap-southeast-2', 'us-gov-west-1', 'eusc-de-east-1'],
    ['us-east', 'US-EAST-1', 'us_east_1', 'us-east-1a', ''],
  ],
  [
    'domain',
    p.domainName,
    ['example.com', 'preview.example.com', 'a-b.example.co', 'xn--bcher-kva.example', 'a.xn--p1ai'],
    [
      'example',
      'Example.com',
      '.example.com',
      'example.com.',
      'a..com',
      '-a.com',
      'a-.com',
      '*.example.com',
      'https://a.com',
      '1.2.3.4',
      `${'a'.repeat(59)}.com`,
      '',
    ],
  ],
  [
    'email',
    p.email,
    ['ops@example.com', 'a.b+c@x.example.org'],
    ['ops', 'a@b', 'a b@example.com', 'a@example.com, b@example.com', '"a"@example.com'],
  ],
  [
    'path',
    p.relativePath,
    ['services/web', '.', './', './services/web/', 'a', '.github/x', 'a..b', 'a/./b', '..a'],
    ['', '..', '../a', 'a/..', 'a/../b', '/a', '-a', 'a/-b', 'a\\b', 'a b', '~/a', 'a//b', 'C:/a', 'a\0', 'a'.repeat(201)],
  ],
  [
    'image',
    p.imageReference,
    [
      'nginx',
      'nginx:1.29',
      'my_image:1',
      'docker.io/library/nginx:1.29-alpine',
      'localhost:5000/a/b:c',
      `ghcr.io/acme/web@sha256:${'0'.repeat(64)}`,
      `shop/web:1@sha256:${'a'.repeat(64)}`,
      'a'.repeat(400),
    ],
    ['', 'Nginx', 'nginx:', 'a b', 'https://x/y', 'nginx@sha256:123', '-nginx', 'a//b', 'a/${x}', 'a'.repeat(401)],
  ],
  [
    'route',
    p.routePath,
    ['/', '/api', '/api/v1', '/a.b-c_d~e', `/${'a'.repeat(99)}`],
    ['', 'api', '/api/', '//', '/a//b', '/*', '/a?', '/a b', '/..', '/a/../b', '/.', '/$x', '/a&b', `/${'a'.repeat(100)}`],
  ],
  ['health', p.healthPath, ['/', '/healthz', '/api/healthz/'], ['healthz', '/a b', '/a?x=1', '']],
  [
    'command',
    p.commandLine,
    ['node src/main.js', 'x', 'sh -c "a && b"'],
    ['', ' ', ' a', 'a ', 'a\nb', 'a\tb', 'a\u001bb', 'x'.repeat(501)],
  ],
  ['variable', p.variableName, ['A', 'a_1', '_x', 'LOG_LEVEL'], ['', '1A', 'A-B', 'A B', 'A=B', 'Ä']],
  ['value', p.variableValue, ['', 'a', 'a\nb', 'ü "${x}" %{y}', 'a\tb'], ['a\0', 'a\u001b', 'x'.repeat(4001)]],
  [
    'duration',
    p.duration,
    ['1m', '30m', '72h', '999h', '14d', '90d', '9999m'],
    ['', '0h', '1', 'h', '1w', '91d', '100d', '1000h', '10000m', '1.5h', '-1h', '01h', '1 h', '72H'],
  ],
  ['label', p.labelName, ['preview', 'env: preview', 'a', 'needs/preview'], ['', ' a', 'a ', 'a,b', 'a"b', 'x'.repeat(51)]],
  ['version', p.postgresVersion, ['15', '17', '17.4', '18'], ['14', '13', '9.6', '17.', '17.4.1', 'latest', '']],
  ['instance', p.instanceClass, ['db.t4g.micro', 'db.r8gd.48xlarge'], ['t4g.micro', 'db.t4g', 'db.t4g.micro ', 'DB.T4G.MICRO']],
  [
    'modules',
    p.moduleSource,
    ['git::https://github.com/acme/devtool.git?ref=v1.4.0', 'git::ssh://git@github.com/acme/devtool.git?ref=0123abc'],
    [
      'git::https://github.com/acme/devtool.git',
      'https://github.com/acme/devtool.git?ref=v1',
      'git::ext::sh -c x?ref=v1',
      'git::file:///etc?ref=v1',
      '../modules',
      'git::https://github.com/a.git?ref=v1&depth=1',
      'git::https://github.com/a.git?ref=--upload-pack=x',
      'git::https://github.com/a.git?ref=${x}',
    ],
  ],
]

describe.each(cases)('%s', (_, leaf, good, bad) => {
  test.each(good)('%j is allowed', (value) => {
    expect(leaf.schema.safeParse(value).success).toBe(true)
  })

  test.each(bad)('%j is refused with one sentence', (value) => {
    const parsed = leaf.schema.safeParse(value)
    expect(parsed.error?.issues.map((issue) => issue.message)).toEqual([leaf.allowed])
  })
})

test('a path is held in its shortest form', () => {
  expect(p.relativePath.schema.parse('./services/./web/')).toBe('services/web')
  expect(p.relativePath.schema.parse('./')).toBe('.')
})

test('no pattern takes long over a long text', () => {
  const texts = ['a', 'a.', 'a-', '/a', ' ', 'a/', 'a_', 'a@', '@a.'].flatMap((part) => [part.repeat(30_000), `${part.repeat(190)}!`])
  const started = performance.now()
  for (const [, leaf] of cases) for (const text of texts) leaf.schema.safeParse(text)
  expect(performance.now() - started).toBeLessThan(10_000)
})
