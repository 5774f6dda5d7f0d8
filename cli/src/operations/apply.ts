import type { Context } from '../context.ts'
import { expiry } from '../environment/expiry.ts'
import { CancelledError, ConflictError, UserError } from '../errors.ts'
import type { EnvironmentRecord, Failure } from '../registry/record.ts'
import type { Registry } from '../registry/registry.ts'
import type { Root } from '../targets/target.ts'
import { ApplyFailure } from '../targets/target.ts'
import { claimName } from './claim.ts'
import { holdLease } from './hold.ts'
import { openHome } from './home.ts'
import type { Project } from './project.ts'

type ApplyContext = Pick<Context, 'clock' | 'output' | 'processes' | 'interrupt' | 'target' | 'openStore' | 'registry' | 'leases'>

/** Makes an environment what its root says, waits until it answers, and leaves the registry saying how that went. */
export async function applyEnvironment(
  context: ApplyContext,
  project: Project,
  root: Root,
  options: { takeOver: boolean },
): Promise<EnvironmentRecord> {
  const { clock, interrupt } = context
  const kind = root.document.target
  const [{ store, registry }, target] = await Promise.all([openHome(context, project, kind), context.target(project, kind)])
  const claimed = await registry.withSlot(await claimName(context, registry, project, root.document))
  await refuseOverLimit(registry, project, claimed)

  return holdLease(context, context.leases(store), { name: root.name, operation: 'apply', ...options }, async ({ lease }) => {
    const before = (await registry.get(root.name)) ?? claimed
    const run = { id: lease.run, since: lease.since, unclean: before.unclean, interrupt }
    const settle = (change: Partial<EnvironmentRecord>): Promise<EnvironmentRecord> =>
      registry.update(root.name, (record) => ({ ...record, ...change, updatedAt: clock.now().toISOString() }))
    try {
      const applied = await target.apply(root, claimed.slot, run, {
        onChanging: async () => {
          const { template, branch, commit, ttl } = root.document
          await settle({ status: 'applying', unclean: true, serial: before.serial + 1, failure: null, template, branch, commit, ttl })
        },
        onSettled: async () => {
          await settle({ unclean: false })
        },
      })
      const expiresAt = expiry(clock.now(), root.document.ttl)?.toISOString() ?? null
      return await settle({ status: 'ready', url: applied.url, services: applied.services, expiresAt, failure: null })
    } catch (error) {
      await settle({ status: 'failed', failure: failureOf(error), ...(error instanceof ApplyFailure ? error.seen : {}) })
      throw error
    }
  })
}

/** Previews that hold resources count; names that were only claimed, and the environment itself, do not. */
async function refuseOverLimit(registry: Registry, project: Project, record: EnvironmentRecord): Promise<void> {
  if (record.pinned || record.status !== 'claimed') return
  const { limit } = project.blueprint.previews
  if ((await registry.names()).length <= limit) return
  const running = (await registry.list(() => undefined)).filter((other) => !other.pinned && other.status !== 'claimed')
  if (running.length < limit) return
  throw new ConflictError(`could not apply ${record.name}: ${running.length} previews are running and previews.limit is ${limit}`, {
    hint: `destroy one that nobody needs (devtool env list), or raise previews.limit in devtool.yaml`,
  })
}

function failureOf(error: unknown): Failure {
  if (error instanceof ApplyFailure) return error.failure
  if (error instanceof CancelledError) return { phase: 'apply', resource: null, message: 'interrupted', lines: [] }
  const message = error instanceof UserError ? error.message : `bug: ${String(error)}`
  const [first = '', ...lines] = message.split('\n')
  return { phase: 'apply', resource: null, message: first, lines }
}
