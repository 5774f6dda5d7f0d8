import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { createTar, parseTar } from 'nanotar'
import { UserError } from '../../errors.ts'
import type { Files } from '../../system/files.ts'

/** What an environment is applied from, all of it: destroying needs neither the branch nor the repository. */
export interface Bundle {
  /** gzipped tar; the paths in it are relative to the repository's root. */
  bytes: Uint8Array
  files: number
}

const WORKING_FOLDERS = new Set(['.terraform', 'tests', 'testing'])

/** Packs `folders` (relative to `root`). The same files give the same bytes. */
export async function packBundle(files: Files, root: string, folders: readonly string[]): Promise<Bundle> {
  const items: { name: string; data: Uint8Array }[] = []
  for (const folder of folders) {
    for (const name of await namesIn(files, path.join(root, folder))) {
      const data = await files.readBytes(path.join(root, folder, name))
      if (data !== undefined) items.push({ name: path.posix.join(folder, name), data })
    }
  }
  const long = items.find((item) => item.name.length > 100)
  if (long !== undefined) {
    throw new UserError(`could not bundle ${long.name}: a path in a tar archive has at most 100 characters`, {
      hint: 'shorten the file name',
    })
  }
  const tar = createTar(items, { attrs: { mtime: 0, mode: '644', uid: 0, gid: 0 } })
  return { bytes: gzipSync(tar, { level: 6 }), files: items.length }
}

/** What belongs to a root or a module; states and what Terraform keeps for itself do not. */
async function namesIn(files: Files, folder: string): Promise<string[]> {
  const names = await files.walk(folder, (name) => WORKING_FOLDERS.has(name))
  return names.filter((name) => !/\.tfstate(\..*)?$/.test(name))
}

/** Unpacks below `folder`; refuses a path that would leave it. */
export async function unpackBundle(files: Files, bytes: Uint8Array, folder: string): Promise<void> {
  for (const item of parseTar(gunzipSync(bytes))) {
    const target = path.resolve(folder, item.name)
    if (!target.startsWith(`${folder}${path.sep}`)) throw new UserError(`could not unpack the bundle: it holds the path ${item.name}`)
    if (item.type === 'file') await files.write(target, item.data ?? new Uint8Array())
  }
}

/** Whether `root` holds exactly what the bundle does in the bundle's folders, so that there is no need to unpack it. */
export async function holdsBundle(files: Files, bytes: Uint8Array, root: string, folder: string): Promise<boolean> {
  const items = parseTar(gunzipSync(bytes)).filter((item) => item.type === 'file')
  const present = (await namesIn(files, path.join(root, folder))).map((name) => path.posix.join(folder, name))
  const packed = items.map((item) => item.name)
  if (present.some((name) => !packed.includes(name))) return false
  for (const item of items) {
    const local = await files.readBytes(path.join(root, item.name))
    if (local === undefined || Buffer.compare(local, item.data ?? new Uint8Array()) !== 0) return false
  }
  return true
}
