import { rm } from 'node:fs/promises'
import path from 'node:path'
import { createProject, type Project } from '../../support/project.ts'

/** The sample in a git repository, with a branch for each pull request and a checkout for each run. */
export interface Repository {
  readonly project: Project
  /** Of the default branch. */
  readonly main: string
  /** A commit on top of `parent`, which the branch then is at; a forced push when it is not on top of what was there. */
  commit(branch: string, parent: string): Promise<string>
  deleteBranch(branch: string): Promise<void>
  renameBranch(from: string, to: string): Promise<void>
  /** Forgets what no branch holds, as a fresh clone would. */
  prune(): Promise<void>
  holds(commit: string): Promise<boolean>
  /** A new checkout, as a runner makes it: detached, with nothing of any other run. */
  checkOut(commit: string): Promise<Checkout>
}

export interface Checkout {
  folder: string
  remove(): Promise<void>
}

export async function createRepository(): Promise<Repository> {
  const project = await createProject()
  const main = await project.git('rev-parse', 'HEAD')
  let made = 0
  let turn: Promise<unknown> = Promise.resolve()
  /** One git at a time: they lock the same files. */
  const git = (...args: string[]): Promise<string> => {
    const mine = turn.catch(() => undefined).then(() => project.git(...args))
    turn = mine
    return mine
  }
  return {
    project,
    main,
    commit: async (branch, parent) => {
      made += 1
      const commit = await git('commit-tree', `${parent}^{tree}`, '-p', parent, '-m', `change ${made} of ${branch}`)
      await git('update-ref', `refs/heads/${branch}`, commit)
      return commit
    },
    deleteBranch: async (branch) => void (await git('update-ref', '-d', `refs/heads/${branch}`)),
    renameBranch: async (from, to) => void (await git('branch', '--move', from, to)),
    prune: async () => {
      await git('worktree', 'prune')
      await git('reflog', 'expire', '--expire=now', '--all')
      await git('gc', '--quiet', '--prune=now')
    },
    holds: (commit) =>
      git('cat-file', '-e', commit).then(
        () => true,
        () => false,
      ),
    checkOut: async (commit) => {
      made += 1
      const folder = path.join(path.dirname(project.folder), `runner-${made}`)
      await git('worktree', 'add', '--quiet', '--detach', folder, commit)
      return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
    },
  }
}
