import path from 'node:path'
import type { Files } from '../system/files.ts'

type LayoutFiles = Pick<Files, 'stat' | 'readText'>

/** Where git keeps things of one working tree (gitrepository-layout(5)). */
export interface Layout {
  /** The folder that is checked out. */
  top: string
  /** The folder with this tree's HEAD. */
  own: string
  /** The folder with the refs of all trees; another one than `own` in a linked worktree. */
  shared: string
}

/** `undefined` outside a repository. */
export async function locate(files: LayoutFiles, folder: string): Promise<Layout | undefined> {
  for (let top = folder; ; top = path.dirname(top)) {
    const dotGit = path.join(top, '.git')
    const found = await files.stat(dotGit)
    if (found?.folder === true) return { top, own: dotGit, shared: dotGit }
    if (found !== undefined) {
      const own = path.resolve(top, /^gitdir: (.*)$/m.exec((await files.readText(dotGit)) ?? '')?.[1]?.trim() ?? '.')
      const common = (await files.readText(path.join(own, 'commondir')))?.trim()
      return { top, own, shared: common === undefined ? own : path.resolve(own, common) }
    }
    if (path.dirname(top) === top) return undefined
  }
}

/** The default branch of `origin` as it was when the repository was cloned; `undefined` if that is not known here. */
export async function defaultBranch(files: LayoutFiles, { shared }: Layout): Promise<string | undefined> {
  const head = await files.readText(path.join(shared, 'refs', 'remotes', 'origin', 'HEAD'))
  return /^ref: refs\/remotes\/origin\/(\S+)$/m.exec(head ?? '')?.[1]
}
