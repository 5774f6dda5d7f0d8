import { createHash } from 'node:crypto'
import path from 'node:path'
import { UsageError } from '../errors.ts'
import { classify, type DiagnosticKind } from './diagnostics.ts'
import { failureOf, type TerraformFailure, toError } from './failure.ts'
import { forEngine, type LockedProvider, mergeHashes, parseLockFile, renderLockFile, withoutHashes } from './lock-file.ts'
import { type CacheDependencies, publish, removePartial } from './provider-cache.ts'
import { findProviderSource, type ProviderSource } from './providers.ts'
import { type RunOptions, runStream, type StreamDependencies, type StreamResult } from './stream.ts'

export interface InitOptions extends RunOptions {
  /** The facts that the backend block leaves open, such as `{ bucket }`. They become arguments: nothing secret. */
  backendConfig?: Readonly<Record<string, string>>
  /**
   * Skip the engine when this very root was initialised before: same configuration files, lock, backend, engine. Safe, because
   * the engine checks modules, backend and providers itself before it does anything, and plan and apply then initialise after all.
   */
  reuse?: boolean
  /** Platforms whose hash the lock is known to hold: there a mismatch is an error and never mended. */
  lockedPlatforms?: readonly string[]
}

export interface InitResult {
  skipped: boolean
  /** The lock lacked this platform's hashes (or this engine's registry) and has them now; the user should commit it. */
  lockCompleted: boolean
  providers: Pick<ProviderSource, 'kind' | 'description'> | null
}

export type InitDependencies = StreamDependencies & CacheDependencies

const LOCK = '.terraform.lock.hcl'
const SECRET_BACKEND_KEYS = /^(access_key|secret_key|token|password|sse_customer_key)$/

/** Makes a root ready. Throws the reason when it cannot. */
export async function initialise(dependencies: InitDependencies, options: InitOptions): Promise<InitResult> {
  const { files, engine } = dependencies
  const secret = Object.keys(options.backendConfig ?? {}).find((key) => SECRET_BACKEND_KEYS.test(key))
  if (secret !== undefined)
    throw new UsageError(`could not pass ${secret} to the backend: secrets are no arguments`, { hint: 'use the AWS_ variables' })
  const marker = path.join(options.directory, '.terraform', 'devtool-init')
  if (options.reuse === true && (await files.readText(marker)) === (await fingerprint(dependencies, options))) {
    return { skipped: true, lockCompleted: false, providers: null }
  }
  const lockPath = path.join(options.directory, LOCK)
  const lockText = await files.readText(lockPath)
  const locked = parseLockFile(lockText ?? '')
  const source = await findProviderSource(dependencies, options.directory, forEngine(locked, engine.product))
  let lockCompleted = false
  try {
    const first = await runInit(dependencies, options, source, lockText === undefined ? [] : ['-lockfile=readonly'])
    const trouble = lockText === undefined ? null : lockTrouble(first)
    if (trouble !== null && mayComplete(trouble, engine.platform, options)) {
      await completeLock(dependencies, options, source, lockPath, lockText ?? '', locked)
      lockCompleted = true
    } else throwIfFailed(first, options)
    if (source.partial !== null) await settle(dependencies, options, source, lockPath)
  } finally {
    if (source.partial !== null) await removePartial(files, source.partial)
  }
  await files.write(marker, await fingerprint(dependencies, options))
  return { skipped: false, lockCompleted, providers: { kind: source.kind, description: source.description } }
}

async function runInit(
  dependencies: InitDependencies,
  options: InitOptions,
  source: ProviderSource,
  extra: readonly string[],
): Promise<StreamResult> {
  const backend = Object.entries(options.backendConfig ?? {}).map(([key, value]) => `-backend-config=${key}=${value}`)
  // -reconfigure: the bucket that we name counts, not the one that an earlier init of this folder noted
  const args = ['init', '-input=false', '-json', '-no-color', '-reconfigure', ...extra, ...backend]
  const environment = { ...options.environment, ...source.environment }
  const result = await runStream(dependencies, args, { ...options, environment })
  // the user's own plugin cache can lose a race against another init; nothing has happened yet, so once more
  const raced = result.exitCode !== 0 && !result.interrupted && kinds(result, 'error').includes('cache-race')
  return raced ? runStream(dependencies, args, { ...options, environment }) : result
}

function kinds(result: StreamResult, severity: 'error' | 'warning'): DiagnosticKind[] {
  return result.diagnostics.filter((diagnostic) => diagnostic.severity === severity).map(classify)
}

/** What the lock lacks: `null` when it was good as it is. */
function lockTrouble(result: StreamResult): 'checksum-mismatch' | 'lock-incomplete' | null {
  if (result.interrupted) return null
  const found = kinds(result, result.exitCode === 0 ? 'warning' : 'error')
  return found.includes('checksum-mismatch') ? 'checksum-mismatch' : found.includes('lock-incomplete') ? 'lock-incomplete' : null
}

function mayComplete(trouble: 'checksum-mismatch' | 'lock-incomplete', platform: string, options: InitOptions): boolean {
  return trouble === 'lock-incomplete' || options.lockedPlatforms?.includes(platform) !== true
}

/**
 * Notes this platform's hashes for the locked versions. An `h1` hash of another platform alone makes every kind of init fail with a
 * checksum mismatch (tried with 1.11.4), and `providers lock` asks only the registry; so init runs on the same selections without
 * hashes, in whatever way this user installs providers, and the old hashes are put back beside the new ones.
 */
async function completeLock(
  dependencies: InitDependencies,
  options: InitOptions,
  source: ProviderSource,
  lockPath: string,
  lockText: string,
  locked: readonly LockedProvider[],
): Promise<void> {
  const { files, engine } = dependencies
  const wanted = forEngine(locked, engine.product)
  let done = false
  try {
    await files.write(lockPath, renderLockFile(withoutHashes(wanted)))
    throwIfFailed(await runInit(dependencies, options, source, []), options)
    const after = parseLockFile((await files.readText(lockPath)) ?? '')
    await files.write(lockPath, renderLockFile(mergeHashes(wanted, after)))
    done = true
  } finally {
    if (!done) await files.write(lockPath, lockText)
  }
}

/** Puts a fresh download into the store and links the root to it there. */
async function settle(dependencies: InitDependencies, options: InitOptions, source: ProviderSource, lockPath: string): Promise<void> {
  const { files, engine, variables } = dependencies
  const locked = forEngine(parseLockFile((await files.readText(lockPath)) ?? ''), engine.product)
  if (locked.length === 0 || source.partial === null) return
  await publish(files, variables, source.partial, locked, engine.platform)
  const stored = await findProviderSource(dependencies, options.directory, locked)
  throwIfFailed(await runInit(dependencies, options, stored, ['-lockfile=readonly']), options)
}

function throwIfFailed(result: StreamResult, options: InitOptions): void {
  const failure: TerraformFailure | null = failureOf('init', result)
  if (failure !== null) throw toError(failure, path.basename(options.directory))
}

/** Over everything that init reads of the root. Module folders are left out: the engine itself notices a module that is not installed. */
async function fingerprint({ files, engine }: InitDependencies, options: InitOptions): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([engine.command, engine.version, options.backendConfig ?? {}]))
  for (const name of await files.list(options.directory)) {
    if (!/\.tf$|\.tf\.json$|\.tofu$/.test(name) && name !== LOCK) continue
    hash.update(`\0${name}\0`).update((await files.readText(path.join(options.directory, name))) ?? '')
  }
  return hash.digest('hex')
}
