import { createHash } from 'node:crypto'
import path from 'node:path'
import { UserError } from '../errors.ts'
import type { Files } from '../system/files.ts'
import { cacheFolder } from '../system/folders.ts'
import type { Variables } from './child-environment.ts'
import type { Engine } from './engine.ts'
import type { LockedProvider } from './lock-file.ts'
import { type CacheDependencies, cachedProviders, newPartial } from './provider-cache.ts'

/** Where init takes the providers from, and what the child needs to know for it. */
export interface ProviderSource {
  kind: 'builtin' | 'user' | 'mirror' | 'cache' | 'registry'
  /** What to say about it. */
  description: string
  /** Variables for init. `undefined` takes one of the user's away. */
  environment: Variables
  /** A cache folder of this init alone; what it holds afterwards is published. `null` when nothing is downloaded. */
  partial: string | null
}

interface ProviderDependencies extends CacheDependencies {
  engine: Engine
}

/** Where administrators and images put provider mirrors. Looked through two levels deep, and only where a name suggests it below the first. */
const SYSTEM_PREFIXES = ['/usr/share', '/usr/local/share', '/usr/local/lib', '/usr/local', '/usr/lib', '/opt', '/var/lib', '/srv']
/** These hold few folders, under any name; the others hold hundreds that are none of our business. */
const SPARSE_PREFIXES = new Set(['/opt', '/srv'])
const MIRROR_NAME = /terraform|tofu|provider|plugin|mirror|^tf/i
const MOST_FOLDERS = 500

/**
 * Decides where providers come from, cheapest and most explicit first:
 * 1. `DEVTOOL_PROVIDER_MIRROR`;
 * 2. the user's own CLI configuration, untouched;
 * 3. a file system mirror on this machine that holds every locked version for this platform;
 * 4. DevTool's own per-user store of providers;
 * 5. the registry, into that store.
 *
 * 3 and 4 are read-only for Terraform (it links to the folder), which is what makes any number of inits at once safe.
 */
export async function findProviderSource(
  dependencies: ProviderDependencies,
  directory: string,
  locked: readonly LockedProvider[],
): Promise<ProviderSource> {
  const { files, engine, variables } = dependencies
  const named = variables['DEVTOOL_PROVIDER_MIRROR']
  if (named !== undefined && named !== '') {
    if (!(await files.exists(named))) {
      throw new UserError(`could not use the provider mirror ${named}: there is no such folder`, {
        hint: 'correct or unset DEVTOOL_PROVIDER_MIRROR',
      })
    }
    const packed = await isPacked(files, named, locked)
    return fromMirror(dependencies, directory, named, locked, packed)
  }
  const own = await userConfig(dependencies)
  if (own !== undefined) return { kind: 'user', description: `as ${own} says`, environment: {}, partial: null }
  const noConfig = { TF_CLI_CONFIG_FILE: undefined }
  if (locked.length === 0) return { kind: 'builtin', description: 'none locked', environment: noConfig, partial: null }
  for await (const folder of candidates(dependencies)) {
    if (await holdsAll(files, folder, locked, engine.platform)) return fromMirror(dependencies, directory, folder, locked, false)
  }
  const cache = cachedProviders(variables)
  if (await holdsAll(files, cache, locked, engine.platform)) {
    const source = await fromMirror(dependencies, directory, cache, locked, false)
    return { ...source, kind: 'cache', description: 'from the per-user store' }
  }
  const partial = await newPartial(dependencies, directory)
  return { kind: 'registry', description: 'from the registry', environment: { ...noConfig, TF_PLUGIN_CACHE_DIR: partial }, partial }
}

/**
 * What a run other than init gets: the user's configuration if there is one. A `TF_CLI_CONFIG_FILE` that names no file is taken
 * away, because Terraform warns of it at every run, on the very stream that we read.
 */
export async function runEnvironment({ files, variables }: Pick<ProviderDependencies, 'files' | 'variables'>): Promise<Variables> {
  const file = variables['TF_CLI_CONFIG_FILE']
  return file === undefined || (await files.exists(file)) ? {} : { TF_CLI_CONFIG_FILE: undefined }
}

