import { createHash } from 'node:crypto'
import path from 'node:path'
import type { Files } from '../system/files.ts'
import { cacheFolder } from '../system/folders.ts'
import type { Processes, ProcessIdentity } from '../system/processes.ts'
import type { Variables } from './child-environment.ts'
import type { LockedProvider } from './lock-file.ts'

/**
 * DevTool's per-user store of providers, safe for any number of processes without a lock.
 *
 * Terraform's own plugin cache is written in place, so two inits at once break each other (hashicorp/terraform#31964), and a lock
 * of ours would have to survive a killed holder. Instead every init that downloads has a cache folder of its own below
 * `partial/`; what it has unpacked and verified is put into `providers/` by one rename. Whoever comes second throws his copy away.
 * A folder in `providers/` is therefore complete from the moment it can be seen, and is used as a file system mirror: read-only.
 */
export function cachedProviders(variables: Variables): string {
  return path.join(cacheFolder(variables), 'providers')
}

export interface CacheDependencies {
  files: Files
  variables: Variables
  /** With it, what inits that were killed in the middle of a download left behind is cleared away. */
  processes?: Pick<Processes, 'self' | 'ended'>
}

/** An empty cache folder for one init; the same root in the same process gets the same one, so nothing piles up. */
export async function newPartial({ files, variables, processes }: CacheDependencies, directory: string): Promise<string> {
  const name = `${process.pid}-${createHash('sha256').update(directory).digest('hex').slice(0, 8)}`
  const partials = path.join(cacheFolder(variables), 'partial')
  const folder = path.join(partials, name)
  if (processes !== undefined) {
    await clearDead(files, processes, partials)
    await files.write(ownerOf(folder), JSON.stringify(await processes.self()))
  }
  await files.remove(folder)
  await files.makeFolder(folder)
  return folder
}

export async function removePartial(files: Files, folder: string): Promise<void> {
  await files.remove(folder)
  await files.remove(ownerOf(folder))
}

const ownerOf = (folder: string): string => `${folder}.json`

async function clearDead(files: Files, processes: Pick<Processes, 'ended'>, partials: string): Promise<void> {
  for (const name of await files.list(partials)) {
    if (!name.endsWith('.json')) continue
    const file = path.join(partials, name)
    const owner = parseIdentity(await files.readText(file))
    if (owner !== undefined && (await processes.ended(owner))) await removePartial(files, file.replace(/\.json$/, ''))
  }
}

function parseIdentity(text: string | undefined): ProcessIdentity | undefined {
  try {
    const value = JSON.parse(text ?? '') as ProcessIdentity
    return typeof value.pid === 'number' && typeof value.boot === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** Moves what an init downloaded into the store. `true` when the store now holds every one of `locked`. */
export async function publish(
  files: Files,
  variables: Variables,
  partial: string,
  locked: readonly LockedProvider[],
  platform: string,
): Promise<boolean> {
  const store = cachedProviders(variables)
  let complete = true
  for (const { address, version } of locked) {
    const relative = path.join(...address.split('/'), version, platform)
    const target = path.join(store, relative)
    if (!(await files.exists(target))) {
      await files.makeFolder(path.dirname(target))
      // rename(2) fails when another process has put its folder there meanwhile: then that one is as good
      await files.move(path.join(partial, relative), target).catch(() => false)
    }
    complete &&= await files.exists(target)
  }
  // before the root is linked anew: init would keep a link to a copy that is still there
  await removePartial(files, partial)
  return complete
}
