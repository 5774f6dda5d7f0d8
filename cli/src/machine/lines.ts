import type { Readable } from 'node:stream'
import { printable } from '../output.ts'

/** What a process printed, newest last, both streams together. */
export interface Lines {
  /** Reads a stream to its end. */
  read(stream: Readable): void
  /** The newest lines as text that a terminal or a page can show; a line that is not finished yet counts. */
  last(count: number): string[]
}

/** So many lines are kept, and so much of each. */
const KEPT = 200
const SHOWN = 4 * 1024
/** A longer line is handed on in pieces: nobody can make us hold what never ends. */
const LONGEST = 16 * 1024
/** A stream that fills this at once is a flood, and whoever else needs this thread goes first. */
const FLOOD = 16 * 1024
const NEWLINE = 10

/** `onLine` gets every line without its newline, byte by byte as it was printed. */
export function collectLines(onLine: (line: Buffer) => void): Lines {
  const kept: Buffer[] = []
  const unfinished: Buffer[] = []

  const take = (line: Buffer): void => {
    // a copy, or one short line would hold the whole chunk that it came in
    kept.push(Buffer.from(beginning(line)))
    if (kept.length > KEPT) kept.shift()
    onLine(line)
  }
  /** Hands on what is complete; the rest. */
  const split = (bytes: Buffer): Buffer => {
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      start = pieces(bytes, start, end)
      take(bytes.subarray(start, end))
      start = end + 1
    }
    return bytes.subarray(pieces(bytes, start, bytes.length))
  }
  const pieces = (bytes: Buffer, from: number, to: number): number => {
    let start = from
    while (to - start > LONGEST) {
      const end = characterStart(bytes, start + LONGEST)
      take(bytes.subarray(start, end))
      start = end
    }
    return start
  }

  return {
    read: (stream) => {
      const index = unfinished.push(Buffer.alloc(0)) - 1
      stream.on('data', (chunk: Buffer) => {
        const before = unfinished[index] as Buffer
        const rest = split(before.length === 0 ? chunk : Buffer.concat([before, chunk]))
        unfinished[index] = rest.length === 0 ? rest : Buffer.from(rest)
        if (chunk.length < FLOOD) return
        stream.pause()
        setImmediate(() => stream.resume())
      })
      stream.on('error', () => {})
      stream.once('close', () => {
        const rest = unfinished[index] as Buffer
        unfinished[index] = Buffer.alloc(0)
        if (rest.length > 0) take(rest)
      })
    },
    last: (count) => {
      const all = [...kept, ...unfinished.filter(({ length }) => length > 0)]
      return all.slice(Math.max(all.length - Math.min(count, KEPT), 0)).map(readable)
    },
  }
}

const beginning = (line: Buffer): Buffer => (line.length > SHOWN ? line.subarray(0, characterStart(line, SHOWN)) : line)

/** The start of the UTF-8 character that `index` is in. */
function characterStart(bytes: Buffer, index: number): number {
  for (let start = index; start > index - 4; start -= 1) if (((bytes[start] ?? 0) & 0xc0) !== 0x80) return start
  return index
}

/** Titles and links of a terminal (OSC), which hold text that is not meant to be seen. */
const TERMINAL_COMMAND = /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g
/** What would turn the text around it or end the line. */
const DIRECTION_OR_END = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** One line as a person would have seen it: no control characters, and of a progress bar its last state. */
function readable(line: Buffer): string {
  const text = beginning(line).toString('utf8').trimEnd()
  const seen = text.slice(text.lastIndexOf('\r') + 1)
  return printable(seen.replace(TERMINAL_COMMAND, ''))
    .replaceAll(/[\t\n]/g, ' ')
    .replaceAll(DIRECTION_OR_END, '')
}
