import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSource } from './source.ts'

const anyCharacter = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))

function problems(text: string): string[] {
  return readSource(text).mistakes.map(({ line, column, problem }) => `${line}:${column} ${problem}`)
}

describe('what is not plain YAML is located', () => {
  test.each([
    ['an open list', 'a: [1\nb: 2', /^2:1 not YAML: Flow sequence/],
    ['an open quote', 'a: 1\nb: "x\nc: 2', /not YAML: Missing closing "quote/],
    ['a tab as indentation', 'a:\n\tb: 1', /^2:1 found a tab in the indentation, allowed: spaces$/],
    ['a key that stands twice', 'a: 1\nb: 2\na: 3', /^3:1 found a key that the mapping already holds, allowed: each key once$/],
    ['a second document', 'a: 1\n---\nb: 2', /^2:1 found a second document/],
    ['a tag', 'a: !!js/function x', /^1:4 found a tag, allowed: plain YAML without tags/],
    ['a number as key', 'a: 1\n2: b', /^2:1 found a key that is "2", allowed: texts; write it in quotes$/],
    ['a list as key', '? [a]\n: b', /^1:3 found a key that is not a text/],
    ['a merge key', 'a: &x { b: 1 }\nc:\n  <<: *x', /^3:3 found a merge key "<<"/],
    ['an alias without anchor', 'a: *x', /^1:4 found the alias "\*x" of an anchor that does not exist$/],
    ['an alias inside its anchor', 'a: &x { b: *x }', /^1:12 found the alias "\*x" inside its own anchor$/],
    ['a NUL character', 'a: 1\nb: \0', /^2:4 found a NUL character/],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toEqual([expect.stringMatching(expected)])
  })

  test('several at once', () => {
    expect(problems('a: 1\na: 2\nb: *x\nb: !t 3')).toHaveLength(4)
  })
})

describe('data', () => {
  test('texts, numbers, lists, mappings and aliases', () => {
    const { data, mistakes } = readSource('a: &x [1, no, "2"]\nb: *x\nc: { d: null, e: true }\n')
    expect(mistakes).toEqual([])
    expect(data).toEqual({ a: [1, 'no', '2'], b: [1, 'no', '2'], c: { d: null, e: true } })
  })

  test('a byte order mark and Windows line ends change nothing', () => {
    const source = readSource('\ufeffa: 1\r\nb:\r\n  c: 2\r\n')
    expect(source.data).toEqual({ a: 1, b: { c: 2 } })
    expect(source.locate(['b', 'c'])).toEqual({ line: 3, column: 6 })
  })

  test.each(['', '\n\n', '# nothing\n', 'null'])('nothing in %j', (text) => {
    expect(readSource(text).data ?? null).toBeNull()
  })
})

describe('places', () => {
  const source = readSource('a:\n  - b: 1\n    c: { d: 2 }\ne: &x\n  f: 3\ng: *x\n')

  test.each([
    [['a', 0, 'b'], { line: 2, column: 8 }],
    [['a', 0, 'c', 'd'], { line: 3, column: 13 }],
    [['e', 'f'], { line: 5, column: 6 }],
    [['g'], { line: 6, column: 4 }],
    [['g', 'f'], { line: 5, column: 6 }],
  ])('value of %j', (path, place) => {
    expect(source.locate(path)).toEqual(place)
  })

  test('the key of a value', () => {
    expect(source.locate(['a', 0, 'c', 'd'], 'key')).toEqual({ line: 3, column: 10 })
  })

  test('what is missing stands where the nearest part around it stands', () => {
    expect(source.locate(['a', 0, 'c', 'z', 'y'])).toEqual({ line: 3, column: 5 })
    expect(source.locate(['z'])).toEqual({ line: 1, column: 1 })
  })
})

describe('hostile texts', () => {
  test.each([
    ['brackets', '['.repeat(60_000)],
    ['mappings in one line', '{a: '.repeat(16_000)],
    ['lists in lists', '- '.repeat(30_000)],
    ['keys in keys', '? '.repeat(30_000)],
    ['empty keys', ': '.repeat(30_000)],
  ])('nested %s are refused before they are composed', (_, text) => {
    expect(problems(text)).toEqual(['1:1 nested too deeply, allowed: at most 20 levels'])
  })

  test('aliases that multiply', () => {
    const levels = Array.from(
      { length: 12 },
      (_, index) => `${'abcdefghijklmn'[index + 1]}: &l${index + 1} [${Array(9).fill(`*l${index}`).join(', ')}]`,
    )
    const text = `a: &l0 [x, x, x]\n${levels.join('\n')}\n`
    expect(problems(text)).toEqual([expect.stringMatching(/found more than 5000 values, counting what aliases repeat$/)])
    expect(readSource(text).data).toBeUndefined()
  })

  test('too long, and too many values', () => {
    expect(problems('a'.repeat(70_000))).toEqual(['1:1 found 70000 characters, allowed: at most 65536'])
    expect(problems('- 1\n'.repeat(6000))).toEqual(['1:1 found 6001 values, allowed: at most 5000'])
  })

  test('__proto__ is refused and reaches no prototype', () => {
    const { data, mistakes } = readSource(
      '__proto__: { polluted: 1 }\na:\n  "__proto__": { polluted: 1 }\n  constructor: { prototype: { polluted: 1 } }\n',
    )
    expect(mistakes.map((mistake) => `${mistake.line}:${mistake.column}`)).toEqual(['1:1', '3:3'])
    expect(Object.getPrototypeOf(data)).toBeNull()
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('any text at all is read without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab:-[]{}*&!|>"\'#,?% \n\t\r'), maxLength: 60 }), (text) => void readSource(text)),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 60 }), (text) => void readSource(text)),
      { numRuns: 100 },
    )
  })
})
