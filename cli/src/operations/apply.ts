import type { Context } from '../context.ts'
import { renewedExpiry } from '../environment/expiry.ts'
import { takesPlace } from '../environment/limit.ts'
import { CancelledError, ConflictError, UserError } from '../errors.ts'
import type { EnvironmentRecord, Failure } from '../registry/record.ts'
import type { Registry } from '../registry/registry.ts'
import { ApplyFailure, type ApplyHooks, isRefusal, type Root } from '../targets/target.ts'
import { claimName } from './claim.ts'
import { type HoldContext, holdLease } from './hold.ts'
import { openHome } from './home.ts'
import type { Project } from './project.ts'
import type { ReadyPlan } from './saved-plan.ts'

type ApplyContext = HoldContext & Pick<Context, 'target' | 'openStore' | 'registry' | 'leases'>

/** Makes an environment what its root says, waits until it answers, and leaves the registry saying how that went. */
export async function applyEnvironment(
  context: ApplyContext,
  project: Project,
  root: Root,
  options: { takeOver: boolean; plan?: ReadyPlan | undefined },
): Promise<EnvironmentRecord> {
  const { clock } = context
  const { plan, takeOver } = options
  const kind = root.document.target
  const [{ store, registry }, target] = await Promise.all([openHome(context, project, kind), context.target(project, kind)])
  const claimed = await registry.withSlot(await claimName(context, registry, project, root.document, plan?.slot))
  await refuseOverLimit(registry, project, claimed)

  const request = { name: root.name, operation: 'apply', place: project, takeOver }
  const record = await holdLease(context, context.leases(store), request, async (held) => {
    const before = (await registry.get(root.name)) ?? claimed
    plan?.requireCurrent({ slot: claimed.slot, serial: before.serial })
    const run = held.run({ unclean: before.unclean })
    const fenced = held.fenced(registry)
    const settle = (change: Partial<EnvironmentRecord>, more?: (now: EnvironmentRecord) => Partial<EnvironmentRecord>) =>
      fenced.update(root.name, (record) => ({ ...record, ...change, ...more?.(record), updatedAt: clock.now().toISOString() }))
    const renewed = ({ extendedUntil }: EnvironmentRecord) => ({ expiresAt: renewedExpiry(clock.now(), root.document.ttl, extendedUntil) })
    const since = clock.now().getTime()
    try {
      const hooks: ApplyHooks = {
        onChanging: async (bundle) => {
          const { template, branch, commit, ttl, repository } = root.document
          const source = { template, branch, commit, ttl, repository, ...(bundle === undefined ? {} : { bundle }) }
          // one that is brought back has not the end of its earlier life any more, however this run ends
          await settle({ status: 'applying', unclean: true, serial: before.serial + 1, failure: null, ...source }, renewed)
        },
        onSettled: async () => {
          await settle({ unclean: false })
          await plan?.remove()
        },
      }
      const applied = await target.apply(root, claimed.slot, run, hooks, plan?.file)
      const seconds = Math.round((clock.now().getTime() - since) / 1000)
      const { url, services } = applied
      // it may have been extended while this went on
      return await settle({ status: 'ready', url, services, failure: null, seconds }, renewed)
    } catch (error) {
      // what was refused before it began has left everything as it was
      if (isRefusal(error)) throw error
      await settle({ status: 'failed', failure: failureOf(error), ...(error instanceof ApplyFailure ? error.seen : {}) })
      throw error
    }
  })
  await target.keepUntil(root.name, record.expiresAt)
  return record
}

/** Of new ones only: what runs is always brought up to date. */
async function refuseOverLimit(registry: Registry, project: Project, record: EnvironmentRecord): Promise<void> {
  if (record.pinned || record.status !== 'claimed') return
  const { limit } = project.blueprint.previews
  if ((await registry.names()).length <= limit) return
  const { project: name, environments } = project.blueprint
  const pinned = new Set(Object.keys(environments).filter((each) => environments[each]?.pinned === true))
  // who is only about to begin is not known here
  const counting = { project: name, target: record.target, pinned, busy: new Set<string>() }
  const running = (await registry.list(() => undefined)).filter((other) => takesPlace(other, counting))
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
