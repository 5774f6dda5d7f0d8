import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Compose, composeOf, interpolate, rendered } from './testing/compose.ts'

describe('a value of the blueprint is a value of the container', () => {
  const withValue = (value: string): string =>
    `project: shop\nregion: us-east-1\nservices: { web: { image: nginx, environment: { VALUE: ${JSON.stringify(value)}, "null": "x", yes: "y" } } }\n`

  const HOSTILE = [
    '${POSTGRES_PASSWORD}',
    '$HOME $$ $',
    '${X:?no}',
    'no',
    '012',
    '1_000',
    '2026-11-21',
    '12:30:45',
    '~',
    'null',
    '',
    ' a: b # c',
    '"\n  injected: true\n"',
    "'{{ }}' & * ! | > % @ `",
    'line\u2028line\u0085line\ufeff',
    'a\tb\r\nc\n',
    '\u{1f600} é',
    `${'long word '.repeat(60)}end`,
  ]

  test.each(HOSTILE)('%j', (value) => {
    for (const version of ['1.1', '1.2'] as const) {
      const read = (parse(rendered(withValue(value)), { version }) as Compose).services['web']?.environment ?? {}
      expect(Object.keys(read).filter((name) => !name.includes('_'))).toEqual(['VALUE', 'null', 'yes'])
      expect(interpolate(read['VALUE'] ?? '')).toBe(value)
    }
  })

  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (drawn) => {
        const value = drawn.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '$')
        const read = composeOf(withValue(value)).services['web']?.environment['VALUE'] ?? ''
        expect(interpolate(read)).toBe(value)
      }),
      { numRuns: 200 },
    )
  })

  test('half a character is replaced: no environment can hold it', () => {
    expect(composeOf(withValue('a\ud800b')).services['web']?.environment['VALUE']).toBe('a\ufffdb')
  })

  test('what other readers of YAML take for the end of a line is escaped', () => {
    expect(rendered(withValue('a\u2028b\u0085c\ufeff'))).toContain('"a\\u2028b\\u0085c\\ufeff"')
  })
})
