import fs from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { UserError } from '../errors.ts'

/**
 * The file system. Paths are absolute. A full disk or a read-only folder is a `UserError` that names the path.
 *
 * The system's own answers at once, on this thread: the files are small and few, and a trip through the thread pool for each of them is what
 * most of `env create` would wait for. The port is asynchronous all the same, as the object store behind it may be a bucket.
 */
export interface Files {
  readText(file: string): Promise<string | undefined>
  readBytes(file: string): Promise<Uint8Array | undefined>
  /** Writes beside the file and renames: a reader sees the old content or the new, never half of one. Makes parent folders. */
  write(file: string, content: string | Uint8Array, options?: { mode?: number }): Promise<void>
  /** Creates the file with this content, or returns `false` if there is one. Atomic. */
  create(file: string, content: string): Promise<boolean>
  /** Puts `from` in the place of `to`; `false` if `from` is not there. */
  move(from: string, to: string): Promise<boolean>
  exists(file: string): Promise<boolean>
  executable(file: string): Promise<boolean>
  /** What a symbolic link says, unresolved. */
  linkTarget(file: string): Promise<string | undefined>
  /** Size in bytes and time of the last change in milliseconds; `undefined` if there is no such file. */
  stat(file: string): Promise<{ size: number; modified: number; folder: boolean } | undefined>
  /** Names in a folder, sorted; a folder's name ends with `/`. Empty if there is no such folder. */
  list(folder: string): Promise<string[]>
  /** Every file below a folder, as sorted relative paths with `/`. Folders for which `skip` is true are not entered. */
  walk(folder: string, skip?: (name: string) => boolean): Promise<string[]>
  remove(file: string): Promise<void>
  /** Removes a folder if nothing is in it; `false` if something is. */
  removeEmpty(folder: string): Promise<boolean>
  makeFolder(folder: string, options?: { mode?: number }): Promise<void>
  /** Adds to the end of a file, which it makes if there is none. */
  append(file: string, content: string | Uint8Array): Promise<void>
  /** The bytes of a file from `offset` on; `undefined` if there is no such file. */
  readFrom(file: string, offset: number): Promise<Uint8Array | undefined>
  /** Calls `changed` whenever something in the folder may have changed, until `signal` fires. */
  watch(folder: string, changed: () => void, signal: AbortSignal): void
  makeLink(target: string, file: string): Promise<void>
  setMode(file: string, mode: number): Promise<void>
  setOwner(file: string, owner: { uid: number; gid: number }): Promise<void>
  temporaryFolder(prefix: string): Promise<string>
}

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'it is a folder',
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

async function doing<T>(action: string, file: string, work: () => T): Promise<T> {
  try {
    return work()
  } catch (error) {
    const reason = REASONS[codeOf(error)]
    if (reason === undefined) throw error
    throw new UserError(`could not ${action} ${file}: ${reason}`, { cause: error })
  }
}

function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** One of the program's own three streams. */
export interface StandardStream {
  /** A person may be behind it: a character device that is not the null device. */
  readonly device: boolean
  /** Returns when the text is written; text for a reader that has gone is dropped. */
  write(text: string): void
}

/**
 * Writes to a file descriptor without Node's stream on top: making that stream loads the network stack, which takes longer than everything
 * else a short command does.
 */
export function standardStream(descriptor: 1 | 2): StandardStream {
  const found = fs.fstatSync(descriptor)
  const device = found.isCharacterDevice() && found.rdev !== fs.statSync('/dev/null', { throwIfNoEntry: false })?.rdev
  const pause = new Int32Array(new SharedArrayBuffer(4))
  return {
    device,
    write: (text) => {
      let rest = Buffer.from(text)
      while (rest.length > 0) {
        try {
          rest = rest.subarray(fs.writeSync(descriptor, rest))
        } catch (error) {
          // a full pipe whose other end set it to non-blocking
          if (codeOf(error) === 'EAGAIN') Atomics.wait(pause, 0, 0, 5)
          else if (codeOf(error) === 'EPIPE') return
          else throw error
        }
      }
    },
  }
}

/** Opens a file to write at its end for as long as `work` lasts. */
export async function withAppended<T>(file: string, work: (descriptor: number) => Promise<T>): Promise<T> {
  const descriptor = fs.openSync(file, 'a', 0o600)
  return work(descriptor).finally(() => fs.closeSync(descriptor))
}

