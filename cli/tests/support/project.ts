import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { root } from './toolchain.ts'

/** A git repository of a user's, with a blueprint and services to run `devtool` in. */
export interface Project {
  folder: string
  /** For `XDG_STATE_HOME` and `XDG_CACHE_HOME`, so that nothing is left in the home of whoever runs the tests. */
  environment: Record<string, string>
  read(file: string): Promise<string>
  write(file: string, content: string): Promise<void>
  git(...args: string[]): Promise<string>
  commit(message: string): Promise<void>
  /** Another checkout of the repository beside it, on a new branch. */
  worktree(branch: string): Promise<string>
  remove(): Promise<void>
}

export interface ProjectOptions {
  /** The text of `devtool.yaml`; this repository's own otherwise. */
  blueprint?: string
  branch?: string
  /** With the packages of the services, linked from this repository, so that they can be started. */
  runnable?: boolean
}

const AUTHOR = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false']
const SKIPPED = new Set(['node_modules', 'tests', 'testing'])

/** This repository's blueprint and the sources of its services, committed on a branch. */
export async function createProject(options: ProjectOptions = {}): Promise<Project> {
  // macOS has its temporary folder behind a link, and devtool prints real paths
  const home = await realpath(await mkdtemp(path.join(tmpdir(), 'devtool-project-')))
  const folder = path.join(home, 'shop')
  const project: Project = {
    folder,
    environment: { XDG_STATE_HOME: path.join(home, 'state'), XDG_CACHE_HOME: path.join(home, 'cache') },
    read: (file) => readFile(path.join(folder, file), 'utf8'),
    write: async (file, content) => {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
      await writeFile(path.join(folder, file), content)
    },
    git: async (...args) => {
      const { PATH = '' } = process.env
      const env = { PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' }
      const { stdout } = await execa('git', [...AUTHOR, ...args], { cwd: folder, env, extendEnv: false })
      return stdout
    },
    commit: async (message) => {
      await project.git('add', '--all')
      await project.git('commit', '--quiet', '--allow-empty', '--message', message)
    },
    worktree: async (branch) => {
      const checkout = path.join(home, branch.replaceAll('/', '-'))
      await project.git('worktree', 'add', '--quiet', '-b', branch, checkout)
      if (options.runnable === true) await linkPackages(checkout)
      return checkout
    },
    remove: () => rm(home, { recursive: true, force: true }),
  }
  await mkdir(folder)
  await project.write('devtool.yaml', options.blueprint ?? (await readFile(path.join(root, 'devtool.yaml'), 'utf8')))
  await project.write('.gitignore', 'node_modules\n.terraform/\n*.tfstate\n')
  await cp(path.join(root, 'services'), path.join(folder, 'services'), {
    recursive: true,
    filter: (source) => !SKIPPED.has(path.basename(source)),
  })
  await project.git('init', '--quiet', '--initial-branch', options.branch ?? 'main')
  await project.git('remote', 'add', 'origin', 'https://github.com/acme/shop.git')
  await project.commit('the shop')
  if (options.runnable === true) await linkPackages(folder)
  return project
}

async function linkPackages(checkout: string): Promise<void> {
  for (const service of ['api', 'migrations']) {
    await symlink(path.join(root, 'services', service, 'node_modules'), path.join(checkout, 'services', service, 'node_modules'))
  }
}