/** The user's own CLI configuration, where Terraform and OpenTofu look for it. */
async function userConfig({ files, variables, engine }: ProviderDependencies): Promise<string | undefined> {
  const named = variables['TF_CLI_CONFIG_FILE']
  if (named !== undefined && named !== '') return (await files.exists(named)) ? named : undefined
  const home = variables['HOME']
  if (home === undefined) return undefined
  const usual = engine.product === 'tofu' ? ['.tofurc', '.terraformrc', '.config/opentofu/tofurc'] : ['.terraformrc']
  for (const name of usual) if (await files.exists(path.join(home, name))) return path.join(home, name)
  return undefined
}

async function* candidates({ files, variables }: ProviderDependencies): AsyncGenerator<string> {
  const home = variables['HOME']
  if (home !== undefined) {
    yield path.join(home, '.terraform.d', 'plugins')
    yield path.join(home, '.terraform.d', 'providers')
    yield path.join(variables['XDG_DATA_HOME'] ?? path.join(home, '.local', 'share'), 'terraform', 'plugins')
  }
  for (const prefix of SYSTEM_PREFIXES) {
    yield prefix
    for (const name of await names(files, prefix)) {
      const suggests = MIRROR_NAME.test(name)
      if (!suggests && !SPARSE_PREFIXES.has(prefix)) continue
      const folder = path.join(prefix, name)
      yield folder
      if (suggests) for (const child of await names(files, folder)) yield path.join(folder, child)
    }
  }
}

/** What stands in a folder; nothing where we may not look. */
async function names(files: Files, folder: string): Promise<string[]> {
  const found = await files.list(folder).catch(() => [])
  return found.slice(0, MOST_FOLDERS).map((name) => name.replace(/\/$/, ''))
}

const unpacked = (folder: string, { address, version }: LockedProvider, platform: string): string =>
  path.join(folder, ...address.split('/'), version, platform)

async function holdsAll(files: Files, folder: string, locked: readonly LockedProvider[], platform: string): Promise<boolean> {
  for (const provider of locked) if (!(await files.exists(unpacked(folder, provider, platform)).catch(() => false))) return false
  return true
}

/** A packed mirror (zip files, what `terraform providers mirror` makes) is unpacked anew by every init, 700 MB for AWS; so it goes through our store. */
async function isPacked(files: Files, folder: string, locked: readonly LockedProvider[]): Promise<boolean> {
  for (const { address } of locked) {
    if ((await files.list(path.join(folder, ...address.split('/')))).some((name) => name.endsWith('.zip'))) return true
  }
  return false
}

async function fromMirror(
  dependencies: ProviderDependencies,
  directory: string,
  folder: string,
  locked: readonly LockedProvider[],
  packed: boolean,
): Promise<ProviderSource> {
  const { files, engine, variables } = dependencies
  const cache = cachedProviders(variables)
  const stored = packed && (await holdsAll(files, cache, locked, engine.platform))
  const content = mirrorConfig(
    stored ? cache : folder,
    locked.map(({ address }) => address),
  )
  const config = path.join(cacheFolder(variables), `${createHash('sha256').update(content).digest('hex').slice(0, 12)}.tfrc`)
  if ((await files.readText(config)) !== content) await files.write(config, content)
  const partial = packed && !stored ? await newPartial(dependencies, directory) : null
  const environment = { TF_CLI_CONFIG_FILE: config, ...(partial === null ? {} : { TF_PLUGIN_CACHE_DIR: partial }) }
  return { kind: 'mirror', description: `from ${folder}`, environment, partial }
}

/** A CLI configuration that takes these providers from a folder and every other one from its registry. */
export function mirrorConfig(folder: string, addresses: readonly string[]): string {
  const list = `[${addresses.map((address) => JSON.stringify(address)).join(', ')}]`
  const include = addresses.length === 0 ? '' : `    include = ${list}\n`
  const exclude = addresses.length === 0 ? '' : `    exclude = ${list}\n`
  return `provider_installation {\n  filesystem_mirror {\n    path    = ${JSON.stringify(folder)}\n${include}  }\n  direct {\n${exclude}  }\n}\n`
}