let writes = 0

const temporaryName = (file: string): string => {
  writes += 1
  return `${file}.${process.pid}.${writes}.tmp`
}

/** `rmSync` would load Node's recursive removal for one file. */
function discard(file: string): void {
  try {
    fs.unlinkSync(file)
  } catch {
    // it was never made
  }
}

function writeWithParents(file: string, content: string | Uint8Array, mode = 0o666): void {
  try {
    fs.writeFileSync(file, content, { mode })
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content, { mode })
  }
}

export const systemFiles: Files = {
  readText: (file) => doing('read', file, () => orUndefined(() => fs.readFileSync(file, 'utf8'))),
  readBytes: (file) => doing('read', file, () => orUndefined(() => fs.readFileSync(file))),
  write: (file, content, options) =>
    doing('write', file, () => {
      const temporary = temporaryName(file)
      try {
        writeWithParents(temporary, content, options?.mode)
        fs.renameSync(temporary, file)
      } catch (error) {
        discard(temporary)
        throw error
      }
    }),
  create: (file, content) =>
    doing('write', file, () => {
      const temporary = temporaryName(file)
      try {
        writeWithParents(temporary, content)
        // link(2) fails where the name exists, and the file appears with its whole content
        fs.linkSync(temporary, file)
        return true
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false
        throw error
      } finally {
        discard(temporary)
      }
    }),
  move: (from, to) =>
    doing('move', from, () => {
      const moved = orUndefined(() => {
        fs.renameSync(from, to)
        return true
      })
      return moved ?? false
    }),
  exists: async (file) => fs.existsSync(file),
  executable: async (file) => {
    try {
      fs.accessSync(file, fs.constants.X_OK)
      return true
    } catch {
      return false
    }
  },
  linkTarget: async (file) => {
    try {
      return fs.readlinkSync(file)
    } catch {
      return undefined
    }
  },
  stat: (file) =>
    doing('read', file, () => {
      const found = fs.statSync(file, { throwIfNoEntry: false })
      return found === undefined ? undefined : { size: found.size, modified: found.mtimeMs, folder: found.isDirectory() }
    }),
  list: (folder) =>
    doing('read', folder, () => {
      const entries = orUndefined(() => fs.readdirSync(folder, { withFileTypes: true })) ?? []
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort()
    }),
  walk: (folder, skip) =>
    doing('read', folder, () => {
      const found: string[] = []
      const visit = (relative: string): void => {
        const entries = orUndefined(() => fs.readdirSync(path.join(folder, relative), { withFileTypes: true })) ?? []
        for (const entry of entries) {
          const name = path.posix.join(relative, entry.name)
          if (entry.isDirectory()) {
            if (skip?.(entry.name) !== true) visit(name)
          } else if (entry.isFile()) found.push(name)
        }
      }
      visit('')
      return found.sort()
    }),
  remove: (file) => doing('remove', file, () => fs.rmSync(file, { recursive: true, force: true })),
  removeEmpty: (folder) =>
    doing('remove', folder, () => {
      try {
        orUndefined(() => fs.rmdirSync(folder))
        return true
      } catch (error) {
        if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return false
        throw error
      }
    }),
  makeFolder: (folder, options) =>
    doing('make', folder, () => {
      fs.mkdirSync(folder, { recursive: true, ...options })
    }),
  append: (file, content) => doing('write', file, () => fs.appendFileSync(file, content)),
  readFrom: (file, offset) => doing('read', file, () => orUndefined(() => fs.readFileSync(file).subarray(offset))),
  watch: (folder, changed, signal) => {
    fs.watch(folder, { signal, persistent: true }, () => changed())
  },
  makeLink: (target, file) => doing('make', file, () => fs.symlinkSync(target, file)),
  setMode: (file, mode) => doing('write', file, () => fs.chmodSync(file, mode)),
  setOwner: (file, owner) => doing('write', file, () => fs.chownSync(file, owner.uid, owner.gid)),
  temporaryFolder: (prefix) => doing('make', tmpdir(), () => fs.mkdtempSync(path.join(tmpdir(), prefix))),
}
