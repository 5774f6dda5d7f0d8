import fc from 'fast-check'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import { COMMENT_MARKER, renderComment, renderSummary } from './comment.ts'
import { code, cutMiddle, fence, httpAddress, link, plain } from './comment-escape.ts'
import type { Report } from './comment-report.ts'
import { day, duration } from './comment-time.ts'

const html = (markdown: string): string =>
  micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] })
const tags = (markdown: string): string[] => html(markdown).match(/<\/?[a-z][^>\s]*|<!--/g) ?? []
/** What GitHub looks for mentions and references in. */
const prose = (markdown: string): string => html(markdown).replaceAll(/<(pre|code|a)\b.*?<\/\1>/gs, '')

const TRAPS = [
  '@octocat',
  '@acme/owners',
  '#1',
  'acme/shop#1',
  'GH-1',
  'https://github.com/acme/shop/issues/1',
  'www.example.com',
  'x@example.com',
  '<b>',
  '</details>',
  '<!--',
  '-->',
  '<script>alert(1)</script>',
  '&lt;',
  '&#64;octocat',
  '```',
  '~~~',
  '`',
  '``````````````',
  '|',
  '\\',
  '\\|',
  '[a](https://example.com)',
  '![a](b)',
  '**',
  '__',
  '~~',
  '\n',
  '\r\n',
  '\n\n',
  '\n# ',
  '\n- ',
  '\n| a |\n| - |\n',
  '    ',
  '\t',
  '> ',
  '$$',
  '${{ x }}',
  '\u001b[31m',
  '\u001b]0;x\u0007',
  '\u202e',
  '\u0000',
  '\ud800',
  '🦦',
  '[x]: https://example.com',
  '\n===\n',
  '^',
  ':tada:',
  '[^1]',
  '- [ ] ',
] // prettier-ignore
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...TRAPS), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 12 })
  .map((parts) => parts.join(''))
const word = fc.constant('harmless')

interface Texts {
  title: string
  branch: string
  name: string
  cause: string
  line: string
  url: string
}

const texts = (text: fc.Arbitrary<string>): fc.Arbitrary<Texts> =>
  fc.record({ title: text, branch: text, name: text, cause: text, line: text, url: text })

function failed({ title, branch, name, cause, line, url }: Texts): Report {
  return {
    state: 'failed',
    pullRequest: { number: 1, title, branch, url: 'https://github.com/acme/shop/pull/1' },
    environment: `a${name}`,
    commit: `b${name}`,
    at: '2026-11-21T12:00:00Z',
    logUrl: `https://example.com/${encodeURIComponent(url.replaceAll(/\p{Surrogate}/gu, '')).slice(0, 300)}`,
    action: 'apply',
    failure: { phase: `p${name}`, resource: `r${name}`, cause: `c${cause}`, lines: [line, cause], command: `run ${line}` },
    phases: [{ name: `n${name}`, status: 'failed', seconds: 1 }],
  }
}

const other = (state: 'ready' | 'leaked', { title, branch, name, cause }: Texts): Report => {
  const common = {
    pullRequest: { number: 1, title, branch, url: 'https://github.com/acme/shop/pull/1' },
    environment: 'e',
    commit: null,
    at: '2026-11-21T12:00:00Z',
    logUrl: null,
  }
  if (state === 'leaked') return { ...common, state, left: [{ kind: `k${name}`, id: `i${cause}` }], command: 'x' }
  return { ...common, state, services: [{ name: `s${name}`, url: 'https://example.com' }], seconds: 1, expiresAt: null }
}

