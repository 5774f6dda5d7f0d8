import path from 'node:path'
import type { Files } from '../system/files.ts'

/** Where a log that became too large was moved to. */
export const rotated = (file: string): string => `${file}.1`

const NEWLINE = 10

/**
 * Calls `onLine` with every line that is added to a log from now on, after the `last` lines that are in it already, until `signal` fires or the
 * folder of the log is removed. The file need not be there yet.
 */
export async function follow(
  files: Files,
  file: string,
  onLine: (line: string) => void,
  signal: AbortSignal,
  options: { last?: number } = {},
): Promise<void> {
  if (signal.aborted) return
  const folder = path.dirname(file)
  await files.makeFolder(folder)

  let changed = true
  let wake = (): void => {}
  const look = (): void => {
    changed = true
    wake()
  }
  // of our own, so that nothing is watched any more however this ends
  const watching = new AbortController()
  const stop = (): void => {
    watching.abort()
    look()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    files.watch(folder, look, watching.signal)
    const reader = await openReader(files, file, onLine, options.last ?? 0)
    while (!signal.aborted) {
      changed = false
      await reader.readOn()
      if ((await files.stat(folder)) === undefined) return
      // what changed meanwhile is seen in the next turn
      if (!changed) await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    signal.removeEventListener('abort', stop)
    watching.abort()
  }
}

/** Reads a file from where it ended last time, over its rotation. */
async function openReader(
  files: Files,
  file: string,
  onLine: (line: string) => void,
  last: number,
): Promise<{ readOn: () => Promise<void> }> {
  const moved = async (): Promise<string> => {
    const found = await files.stat(rotated(file))
    return found === undefined ? '' : `${found.modified}:${found.size}`
  }
  let unfinished = Buffer.alloc(0)
  const emit = (bytes: Uint8Array): void => {
    const all = Buffer.concat([unfinished, bytes])
    const end = all.lastIndexOf(NEWLINE) + 1
    unfinished = Buffer.from(all.subarray(end))
    if (end > 0) for (const line of all.toString('utf8', 0, end - 1).split('\n')) onLine(line)
  }

  let before = await moved()
  const present = (await files.readBytes(file)) ?? new Uint8Array()
  let offset = present.length
  const older = last > 0 && lineCount(present) < last ? await files.readBytes(rotated(file)) : undefined
  if (last > 0) emit(lastLines(Buffer.concat([older ?? new Uint8Array(), present]), last))

  const readOn = async (): Promise<void> => {
    for (;;) {
      const now = await moved()
      if (now !== before) {
        // the file that was read so far is the other one now
        emit((await files.readFrom(rotated(file), offset)) ?? new Uint8Array())
        before = now
        offset = 0
      }
      const size = (await files.stat(file))?.size ?? 0
      const bytes = size > offset ? await files.readFrom(file, offset) : undefined
      // moved between the looks: what was seen may be of the next file
      if ((await moved()) !== before) continue
      if (size < offset) {
        offset = 0
        continue
      }
      if (bytes === undefined) return
      offset += bytes.length
      emit(bytes)
      return
    }
  }
  return { readOn }
}

function lineCount(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}

function lastLines(bytes: Buffer, count: number): Buffer {
  let start = bytes.length
  for (let left = count + 1; left > 0; left -= 1) {
    const before = start === 0 ? -1 : bytes.lastIndexOf(NEWLINE, start - 1)
    if (before === -1) return bytes
    start = before
  }
  return bytes.subarray(start + 1)
}
