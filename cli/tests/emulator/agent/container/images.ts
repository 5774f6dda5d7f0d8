import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Blueprint } from '../../../../src/blueprint/blueprint.ts'
import { parseBlueprint } from '../../../../src/blueprint/parse.ts'
import type { ImageStore } from '../ports.ts'
import { words } from './command.ts'
import { checkDependencies } from './dependencies.ts'
import { type Dockerfile, readDockerfile } from './dockerfile.ts'

/** What a reference leads to. */
export interface Image {
  /** Its files; nobody writes here. */
  folder: string
  /** What it starts, as in the blueprint. */
  start: string
  /** Its `ENV`. */
  environment: Record<string, string>
  /** Its `WORKDIR`, which `folder` stands for. */
  workingDirectory: string
  /** What its links lead to. */
  links: readonly string[]
}

export interface GitImages extends ImageStore {
  resolve(reference: string): Promise<Image | undefined>
  /** Another tag for what that commit builds. */
  tag(reference: string, commit: string): void
  /** Removes the exported folders. */
  remove(): void
}

export interface GitImagesOptions {
  /** A git repository with the project. */
  repository: string
  /** The blueprint's path in it. */
  blueprint: string
  /** A checkout whose `<build folder>/node_modules` stand in for what `npm ci` would install. */
  dependencies: string
}

const REFERENCE = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/([a-z0-9-]+)\/([a-z0-9-]+)(?::([\w.-]{1,128})|@(.*))$/

