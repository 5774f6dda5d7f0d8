import type { Context, Place } from '../context.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { UserError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Registry } from '../registry/registry.ts'
import type { ObjectStore } from '../system/object-store.ts'

type HomeContext = Pick<Context, 'openStore' | 'registry'>

/** Where environments of one target are kept: those in the account in its bucket, those of this machine in a folder of the user's. */
export interface Home {
  kind: EnvironmentDocument['target']
  store: ObjectStore
  registry: Registry
}

export async function openHome(context: HomeContext, project: Place, kind: Home['kind']): Promise<Home> {
  const store = await context.openStore(project, kind)
  return { kind, store, registry: context.registry(store) }
}

/** The record of an environment of this machine; needs no account. */
export async function findLocal(context: HomeContext, project: Place, name: string): Promise<EnvironmentRecord | undefined> {
  return (await openHome(context, project, 'local')).registry.get(name)
}

/** Who knows the name: this machine if it does, otherwise the account; and this machine again for what it has destroyed last. */
export async function findHome(context: HomeContext, project: Place, name: string): Promise<Home> {
  const local = await openHome(context, project, 'local')
  if ((await local.registry.get(name)) !== undefined) return local
  const wasLocal = (await local.registry.getDestroyed(name)) !== undefined
  try {
    const aws = await openHome(context, project, 'aws')
    return wasLocal && (await aws.registry.get(name)) === undefined ? local : aws
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    if (wasLocal) return local
    throw new UserError(`could not find ${name} on this machine, and not look in the account: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    })
  }
}
