import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { formatPath, harmless, mistakesError, nearest, quote } from './mistakes.ts'

const anyCharacter = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))

describe('one error for all mistakes', () => {
  const mistake = (line: number, column: number, problem: string) => ({ line, column, path: ['a', 'b'], problem })

  test('in the order of the file, each once', () => {
    const error = mistakesError('x.yaml', [mistake(2, 9, 'late'), mistake(1, 5, 'early'), mistake(2, 9, 'late')], 'look there')
    expect(error).toBeInstanceOf(UsageError)
    expect(error.exitCode).toBe(2)
    expect(error.hint).toBe('look there')
    expect(error.message).toBe('could not read x.yaml: 2 mistakes\n  x.yaml:1:5 a.b: early\n  x.yaml:2:9 a.b: late')
  })

  test('one mistake is not called mistakes', () => {
    expect(mistakesError('x', [mistake(1, 1, 'p')], 'h').message).toMatch(/: 1 mistake\n/)
  })

  test('a file of mistakes does not fill the terminal', () => {
    const lines = mistakesError(
      'x',
      Array.from({ length: 5000 }, (_, line) => mistake(line + 1, 1, 'p')),
      'h',
    ).message.split('\n')
    expect(lines).toHaveLength(102)
    expect(lines.at(-1)).toBe('  and 4900 more')
  })
})

describe('did you mean', () => {
  const keys = ['build', 'image', 'start', 'port', 'route', 'health', 'database', 'environment', 'size', 'count']

  test.each([
    ['prot', 'port'],
    ['Port', 'port'],
    ['databse', 'database'],
    ['enviroment', 'environment'],
    ['rout', 'route'],
    ['heatlh', 'health'],
    ['sizes', 'size'],
  ])('%s means %s', (word, meant) => {
    expect(nearest(word, keys)).toBe(meant)
  })

  test.each(['replicas', 'x', 'command', ''])('%j means nothing', (word) => {
    expect(nearest(word, keys)).toBeUndefined()
  })

  test('a word of hostile length is not compared', () => {
    expect(nearest('p'.repeat(100_000), ['p'.repeat(100_000)])).toBeUndefined()
  })

  test('a word with one slip is found again', () => {
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.nat(), (word, at) => {
        const place = at % word.length
        expect(nearest(word.slice(0, place) + word.slice(place + 1), [word])).toBe(word)
      }),
    )
  })
})

describe('what a stranger wrote', () => {
  test('long texts are cut', () => {
    expect(quote('x'.repeat(100))).toBe(`"${'x'.repeat(57)}..."`)
  })

  test('cannot steer the terminal or turn its text around', () => {
    expect(quote('\u001b[2J\u009b2J\u202eabc')).toBe('"\\u001b[2J\\u009b2J\\u202eabc"')
    expect(harmless('a\rb')).toBe('a\\u000db')
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        expect(quote(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
      }),
    )
  })

  test('paths name plain words plainly', () => {
    expect(formatPath(['services', 'web', 0])).toBe('services.web.0')
    expect(formatPath(['a b', 'x\ny'])).toBe('"a b"."x\\ny"')
  })
})