/** A registry whose images are what each commit of a git repository would build. */
export function gitImages({ repository, blueprint, dependencies }: GitImagesOptions): GitImages {
  const folder = mkdtempSync(path.join(tmpdir(), 'devtool-images-'))
  chmodSync(folder, 0o755)
  const tags = new Map<string, string>()
  const exported = new Map<string, Promise<Image>>()
  const git = gitIn(repository)

  const resolve = async (reference: string): Promise<Image | undefined> => {
    const [, project, service, tag, digest] = REFERENCE.exec(reference) ?? []
    if (digest !== undefined) throw new Error(`CannotPullContainerError: the emulator does not know digests, only tags: ${reference}`)
    if (project === undefined || service === undefined || tag === undefined) return undefined
    const asked = tags.get(reference) ?? (/^[0-9a-f]{12}$/.test(tag) ? tag : undefined)
    const commit = asked === undefined ? undefined : await git.commit(asked)
    if (commit === undefined) return undefined
    const parsed = parseBlueprint(await git.show(commit, blueprint), blueprint)
    const source = sourceOf(parsed, service)
    if (parsed.project !== project || source === undefined) return undefined
    const id = `${service}-${commit.slice(0, 12)}`
    const known = exported.get(id) ?? exportImage(git, commit, source, path.join(folder, id), dependencies)
    exported.set(id, known)
    return known
  }

  return {
    resolve,
    tag: (reference, commit) => void tags.set(reference, commit),
    remove: () => {
      if (!existsSync(folder)) return
      // a read-only folder keeps what is in it
      for (const entry of entriesBelow(folder)) if (entry.folder) chmodSync(entry.path, 0o755)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Source {
  build: string
  start: string | null
}

/** Services and, under their fixed name, the migrations; what has no build folder is not in this registry. */
function sourceOf(blueprint: Blueprint, service: string): Source | undefined {
  const found =
    service === 'migrations'
      ? blueprint.database?.migrations
      : Object.hasOwn(blueprint.services, service)
        ? blueprint.services[service]
        : undefined
  return found?.build ? { build: found.build, start: found.start } : undefined
}

interface Git {
  commit(name: string): Promise<string | undefined>
  show(commit: string, file: string): Promise<string>
  export(commit: string, folder: string, to: string): Promise<void>
}

function gitIn(repository: string): Git {
  const run = promisify(execFile)
  const { PATH, HOME } = process.env
  const git = (...args: string[]): Promise<{ stdout: string }> =>
    run('git', ['-C', repository, ...args], { env: { PATH, HOME, GIT_CONFIG_NOSYSTEM: '1' }, maxBuffer: 64 * 1024 * 1024 })
  return {
    commit: (name) =>
      git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`).then(
        ({ stdout }) => stdout.trim(),
        () => undefined,
      ),
    show: async (commit, file) => (await git('show', '--end-of-options', `${commit}:${file}`)).stdout,
    export: async (commit, source, to) => {
      mkdirSync(to, { recursive: true })
      await git('archive', '--format=tar', `--output=${to}.tar`, `${commit}:${source}`)
      await run('tar', ['-xf', `${to}.tar`, '-C', to])
      rmSync(`${to}.tar`)
    },
  }
}

async function exportImage(git: Git, commit: string, source: Source, folder: string, dependencies: string): Promise<Image> {
  await git.export(commit, source.build, folder)
  const name = path.join(source.build, 'Dockerfile')
  if (!existsSync(path.join(folder, 'Dockerfile'))) throw new Error(`could not build ${source.build}: it has no Dockerfile`)
  const dockerfile = readDockerfile(readFileSync(path.join(folder, 'Dockerfile'), 'utf8'))
  const start = agreedStart(source, dockerfile, name)
  keepCopied(folder, dockerfile.copied, name)
  const modules = path.join(dependencies, source.build, 'node_modules')
  checkDependencies(folder, modules, source.build)
  const links = existsSync(modules) ? [modules] : []
  if (links.length > 0) symlinkSync(modules, path.join(folder, 'node_modules'))
  for (const entry of entriesBelow(folder)) chmodSync(entry.path, entry.folder ? 0o555 : 0o444)
  chmodSync(folder, 0o555)
  return { folder, start, environment: dockerfile.environment, workingDirectory: dockerfile.workingDirectory, links }
}

/** What an image starts on AWS and what the blueprint starts here are the same, or the emulator would prove nothing. */
function agreedStart(source: Source, { command, entryPoint }: Dockerfile, name: string): string {
  const text = (value: readonly string[] | string | undefined): string => (typeof value === 'string' ? value : (value ?? []).join(' '))
  if (entryPoint !== undefined) throw new Error(`could not read ${name}: the emulator does not know ENTRYPOINT, use CMD`)
  if (source.start === null) throw new Error(`could not start ${source.build}: it has no start in the blueprint`)
  const same = Array.isArray(command) ? JSON.stringify(words(source.start)) === JSON.stringify(command) : text(command) === source.start
  if (!same)
    throw new Error(`${name} starts ${JSON.stringify(text(command))}, the blueprint ${JSON.stringify(source.start)}: they have to agree`)
  return source.start
}

/** An image holds what its Dockerfile copies; a file that was forgotten there is missing here, too. */
function keepCopied(folder: string, copied: readonly string[], name: string): void {
  const wild = copied.find((source) => /[*?[$]/.test(source))
  if (wild !== undefined) throw new Error(`could not read ${name}: the emulator does not know patterns in COPY: ${wild}`)
  const missing = copied.find((source) => !existsSync(path.join(folder, source)))
  if (missing !== undefined) throw new Error(`could not build ${name}: COPY failed: ${missing} is not there`)
  if (copied.includes('.')) return
  const isKept = (file: string): boolean =>
    copied.some((source) => file === source || file.startsWith(`${source}/`) || source.startsWith(`${file}/`))
  for (const entry of entriesBelow(folder)) {
    if (!isKept(path.relative(folder, entry.path))) rmSync(entry.path, { recursive: true, force: true })
  }
}

/** Files and folders, a folder before what is in it; links are left out. */
function entriesBelow(folder: string): { path: string; folder: boolean }[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const own = entries.filter((entry) => entry.isFile() || entry.isDirectory())
  return own.map((entry) => ({ path: path.join(entry.parentPath, entry.name), folder: entry.isDirectory() }))
}
