import path from 'node:path'
import type { Clock } from '../system/clock.ts'
import type { Files } from '../system/files.ts'
import { rotated } from './log-follow.ts'

export { follow } from './log-follow.ts'

export interface LogWriter {
  /** Adds a line, after the time. */
  write(line: string): void
  /** The same for a line as it was printed, text or not. */
  writeBytes?(line: Uint8Array): void
  close(): void
}

/** A file of this size becomes `<file>.1`, in place of the one that was it before. */
const LARGEST = 5 * 1024 * 1024
const NEWLINE = Buffer.from('\n')

/**
 * Opens a log for adding to it; one writer per file. Lines of one turn of the event loop are written together. A disk that is full loses lines and
 * stops nobody. Only the user can read it: what services print is not for everyone.
 */
export async function createLog(files: Files, file: string, clock: Clock): Promise<Required<LogWriter>> {
  await files.makeFolder(path.dirname(file))
  let size = (await files.stat(file))?.size ?? 0
  let waiting: Uint8Array[] = []
  let scheduled = false
  let stamp: Buffer | undefined
  let closed = false

  const put = async (bytes: Uint8Array): Promise<void> => {
    if (size > 0 && size + bytes.length > LARGEST) {
      await files.move(file, rotated(file))
      size = 0
    }
    if (size === 0) await files.write(file, bytes, { mode: 0o600 })
    else await files.append(file, bytes)
    size += bytes.length
  }
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const bytes = Buffer.concat(waiting)
      waiting = []
      stamp = undefined
      await put(bytes).catch(() => {})
    }
    scheduled = false
  }
  const add = (line: Uint8Array): void => {
    if (closed) return
    stamp ??= Buffer.from(`${clock.now().toISOString()} `)
    waiting.push(stamp, line, NEWLINE)
    if (scheduled) return
    scheduled = true
    queueMicrotask(() => void flush())
  }

  return {
    write: (text) => {
      for (const line of text.split('\n')) add(Buffer.from(line))
    },
    writeBytes: add,
    close: () => {
      closed = true
    },
  }
}

/** The newest lines of a log, oldest first, also those that were moved to the other file. */
export async function readTail(files: Files, file: string, lines: number): Promise<string[]> {
  let found: string[] = []
  for (const part of [file, rotated(file)]) {
    if (found.length < lines) found = linesOf(await files.readBytes(part)).concat(found)
  }
  return found.slice(Math.max(found.length - lines, 0))
}

function linesOf(bytes: Uint8Array | undefined): string[] {
  if (bytes === undefined || bytes.length === 0) return []
  return Buffer.from(bytes).toString('utf8').replace(/\n$/, '').split('\n')
}
