import path from 'node:path'
import { type Files, systemFiles } from '../../src/system/files.ts'

type Content = string | Uint8Array

/** Where a runner has the repository. */
export const CHECKOUT = '/work'

/** The disk of one runner, in memory; it is gone with the runner. What lies below `assets` is read from the real one. */
export function createDisk(given: ReadonlyMap<string, Content>, assets: string): Files & { text(file: string): string } {
  const contents = new Map(given)
  let folders = 0
  const textOf = (content: Content): string => (typeof content === 'string' ? content : Buffer.from(content).toString())
  const isReal = (file: string): boolean => file.startsWith(`${assets}${path.sep}`)
  const below = (folder: string): string[] => {
    const start = `${folder.replace(/\/$/, '')}/`
    return [...contents.keys()].filter((file) => file.startsWith(start)).map((file) => file.slice(start.length))
  }
  const refuse = (what: string) => (): never => {
    throw new Error(`no run of these tests should ${what}`)
  }
  const readText = async (file: string): Promise<string | undefined> => {
    if (isReal(file)) return remembered(file)
    const content = contents.get(file)
    return content === undefined ? undefined : textOf(content)
  }
  return {
    text: (file) => textOf(contents.get(file) ?? ''),
    readText,
    readBytes: async (file) => {
      const text = await readText(file)
      return text === undefined ? undefined : Buffer.from(text)
    },
    write: async (file, content) => void contents.set(file, content),
    create: async (file, content) => {
      if (contents.has(file)) return false
      contents.set(file, content)
      return true
    },
    append: async (file, content) => void contents.set(file, `${textOf(contents.get(file) ?? '')}${textOf(content)}`),
    move: async (from, to) => {
      const content = contents.get(from)
      if (content === undefined) return false
      contents.set(to, content)
      return contents.delete(from)
    },
    exists: async (file) => contents.has(file) || below(file).length > 0,
    list: async (folder) => [...new Set(below(folder).map((name) => name.replace(/\/.*$/, '/')))].sort(),
    walk: async (folder) => below(folder).sort(),
    remove: async (file) => {
      for (const name of below(file)) contents.delete(`${file}/${name}`)
      contents.delete(file)
    },
    removeEmpty: async (folder) => below(folder).length === 0,
    makeFolder: async () => undefined,
    stat: async (file) => {
      const content = contents.get(file)
      return content === undefined ? undefined : { size: content.length, modified: 0, folder: false }
    },
    readFrom: refuse('follow a log'),
    executable: refuse('look for a program'),
    linkTarget: refuse('read a link'),
    watch: refuse('watch a folder'),
    makeLink: refuse('make a link'),
    setMode: refuse('set a mode'),
    setOwner: refuse('set an owner'),
    temporaryFolder: async (prefix) => {
      folders += 1
      return `/tmp/${prefix}${folders}`
    },
  }
}

const real = new Map<string, Promise<string | undefined>>()

function remembered(file: string): Promise<string | undefined> {
  const known = real.get(file) ?? systemFiles.readText(file)
  real.set(file, known)
  return known
}
