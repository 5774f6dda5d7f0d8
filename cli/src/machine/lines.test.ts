import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { collectLines } from './lines.ts'

/** What becomes of these chunks of one stream. */
async function collect(...chunks: (string | Buffer)[]) {
  const lines: Buffer[] = []
  const collected = collectLines((line) => lines.push(line))
  const stream = new PassThrough()
  collected.read(stream)
  for (const chunk of chunks) if (!stream.write(chunk)) await once(stream, 'drain')
  const before = collected.last(10)
  stream.end()
  await once(stream, 'close')
  return { lines: lines.map((line) => line.toString('latin1')), before, last: (count: number) => collected.last(count) }
}

describe('lines', () => {
  test('come whole, however they were cut', async () => {
    const { lines } = await collect('one\ntw', 'o\n\nthr', 'ee', '\n')
    expect(lines).toEqual(['one', 'two', '', 'three'])
  })

  test('the last without a newline is shown at once and handed on at the end', async () => {
    const { lines, before, last } = await collect('one\nlistening on')
    expect(before).toEqual(['one', 'listening on'])
    expect(lines).toEqual(['one', 'listening on'])
    expect(last(10)).toEqual(['one', 'listening on'])
  })

  test('the newest 200 are kept, 4 KB of each', async () => {
    const { last } = await collect('x\n'.repeat(500), `${'é'.repeat(5000)}\n`, 'end\n')
    expect(last(1000)).toHaveLength(200)
    expect(last(2)[0]).toBe('é'.repeat(2048))
    expect(last(2)[1]).toBe('end')
    expect(last(0)).toEqual([])
  })

  test('what never ends comes in pieces that are no longer than 16 KB and cut no character', async () => {
    const { lines } = await collect('a'.repeat(16 * 1024 - 1), 'é'.repeat(10), 'b'.repeat(40_000))
    expect(lines.length).toBe(4)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(16 * 1024)
    expect(Buffer.from(lines.join(''), 'latin1').toString()).toBe(`${'a'.repeat(16 * 1024 - 1)}${'é'.repeat(10)}${'b'.repeat(40_000)}`)
    expect(lines[0]?.endsWith('a')).toBe(true)
  })

  test('bytes are handed on as they are', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    const { lines } = await collect(bytes)
    expect(lines.join('\n')).toBe(bytes.toString('latin1'))
  })

  test.each([
    ['colours', '\u001b[1;31mred\u001b[0m', 'red'],
    ['cursor and screen', '\u001b[2J\u001b[Hclean', 'clean'],
    ['a title and a link', '\u001b]0;owned\u0007text \u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'text link'],
    ['a progress bar', '10%\r50%\r100%', '100%'],
    ['a Windows line', 'text\r', 'text'],
    ['tabs', 'a\tb', 'a b'],
    ['direction', 'abc\u202edef\u2066', 'abcdef'],
    ['C1 and DEL', 'a\u009b31mb\u007fc\u0085', 'a31mbc'],
  ])('shown without %s', async (_, printed, shown) => {
    const { last } = await collect(`${printed}\n`)
    expect(last(1)).toEqual([shown])
  })

  test('nothing that is shown holds a control character', async () => {
    const garbage = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167 + (index >> 3)) % 256))
    const { last } = await collect(garbage)
    expect(last(200).join('')).not.toMatch(/\p{Cc}/u)
  })
})
