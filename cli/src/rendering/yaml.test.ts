import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { PINS, pinned, TERRAFORM } from './pins.ts'
import { literal, plain, yamlText } from './yaml.ts'

describe('yamlText', () => {
  test('whatever the text, YAML reads it back, on one line', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('yes', '1e3', '- a', 'a: b # c', '\u2028', '\ufeff', "'", '"'),
    )
    fc.assert(
      fc.property(text, (given) => {
        fc.pre(!given.includes('${{'))
        const written = yamlText(given)
        expect(written.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(1)
        expect(parse(`key: ${written}\n`)).toEqual({ key: given })
      }),
      { numRuns: 200 },
    )
  })

  test('no expression', () => expect(() => yamlText('a ${{ github.token }}')).toThrow('it holds an expression'))
})

describe('literal', () => {
  test.each([
    ['preview', "'preview'"],
    ["it's", "'it''s'"],
    ["' || true || '", "''' || true || '''"],
    ['a: b/c', "'a: b/c'"],
  ])('%j', (text, written) => expect(literal(text)).toBe(written))

  test.each(['${{ x', 'x }} y', 'a\nb', 'a\u2028b', '\0'])('refuses %j', (text) => expect(() => literal(text)).toThrow(/could not write/))
})

describe('plain', () => {
  test.each(['shop', 'node cli/bin/devtool.js', '../node_modules/.bin/devtool', '7200', 'release/2.x'])('%j', (text) =>
    expect(plain(text)).toBe(text),
  )

  test.each(['', ' a', 'a ', 'a  b', 'a\nb', 'a;b', 'a$b', 'a"b', "a'b", 'a#b', 'a: b', '`a`', 'a&b', 'a|b', '{a}', '*', '${{ a }}'])(
    'refuses %j',
    (text) => expect(() => plain(text)).toThrow(/without quotes/),
  )
})

describe('pins', () => {
  test('are whole commits with a whole version', () => {
    for (const [action, { commit, version }] of Object.entries(PINS)) {
      expect([commit, version]).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/), expect.stringMatching(/^v\d+\.\d+\.\d+$/)])
      expect(pinned(action)).toBe(`${action}@${commit} # ${version}`)
    }
  })

  test('an action that nobody has looked at is refused', () => expect(() => pinned('actions/cache')).toThrow('no pin for the action'))

  test('Terraform is the one that the tests of this repository run', () => {
    const toolchain = readFileSync(new URL('../../../scripts/toolchain/terraform.mjs', import.meta.url), 'utf8')
    expect(toolchain).toContain(`terraformVersion = '${TERRAFORM.version}'`)
    expect(toolchain).toContain(`linux_amd64: '${TERRAFORM.sha256}'`)
  })
})
