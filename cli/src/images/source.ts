import { createHash } from 'node:crypto'
import path from 'node:path'
import { UsageError, UserError } from '../errors.ts'
import { dockerIgnore } from './dockerignore.ts'
import type { Build, Machine } from './ports.ts'

/** What an image is made of. */
export interface Source {
  /**
   * SHA-256, 64 hex digits, over the path, kind and content of each file that can get into the image. The Dockerfile is one of the files.
   * Nothing outside the build folder counts, as nothing outside it can be copied: the folder is the whole build context.
   */
  digest: string
  /** The folder is what the commit holds: the image may carry the commit's name. */
  committed: boolean
}

type Ports = Pick<Machine, 'files' | 'run' | 'variables'>

const DOCKERFILE = 'Dockerfile'
/** The first that is there counts, as for BuildKit. */
const IGNORE_FILES = ['Dockerfile.dockerignore', '.dockerignore']

/**
 * Reads the build folder as git sees it in the working tree: what is tracked or could be, with what was changed and not committed, and without what git
 * ignores. Two machines with the same checkout get the same digest, whatever else lies in the folder.
 *
 * @param root folder of the project
 * @param copyTo a folder that gets exactly these files: what is built is then what was counted
 */
export async function readSource(ports: Ports, root: string, build: Build, copyTo?: string): Promise<Source> {
  const folder = path.join(root, build.folder)
  const names = await gitFiles(ports, folder, build.folder)
  if (!names.includes(DOCKERFILE)) {
    const file = path.posix.join(build.folder, DOCKERFILE)
    throw new UsageError(`could not build ${build.name}: git ignores ${file}, and only what git sees becomes part of an image`, {
      hint: `git check-ignore -v ${file} shows the rule`,
    })
  }
  const ignored = dockerIgnore(await firstText(ports, folder, names))
  const always = [DOCKERFILE, ...IGNORE_FILES]
  const sum = createHash('sha256')
  for (const name of names) {
    const entry = await readEntry(ports, path.join(folder, name))
    if (entry === undefined) continue
    if (copyTo !== undefined) await writeEntry(ports, path.join(copyTo, name), entry)
    if (ignored(name) && !always.includes(name)) continue
    const content = createHash('sha256').update(entry.content).digest('hex')
    sum.update(`${name}\0${entry.kind}\0${content}\n`)
  }
  const changes = await git(ports, folder, ['--no-optional-locks', 'status', '--porcelain', '--untracked-files=all', '--', '.'])
  return { digest: sum.digest('hex'), committed: changes.trim() === '' }
}

/** Refuses a folder that cannot be built, with the key that names it. */
export async function requireDockerfiles({ files }: Pick<Machine, 'files'>, root: string, builds: readonly Build[]): Promise<void> {
  const missing: string[] = []
  for (const { key, folder } of builds) {
    const file = path.posix.join(folder, DOCKERFILE)
    if (!(await files.exists(path.join(root, file)))) missing.push(`${file} is not there (${key} in devtool.yaml)`)
  }
  if (missing.length === 0) return
  throw new UsageError(`could not build: ${missing.join('; ')}`, { hint: 'write the Dockerfile, or name a ready-made image with `image:`' })
}

/** Sorted by code unit, relative to the folder, with `/`. */
async function gitFiles(ports: Ports, folder: string, shown: string): Promise<string[]> {
  const listed = await git(ports, folder, ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '.'])
  const found = new Set<string>()
  for (const name of listed.split('\0').filter((each) => each !== '')) {
    if (name.includes('\uFFFD')) throw new UserError(`could not read ${shown}: a file name in it is not UTF-8: ${name}`)
    const at = path.join(folder, name)
    if ((await ports.files.linkTarget(at)) !== undefined || (await ports.files.stat(at))?.folder !== true) {
      found.add(name)
      continue
    }
    // a repository inside this one, a submodule for one, is a single entry to git
    if (!(await ports.files.exists(path.join(at, '.git')))) {
      throw new UserError(`could not read ${path.posix.join(shown, name)}: the submodule is not checked out`, {
        hint: 'git submodule update --init --recursive',
      })
    }
    for (const inner of await gitFiles(ports, at, path.posix.join(shown, name))) found.add(path.posix.join(name, inner))
  }
  return [...found].sort()
}

async function git({ run, variables }: Ports, folder: string, args: readonly string[]): Promise<string> {
  const env = { PATH: variables['PATH'], HOME: variables['HOME'] }
  const result = await run('git', args, { cwd: folder, env, allowFailure: true })
  if (result.exitCode === 0) return result.stdout
  throw new UserError(`could not ask git for the files of ${folder}: ${result.stderr.trim().split('\n')[0] ?? ''}`, {
    hint: 'an image is built from what git sees: run the command in a git repository',
  })
}

async function firstText({ files }: Ports, folder: string, names: readonly string[]): Promise<string> {
  const name = IGNORE_FILES.find((each) => names.includes(each))
  return name === undefined ? '' : ((await files.readText(path.join(folder, name))) ?? '')
}

interface Entry {
  kind: 'file' | 'program' | 'link'
  /** Of a link: what it says. */
  content: Uint8Array
}

/** `undefined` for a file that git knows and that was deleted. */
async function readEntry({ files }: Ports, file: string): Promise<Entry | undefined> {
  const target = await files.linkTarget(file)
  if (target !== undefined) return { kind: 'link', content: Buffer.from(target) }
  const content = await files.readBytes(file)
  if (content === undefined) return undefined
  return { kind: (await files.executable(file)) ? 'program' : 'file', content }
}

/** With modes that do not depend on who checked the files out: they are part of a layer. */
async function writeEntry({ files }: Ports, file: string, { kind, content }: Entry): Promise<void> {
  if (kind === 'link') {
    await files.makeFolder(path.dirname(file))
    await files.makeLink(Buffer.from(content).toString('utf8'), file)
    return
  }
  await files.write(file, content)
  await files.setMode(file, kind === 'program' ? 0o755 : 0o644)
}