describe('text of others', () => {
  const shapes: [string, (given: Texts) => string][] = [
    ['a failure', (given) => renderComment(failed(given))],
    ['a summary', (given) => renderSummary(failed(given))],
    ['services', (given) => renderSummary(other('ready', given))],
    ['what is left', (given) => renderSummary(other('leaked', given))],
  ]

  test.each(shapes)('changes nothing of how it looks: %s', (_, write) => {
    const [harmless] = fc.sample(texts(word), 1)
    const expected = tags(write(harmless as Texts))
    const property = fc.property(texts(hostile), (given) => {
      expect(tags(write(given))).toEqual(expected)
    })
    fc.assert(property, { numRuns: 300 })
  })

  test.each(shapes)('mentions nobody and refers to nothing: %s', (_, write) => {
    const property = fc.property(texts(hostile), (given) => {
      expect(prose(write(given))).not.toMatch(/@\w|#\d|\bgh-\d|:\/\/|www\.\w|[\u202a-\u202e\u0000-\u0008]/i)
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('of any length fits into a comment, and what was said last is kept', () => {
    const long = fc.tuple(hostile, fc.integer({ min: 1, max: 60_000 })).map(([text, times]) => `${text}\n`.repeat(times).slice(0, 300_000))
    const property = fc.property(long, texts(hostile), (line, given) => {
      const written = renderComment(failed({ ...given, line: given.line, cause: `${line}\nthe very end` }))
      expect(written.length).toBeLessThan(65_536)
      expect(written.startsWith(`${COMMENT_MARKER}\n`)).toBe(true)
      expect(written.includes('the very end\n')).toBe(true)
    })
    fc.assert(property, { numRuns: 60 })
  })

  test('thousands of services, phases and leftovers fit too', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => ({
      name: `@${'#'.repeat(200)}${index}`,
      url: `https://example.com/${'x'.repeat(400)}${index}`,
    }))
    const ready = { ...other('ready', { title: '', branch: '', name: '', cause: '', line: '', url: '' }), services: many } as Report
    expect(renderComment(ready).length).toBeLessThan(65_536)
    expect(renderComment(ready)).toContain('more')
  })
})

describe('its parts', () => {
  const read = (markdown: string): string =>
    html(markdown)
      .replaceAll(/<[^>]+>/g, '')
      .replaceAll('\u200b', '')
      .trim()

  test('prose reads as it was written', () => {
    expect(read(`x ${plain('a *b* [c](d) <e> `f` \\g | "h" & i_j_k @l #1 https://m')}`)).toBe(
      'x a *b* [c](d) &lt;e&gt; `f` \\g | &quot;h&quot; &amp; i_j_k @l #1 https://m',
    )
  })

  test('code reads as it was written', () => {
    expect(read(code('a``b` | <c> @d'))).toBe('a``b` | &lt;c&gt; @d')
    expect(read(code('`a`'))).toBe('`a`')
    expect(read(code(''))).toBe('-')
    expect(read(fence('a\n```\n~~~\n</details>\n  b', 'text'))).toBe('a\n```\n~~~\n&lt;/details&gt;\n  b')
  })

  test.each([
    'javascript:alert(1)',
    'https://user:secret@example.com',
    'ftp://example.com',
    'nonsense',
    `https://example.com/${'x'.repeat(600)}`,
  ])('no link to %s', (url) => {
    expect(httpAddress(url)).toBeNull()
    expect(html(link('x', url))).toBe('<p>x</p>')
  })

  test('an address keeps its meaning', () => {
    expect(html(link('x', 'https://example.com/a_b?c=1&d=(2)#e'))).toBe(
      '<p><a href="https://example.com/a%5Fb?c=1&amp;d=%282%29#e">x</a></p>',
    )
  })

  test('of a long log the beginning and, above all, the end are kept', () => {
    const log = Array.from({ length: 1_000 }, (_, index) => `line ${index}`).join('\n')
    const cut = cutMiddle(log, 400)
    expect(cut.length).toBeLessThanOrEqual(400)
    expect(cut.split('\n')[0]).toBe('line 0')
    expect(cut).toMatch(/… \d+ lines left out …/)
    expect(cut.endsWith('line 999')).toBe(true)
  })

  test.each([
    [0, '0 s'],
    [35.4, '35 s'],
    [80, '1 min 20 s'],
    [120, '2 min'],
    [11_100, '3 h 5 min'],
    [86_400, '1 day'],
    [183_900, '2 days 3 h'],
  ])('%s s are %s', (seconds, words) => expect(duration(seconds)).toBe(words)) // prettier-ignore

  test('an instant', () => expect([day('2026-11-24T12:00:59.000Z'), day('soon')]).toEqual(['2026-11-24 12:00 UTC', 'an unknown time']))
})
