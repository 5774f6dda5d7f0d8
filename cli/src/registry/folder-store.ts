import path from 'node:path'
import type { Clock } from '../system/clock.ts'
import type { Files } from '../system/files.ts'
import type { ObjectStore, StoredObject } from '../system/object-store.ts'

/**
 * An object store in a folder of this machine. An object is a folder of numbered versions, and a write creates the next number, which
 * the file system lets exactly one writer do: that is the compare-and-swap, without a lock. Removing writes an empty version. A version
 * that was overtaken stays for an hour, so that a writer who read it and was slow still finds its number taken.
 */
const KEEP_MS = 3_600_000
const VERSION = /^\d{8}$/
/** An object that was put as bytes has no versions. */
const BYTES = 'bytes'

export function createFolderStore(root: string, ports: { files: Files; clock: Clock }): ObjectStore {
  const { files, clock } = ports
  const place = (key: string): string => path.join(root, ...key.split('/'))
  const numbered = (number: number): string => String(number).padStart(8, '0')

  const latest = async (key: string): Promise<{ number: number; object: StoredObject | undefined }> => {
    const versions = (await files.list(place(key))).filter((name) => VERSION.test(name))
    const newest = versions.at(-1)
    if (newest === undefined) return { number: 0, object: undefined }
    const body = (await files.readText(path.join(place(key), newest))) ?? ''
    return { number: Number(newest), object: body === '' ? undefined : { body, version: newest } }
  }

  const compact = async (key: string, current: number): Promise<void> => {
    for (const name of await files.list(place(key))) {
      if (!VERSION.test(name) || Number(name) >= current) continue
      const file = path.join(place(key), name)
      const found = await files.stat(file)
      if (found !== undefined && clock.now().getTime() - found.modified > KEEP_MS) await files.remove(file)
    }
  }

  const append = async (key: string, body: string, expected: (current: string | undefined) => boolean): Promise<string | undefined> => {
    for (;;) {
      const { number, object } = await latest(key)
      if (!expected(object?.version)) return undefined
      const next = numbered(number + 1)
      if (await files.create(path.join(place(key), next), body)) {
        await compact(key, number + 1)
        return next
      }
      // someone was faster: look again whether the condition still holds
    }
  }

  /** The newest version file of every key below `prefix`, or its bytes. */
  const newestBelow = async (prefix: string): Promise<Map<string, string>> => {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
    const newest = new Map<string, string>()
    // in path order, so that a later version of a key follows the earlier ones
    for (const file of await files.walk(place(folder))) {
      const key = path.posix.join(folder, path.posix.dirname(file))
      const name = path.posix.basename(file)
      if ((VERSION.test(name) || name === BYTES) && key.startsWith(prefix)) newest.set(key, path.join(place(folder), file))
    }
    return newest
  }

  return {
    location: root,
    get: async (key) => (await latest(key)).object,
    put: (key, body, condition) =>
      append(key, body, (current) =>
        condition === undefined ? true : 'absent' in condition ? current === undefined : current === condition.version,
      ),
    remove: async (key, condition) => {
      if (condition === undefined) await files.remove(path.join(place(key), BYTES))
      if ((await latest(key)).object === undefined) return true
      return (await append(key, '', (current) => condition === undefined || current === condition.version)) !== undefined
    },
    list: async (prefix) => {
      const newest = [...(await newestBelow(prefix))]
      const sizes = await Promise.all(newest.map(async ([, file]) => (await files.stat(file))?.size ?? 0))
      return newest
        .filter((_, index) => (sizes[index] ?? 0) > 0)
        .map(([key]) => key)
        .sort()
    },
    getBytes: (key) => files.readBytes(path.join(place(key), BYTES)),
    putBytes: (key, body) => files.write(path.join(place(key), BYTES), body),
  }
}

/** Removes what is only kept for slow writers: the versions of objects that were removed. For a store that nobody uses any more. */
export async function purgeFolderStore(root: string, ports: { files: Files }): Promise<void> {
  const { files } = ports
  const visit = async (folder: string): Promise<void> => {
    const entries = await files.list(folder)
    for (const name of entries) if (name.endsWith('/')) await visit(path.join(folder, name))
    const versions = entries.filter((name) => VERSION.test(name))
    const newest = versions.at(-1)
    if (newest !== undefined && (await files.stat(path.join(folder, newest)))?.size === 0) {
      for (const name of versions) await files.remove(path.join(folder, name))
    }
    // a folder in which someone has just written stays
    await files.removeEmpty(folder)
  }
  await visit(root)
}
