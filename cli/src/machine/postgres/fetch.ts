import path from 'node:path'
import { UserError } from '../../errors.ts'
import type { Clock } from '../../system/clock.ts'
import type { Files } from '../../system/files.ts'
import type { Random } from '../../system/random.ts'
import type { Run } from '../../system/run.ts'
import { versionOf } from './installed.ts'
import type { PostgresRelease } from './releases.ts'

export interface FetchPorts {
  files: Files
  run: Run
  random: Random
  clock: Clock
  variables: Readonly<Record<string, string | undefined>>
}

const HOUR_MS = 3_600_000
const PART = '.part'

/** What the programs need to be started at all; a system without it (Alpine, NixOS) has another C library, and they cannot run there. */
const LOADERS: Readonly<Record<string, string>> = {
  'linux-x64': '/lib64/ld-linux-x86-64.so.2',
  'linux-arm64': '/lib/ld-linux-aarch64.so.1',
}

/**
 * Puts the server of a release into `folder`: whole, or not at all. The archive must have the digest that the release names.
 *
 * @throws UserError that says in one line why there is none.
 */
export async function fetchPostgres(ports: FetchPorts, release: PostgresRelease, folder: string): Promise<void> {
  const { files, random } = ports
  const loader = LOADERS[release.platform]
  if (loader !== undefined && !(await files.exists(loader)))
    throw new UserError('the server from npm needs glibc, which this system does not have')
  const part = path.join(path.dirname(folder), `${path.basename(folder)}.${random.id()}${PART}`)
  await removeOldParts(ports, path.dirname(folder))
  try {
    await install(ports, release, part)
    const native = path.join(part, 'node_modules', release.package, 'native')
    await makeLinks(files, native)
    for (const program of ['initdb', 'pg_ctl', 'postgres']) await files.setMode(path.join(native, 'bin', program), 0o755)
    await versionOf(ports, path.join(native, 'bin'))
    await files.makeFolder(path.dirname(folder))
    await moveIntoPlace(files, native, folder)
  } finally {
    await files.remove(part)
  }
}

/** A fetch that was killed leaves its part, and nobody knows its name. */
async function removeOldParts({ files, clock }: FetchPorts, parent: string): Promise<void> {
  for (const name of await files.list(parent)) {
    const old = path.join(parent, name)
    const modified = name.endsWith(`${PART}/`) ? (await files.stat(old))?.modified : undefined
    if (modified !== undefined && clock.now().getTime() - modified > HOUR_MS) await files.remove(old)
  }
}

async function install({ files, run, variables }: FetchPorts, release: PostgresRelease, part: string): Promise<void> {
  const manifest = { private: true, dependencies: { [release.package]: release.version } }
  const locked = { version: release.version, integrity: release.integrity }
  const packages = { '': { dependencies: manifest.dependencies }, [`node_modules/${release.package}`]: locked }
  await files.write(path.join(part, 'package.json'), JSON.stringify(manifest))
  await files.write(path.join(part, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, requires: true, packages }))
  // retried once: who has no network should not wait a minute to be told
  const network = ['--prefer-offline', '--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=60000']
  const args = ['ci', '--prefix', part, '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error', ...network]
  const { exitCode, stderr } = await run('npm', args, { cwd: part, env: variables, allowFailure: true })
  if (exitCode !== 0) throw new UserError(`npm could not fetch ${release.package}@${release.version}: ${reasonOf(stderr)}`)
}

/** The first line of npm's error that says something. */
function reasonOf(stderr: string): string {
  const lines = stderr.split('\n').flatMap((line) => /^npm (?:error|ERR!) (.+)$/.exec(line.trim())?.[1] ?? [])
  const said = lines.find((line) => !/^(code|errno|syscall|A complete log)\b/.test(line))
  return (said ?? lines[0] ?? 'it did not say why').replace(/^network /, '').slice(0, 300)
}

/** An archive of npm holds no links; the package says which there are, and a script of its own would make them. */
async function makeLinks(files: Files, native: string): Promise<void> {
  const links: unknown = JSON.parse((await files.readText(path.join(native, 'pg-symlinks.json'))) ?? '[]')
  if (!Array.isArray(links)) return
  for (const { source, target } of links as { source: string; target: string }[]) {
    const [from, file] = [path.resolve(native, '..', source), path.resolve(native, '..', target)]
    if (![from, file].every((inside) => inside.startsWith(native + path.sep)) || (await files.exists(file))) continue
    await files.makeLink(path.relative(path.dirname(file), from), file)
  }
}

async function moveIntoPlace(files: Files, native: string, folder: string): Promise<void> {
  try {
    await files.move(native, folder)
  } catch (error) {
    // somebody else fetched it meanwhile
    if (!(await files.exists(path.join(folder, 'bin', 'postgres')))) throw error
  }
}
