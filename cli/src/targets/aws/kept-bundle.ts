import { createHash } from 'node:crypto'
import { UserError } from '../../errors.ts'
import { parseState } from '../../terraform/state.ts'
import { type Doomed, RefusedError, type RenderedRoot } from '../target.ts'
import { packBundle } from './bundle.ts'
import { bundleKey, bundlePrefix, type Ports } from './ports.ts'

/**
 * The bundles in the store. Each lies under its own digest and is never written again with anything else, and the record names the one that counts.
 * So there is no moment at which the two do not fit: it is put there first, the record names it before anything is changed, and the one before
 * it goes when everything that was changed is in the state.
 */

/** Before anything is made: what it takes to destroy it again. The digest, for the record. */
export async function keepBundle(ports: Ports, root: RenderedRoot): Promise<string> {
  const { directory, modules } = root.rendering
  const { product, version } = (await ports.terraform()).engine
  const manifest = {
    schema: 1,
    environment: root.name,
    root: directory,
    modules,
    devtool: ports.version,
    engine: { product, version },
  } as const
  const { bytes } = await packBundle(ports.files, root.repository, [directory, modules], manifest)
  const digest = digestOf(bytes)
  await ports.store.putBytes(bundleKey(root.name, digest), bytes)
  return digest
}

/** For messages: why a bundle is read. */
interface Purpose {
  what: string
  command: string
}

const destroying = (name: string): Purpose => ({ what: `destroy ${name}`, command: `devtool env destroy ${name}` })

/**
 * What an environment is destroyed from; `undefined` if there is none and none is needed.
 *
 * @throws RefusedError where it is not what was kept, or is missing although the state holds something: nothing was touched then.
 */
export async function readBundle(
  ports: Ports,
  doomed: Pick<Doomed, 'name' | 'bundle' | 'applied'>,
  stateKey: string,
  purpose = destroying(doomed.name),
): Promise<Uint8Array | undefined> {
  const { name, bundle: digest } = doomed
  const key = bundleKey(name, digest)
  const bytes = await ports.store.getBytes(key)
  if (bytes !== undefined && digest !== undefined && digestOf(bytes) !== digest) {
    throw new RefusedError(`could not ${purpose.what}: ${key} is a bundle that does not match its digest (refused)`, {
      hint: restoring(ports, key, purpose),
    })
  }
  if (bytes !== undefined || !doomed.applied) return bytes
  // the state goes before the bundle: a run that was cut off between the two has nothing left to destroy
  const state = await ports.states.get(stateKey)
  if (parseState(state?.body ?? '').resources.length === 0) return undefined
  throw new RefusedError(`could not ${purpose.what}: its bundle ${key} is not in ${ports.store.location}`, {
    hint: restoring(ports, key, purpose),
  })
}

function restoring({ store, account }: Ports, key: string, purpose: Purpose): string {
  const again = `then run ${purpose.command} again`
  if (!store.location.startsWith('s3://')) return `put back the file that the last apply wrote, ${again}`
  return `the bucket is versioned: aws s3api list-object-versions --bucket ${account.bucket} --prefix ${key} shows the version that the last apply wrote; put that one back (docs/operations.md says how), ${again}`
}

/** Removes the bundles of an environment, but for the one that its record names. */
export async function forgetBundles({ store }: Ports, name: string, kept?: string): Promise<void> {
  const keys = await store.list(bundlePrefix(name))
  await Promise.all(keys.filter((key) => kept === undefined || key !== bundleKey(name, kept)).map((key) => store.remove(key)))
}

/** As `forgetBundles`; what cannot be removed now goes with the next apply, and is no reason for this one to fail. */
export async function forgetEarlierBundles(ports: Ports, name: string, kept: string): Promise<void> {
  try {
    await forgetBundles(ports, name, kept)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    ports.output.warn(`the bundles of earlier applies of ${name} stay for now: ${error.message}`)
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
