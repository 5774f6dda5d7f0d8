import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { createTar, type ParsedTarFileItem, parseTar } from 'nanotar'
import { UserError } from '../../errors.ts'
import type { Files } from '../../system/files.ts'

/** What an environment is applied from, all of it: destroying needs neither the branch nor the repository. */
export interface Bundle {
  /** gzipped tar; the paths in it are relative to the repository's root. */
  bytes: Uint8Array
  files: number
}

/** What the files do not say themselves; in the bundle as `bundle.json`, for whoever has to go on by hand. */
export interface Manifest {
  schema: 1
  environment: string
  /** Folders in the bundle. */
  root: string
  modules: string
  /** The version of DevTool that made it. */
  devtool: string
  /** What applied it: destroying with an older one may fail, as it cannot read the state. */
  engine: { product: 'terraform' | 'tofu'; version: string }
}

const WORKING_FOLDERS = new Set(['.terraform', 'tests', 'testing'])
/** Beside the folders, so that no file of theirs has its path. */
const MANIFEST = 'bundle.json'

/** Two empty blocks, as tar has it; nanotar leaves them out where the files fill up its last ten kilobytes. */
const END_OF_ARCHIVE = new Uint8Array(1024)

/** Packs `folders` (relative to `root`). The same files give the same bytes. */
export async function packBundle(files: Files, root: string, folders: readonly string[], manifest?: Manifest): Promise<Bundle> {
  const items: { name: string; data: Uint8Array }[] = []
  if (manifest !== undefined) items.push({ name: MANIFEST, data: new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`) })
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
  return { bytes: gzipSync(Buffer.concat([tar, END_OF_ARCHIVE]), { level: 6 }), files: items.length }
}

/** What belongs to a root or a module; states and what Terraform keeps for itself do not. */
async function namesIn(files: Files, folder: string): Promise<string[]> {
  const names = await files.walk(folder, (name) => WORKING_FOLDERS.has(name))
  return names.filter((name) => !/\.tfstate(\..*)?$/.test(name))
}

/** In memory of its own: nanotar reads the whole of what is behind a view, and zlib gives back a part of something larger. */
function itemsOf(bytes: Uint8Array): ParsedTarFileItem[] {
  return parseTar(new Uint8Array(gunzipSync(bytes)))
}

/** Unpacks below `folder`; refuses a path that would leave it. */
export async function unpackBundle(files: Files, bytes: Uint8Array, folder: string): Promise<void> {
  for (const item of itemsOf(bytes)) {
    const target = path.resolve(folder, item.name)
    if (!target.startsWith(`${folder}${path.sep}`)) throw new UserError(`could not unpack the bundle: it holds the path ${item.name}`)
    if (item.type === 'file') await files.write(target, item.data ?? new Uint8Array())
  }
}

/** Whether `root` holds exactly what the bundle does in the bundle's folders, so that there is no need to unpack it. */
export async function holdsBundle(files: Files, bytes: Uint8Array, root: string, folder: string): Promise<boolean> {
  const items = itemsOf(bytes).filter((item) => item.type === 'file' && item.name !== MANIFEST)
  const present = (await namesIn(files, path.join(root, folder))).map((name) => path.posix.join(folder, name))
  const packed = items.map((item) => item.name)
  if (present.some((name) => !packed.includes(name))) return false
  for (const item of items) {
    const local = await files.readBytes(path.join(root, item.name))
    if (local === undefined || Buffer.compare(local, item.data ?? new Uint8Array()) !== 0) return false
  }
  return true
}
