import type { Context, Place } from '../context.ts'
import { CancelledError, ToolError, UserError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Target } from '../targets/target.ts'
import { requireRecord } from './find.ts'
import { holdLease } from './hold.ts'
import { findHome } from './home.ts'
import type { Project } from './project.ts'

type DestroyContext = Pick<Context, 'clock' | 'output' | 'processes' | 'interrupt' | 'target' | 'openStore' | 'registry' | 'leases'>

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
 * freed. Whatever is found is named, and the environment stays in the registry as `leaked` until a later run ends clean.
 */
export async function destroyEnvironment(
  context: DestroyContext,
  project: Place,
  name: string,
  options: { takeOver: boolean },
): Promise<EnvironmentRecord> {
  const { clock } = context
  const { kind, store, registry } = await findHome(context, project, name)
  const destroyed = await registry.getDestroyed(name)
  if (destroyed !== undefined && (await registry.get(name)) === undefined) return destroyed

  let used: Target | undefined
  const last = await holdLease(context, context.leases(store), { name, operation: 'destroy', ...options }, async ({ lease }) => {
    const stamp = (): string => clock.now().toISOString()
    const before = await registry.get(name)
    if (before === undefined) return requireRecord(registry, name)
    const [target, record] = await Promise.all([
      context.target(project, kind),
      // until the proof: a destroy that is cut off leaves a lock, and half of an environment, as an apply does
      registry.update(name, (current) => ({ ...current, status: 'destroying', unclean: true, updatedAt: stamp(), failure: null })),
    ])
    used = target
    const run = { id: lease.run, since: lease.since, unclean: before.unclean, interrupt: context.interrupt }
    try {
      const leftovers = await target.destroy(
        { ...record, applied: record.serial > 0, thorough: before.unclean || !['claimed', 'ready'].includes(before.status) },
        run,
      )
      if (leftovers.length > 0) {
        const list = leftovers.map((leftover) => `${leftover.type} ${leftover.id}`)
        throw new ToolError(
          `could not destroy ${name}: ${leftovers.length} of its resources are still there\n${list.map((line) => `  ${line}`).join('\n')}`,
          {
            hint: `devtool env destroy ${name} tries again; what stays after that has to be removed by hand`,
          },
        )
      }
    } catch (error) {
      const [message = '', ...lines] = (error instanceof Error ? error.message : String(error)).split('\n')
      const status = error instanceof CancelledError || context.interrupt.aborted ? 'destroying' : 'leaked'
      await registry.update(name, (current) => ({
        ...current,
        status,
        updatedAt: stamp(),
        failure: { phase: 'destroy', resource: null, message, lines },
      }))
      throw error
    }
    const closed: EnvironmentRecord = { ...record, status: 'destroyed', url: null, services: [], updatedAt: stamp(), unclean: false }
    await registry.close(name, closed)
    return closed
  })
  // only now, when the lease is given back too, can the last of what all shared go
  await used?.close()
  return last
}
