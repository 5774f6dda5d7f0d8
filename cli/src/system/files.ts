import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { UserError } from '../errors.ts'

/** The file system. Paths are absolute. A full disk or a read-only folder is a `UserError` that names the path. */
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
  makeFolder(folder: string): Promise<void>
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

async function doing<T>(action: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const reason = REASONS[codeOf(error)]
    if (reason === undefined) throw error
    throw new UserError(`could not ${action} ${file}: ${reason}`, { cause: error })
  }
}

async function orUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

let writes = 0

export const systemFiles: Files = {
  readText: (file) => doing('read', file, () => orUndefined(() => fs.readFile(file, 'utf8'))),
  readBytes: (file) => doing('read', file, () => orUndefined(() => fs.readFile(file))),
  write: (file, content, options) =>
    doing('write', file, async () => {
      await fs.mkdir(path.dirname(file), { recursive: true })
      writes += 1
      const temporary = `${file}.${process.pid}.${writes}.tmp`
      try {
        await fs.writeFile(temporary, content, options?.mode === undefined ? {} : { mode: options.mode })
        await fs.rename(temporary, file)
      } catch (error) {
        await fs.rm(temporary, { force: true })
        throw error
      }
    }),
  create: (file, content) =>
    doing('write', file, async () => {
      await fs.mkdir(path.dirname(file), { recursive: true })
      writes += 1
      const temporary = `${file}.${process.pid}.${writes}.tmp`
      try {
        await fs.writeFile(temporary, content)
        // link(2) fails where the name exists, and the file appears with its whole content
        await fs.link(temporary, file)
        return true
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false
        throw error
      } finally {
        await fs.rm(temporary, { force: true })
      }
    }),
  move: (from, to) => doing('move', from, async () => (await orUndefined(() => fs.rename(from, to).then(() => true))) ?? false),
  exists: async (file) => (await orUndefined(() => fs.stat(file))) !== undefined,
  executable: (file) =>
    fs.access(file, constants.X_OK).then(
      () => true,
      () => false,
    ),
  linkTarget: (file) => fs.readlink(file).catch(() => undefined),
  stat: (file) =>
    doing('read', file, async () => {
      const found = await orUndefined(() => fs.stat(file))
      return found === undefined ? undefined : { size: found.size, modified: found.mtimeMs, folder: found.isDirectory() }
    }),
  list: (folder) =>
    doing('read', folder, async () => {
      const entries = (await orUndefined(() => fs.readdir(folder, { withFileTypes: true }))) ?? []
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort()
    }),
  walk: (folder, skip) =>
    doing('read', folder, async () => {
      const found: string[] = []
      const visit = async (relative: string): Promise<void> => {
        const entries = (await orUndefined(() => fs.readdir(path.join(folder, relative), { withFileTypes: true }))) ?? []
        for (const entry of entries) {
          const name = path.posix.join(relative, entry.name)
          if (entry.isDirectory()) {
            if (skip?.(entry.name) !== true) await visit(name)
          } else if (entry.isFile()) found.push(name)
        }
      }
      await visit('')
      return found.sort()
    }),
  remove: (file) => doing('remove', file, () => fs.rm(file, { recursive: true, force: true })),
  makeFolder: (folder) =>
    doing('make', folder, async () => {
      await fs.mkdir(folder, { recursive: true })
    }),
  temporaryFolder: (prefix) => doing('make', tmpdir(), () => fs.mkdtemp(path.join(tmpdir(), prefix))),
}
