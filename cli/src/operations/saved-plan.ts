import type { Context } from '../context.ts'
import { UsageError, UserError } from '../errors.ts'
import { createSavedPlans, planAgain, type SavedPlan } from '../registry/saved-plan.ts'
import { type Plan, type PlanFile, RefusedError, type Root } from '../targets/target.ts'
import { openHome } from './home.ts'
import type { Project } from './project.ts'

type SaveContext = Pick<Context, 'clock' | 'git' | 'interrupt' | 'openStore' | 'registry' | 'target'>
type OpenContext = Pick<Context, 'clock' | 'git' | 'output' | 'openStore' | 'registry'>

/** A saved plan that may be applied now, as far as that can be told before the environment is held. */
export interface ReadyPlan {
  id: string
  manifest: SavedPlan['manifest']
  slot: number
  file: PlanFile
  /** @throws RefusedError if the environment is another one by now than that which was planned */
  requireCurrent(now: { slot: number; serial: number }): void
  /** It can be used once. What cannot be removed is a warning. */
  remove(): Promise<void>
}

/** What is older was approved for a world that may be another one by now. */
const LIFE_MS = 24 * 3_600_000
/** The clocks of two runners. */
const SKEW_MS = 5 * 60_000

/** Plans what applying the root would change, and keeps the plan in the bucket if that is something. Takes no lease and claims nothing. */
export async function savePlan(context: SaveContext, project: Project, root: Root): Promise<{ planned: Plan; saved: SavedPlan | null }> {
  const { name, document } = root
  const commit = await requireCommit(context, project)
  const kind = document.target
  const [{ store, registry }, target] = await Promise.all([openHome(context, project, kind), context.target(project, kind)])
  const record = await registry.get(name)
  const slot = record?.slot ?? (await registry.freeSlot())
  const unclean = record?.unclean === true || record?.status === 'failed'
  const { file, ...planned } = await target.planToFile(root, slot, { unclean, interrupt: context.interrupt })
  if (file === null) return { planned, saved: null }
  const now = context.clock.now()
  const manifest = {
    schema: 1,
    name,
    project: document.project,
    commit,
    slot,
    serial: record?.serial ?? 0,
    ...file.basis,
    createdAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + LIFE_MS).toISOString(),
    changes: { add: planned.add, change: planned.change, destroy: planned.destroy },
  } as const
  return { planned, saved: await createSavedPlans(store).save(manifest, file.bytes) }
}

/** The plan `id` of an environment, if it is what was saved and was made for this checkout not too long ago. */
export async function openPlan(context: OpenContext, project: Project, root: Root, id: string): Promise<ReadyPlan> {
  const { name, document } = root
  if (document.target !== 'aws') throw new UsageError(`could not use --plan: ${name} runs on this machine, where apply is all there is`)
  const plans = createSavedPlans((await openHome(context, project, 'aws')).store)
  const saved = await plans.open(name, id)
  const { manifest, file } = saved
  const again = planAgain(name)
  const refuse = (why: string, hint = again): never => {
    throw new UserError(`could not use the saved plan ${id} of ${name}: ${why}`, { hint })
  }
  if (manifest.name !== name || manifest.project !== document.project) refuse(`it is of ${manifest.name} of ${manifest.project}`)
  const age = context.clock.now().getTime() - Date.parse(manifest.createdAt)
  if (!(age <= Math.min(LIFE_MS, Date.parse(manifest.expiresAt) - Date.parse(manifest.createdAt)))) {
    refuse(`it was made at ${manifest.createdAt} and could be applied until ${manifest.expiresAt}`)
  }
  if (age < -SKEW_MS) refuse(`it was made at ${manifest.createdAt}, which is yet to come`, `set the clock of this machine, or ${again}`)
  const commit = await requireCommit(context, project)
  if (commit !== manifest.commit) {
    refuse(`it was made at commit ${manifest.commit}, and this checkout is at ${commit}`, `git checkout ${manifest.commit}, or ${again}`)
  }
  return {
    id,
    manifest,
    slot: manifest.slot,
    file: { bytes: file, basis: manifest },
    requireCurrent: (now) => requireCurrent(saved, now),
    remove: async () => {
      try {
        await plans.remove(saved)
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        context.output.warn(`the plan ${id} of ${name} was applied and could not be removed: ${error.message}`)
      }
    },
  }
}

function requireCurrent({ id, manifest }: SavedPlan, now: { slot: number; serial: number }): void {
  const refuse = (why: string): never => {
    throw new RefusedError(`could not apply the saved plan ${id} of ${manifest.name}: ${why}`, { hint: planAgain(manifest.name) })
  }
  if (now.serial !== manifest.serial) refuse('it is stale, as the environment was applied after it had been planned')
  if (now.slot !== manifest.slot)
    refuse(`it was made for slot ${manifest.slot}, which was free then, and ${manifest.name} has slot ${now.slot} now`)
}

async function requireCommit({ git }: Pick<Context, 'git'>, { root }: Project): Promise<string> {
  const commit = (await git.head(root))?.commit
  if (commit != null) return commit
  throw new UsageError(`could not tell which commit ${root} is at`, {
    hint: 'a saved plan belongs to a commit: commit what is to be planned',
  })
}
