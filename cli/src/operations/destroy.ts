import type { Context, Place } from '../context.ts'
import { CancelledError, ConflictError, ToolError, UserError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import { isExpired } from '../sync/expiry.ts'
import { isRefusal, type Leftover, type Target } from '../targets/target.ts'
import { requireRecord } from './find.ts'
import { type HoldContext, holdLease } from './hold.ts'
import { findHome } from './home.ts'
import type { Project } from './project.ts'

type DestroyContext = HoldContext & Pick<Context, 'target' | 'openStore' | 'registry' | 'leases'>

/** It was destroyed, and some of it is still there. */
export class LeftoversError extends ToolError {
  readonly leftovers: readonly Leftover[]

  constructor(name: string, leftovers: readonly Leftover[]) {
    const list = leftovers.map(({ type, id }) => `  ${type} ${id}`)
    super(`could not destroy ${name}: ${leftovers.length} of its resources are still there\n${list.join('\n')}`, {
      hint: `devtool env destroy ${name} tries again; what stays after that has to be removed by hand`,
    })
    this.leftovers = leftovers
  }
}

/** It was to go because its time was up, and meanwhile somebody has extended it. */
export class ExtendedError extends ConflictError {
  /** ISO 8601; null: never. */
  readonly expiresAt: string | null

  constructor({ name, expiresAt }: EnvironmentRecord) {
    super(
      `could not remove ${name} for its age: it was extended, and ${expiresAt === null ? 'does not expire' : `lives until ${expiresAt}`}`,
    )
    this.expiresAt = expiresAt
  }
}

/** Refuses what must not be destroyed; otherwise the environment as it stands. */
export async function requireDestroyable(context: DestroyContext, project: Project, name: string): Promise<EnvironmentRecord> {
  const refuse = (): never => {
    throw new UserError(`could not destroy ${name}: it is pinned`, {
      hint: `a pinned environment is never destroyed by devtool; take "pinned: true" off environments.${name} in devtool.yaml, apply that, and destroy it then`,
    })
  }
  if (project.blueprint.environments[name]?.pinned === true) refuse()
  const record = await requireRecord((await findHome(context, project, name)).registry, name)
  return record.pinned ? refuse() : record
}

/**
 * Removes an environment and proves it: its state is empty, nothing that carries its name or tags is found, and only then is its name
 * freed. Whatever is found is named, and the environment stays in the registry as `leaked` until a later run ends clean. `expiredOnly`: only if
 * its time is up at the moment when it begins. `repository`: what that of its pull request is called now.
 */
export async function destroyEnvironment(
  context: DestroyContext,
  project: Place,
  name: string,
  { takeOver, expiredOnly = false, repository }: { takeOver: boolean; expiredOnly?: boolean; repository?: string },
): Promise<EnvironmentRecord> {
  const { clock } = context
  const { kind, store, registry } = await findHome(context, project, name)
  const leases = context.leases(store)
  const destroyed = await registry.getDestroyed(name)
  // a run that died when everything was gone has left its lease: that is given back like any other
  const isGone = destroyed !== undefined && (await registry.get(name)) === undefined && (await leases.holder(name)) === undefined
  if (isGone) return destroyed

  let used: Target | undefined
  const request = { name, operation: 'destroy', place: project, takeOver }
  const last = await holdLease(context, leases, request, async (held) => {
    const fenced = held.fenced(registry)
    const stamp = (): string => clock.now().toISOString()
    const before = await registry.get(name)
    if (before === undefined) return requireRecord(registry, name)
    const [target, record] = await Promise.all([
      context.target(project, kind),
      fenced.update(name, (current) => {
        if (expiredOnly && !isExpired(current, clock.now())) throw new ExtendedError(current)
        // until the proof: a destroy that is cut off leaves a lock, and half of an environment, as an apply does
        return { ...current, status: 'destroying', unclean: true, updatedAt: stamp(), failure: null }
      }),
    ])
    used = target
    const run = held.run({ unclean: before.unclean })
    try {
      const leftovers = await target.destroy(
        { ...record, applied: record.serial > 0, thorough: before.unclean || !['claimed', 'ready'].includes(before.status) },
        run,
      )
      if (leftovers.length > 0) {
        throw new LeftoversError(name, leftovers)
      }
    } catch (error) {
      const [message = '', ...lines] = (error instanceof Error ? error.message : String(error)).split('\n')
      const interrupted = error instanceof CancelledError || context.interrupt.aborted
      const after: Partial<EnvironmentRecord> = isRefusal(error)
        ? { status: before.status, unclean: before.unclean, updatedAt: before.updatedAt }
        : { status: interrupted ? 'destroying' : 'leaked', updatedAt: stamp() }
      await fenced.update(name, (current) => ({ ...current, ...after, failure: { phase: 'destroy', resource: null, message, lines } }))
      throw error
    }
    const gone = { status: 'destroyed' as const, url: null, services: [], unclean: false, bundle: undefined }
    const now = repository === undefined ? {} : { repository }
    const closed: EnvironmentRecord = { ...record, ...gone, ...now, updatedAt: stamp() }
    await fenced.close(name, closed)
    return closed
  })
  // only now, when the lease is given back too, can the last of what all shared go
  await used?.close()
  return last
}
