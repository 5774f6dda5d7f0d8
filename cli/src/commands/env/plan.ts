import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { openHome } from '../../operations/home.ts'
import { openRoot } from '../../operations/open.ts'
import { renderTable } from '../../operations/present.ts'
import { openProject, type Project } from '../../operations/project.ts'
import type { Plan, PlannedResource, Root } from '../../targets/target.ts'

export interface PlanInput {
  name: string
  overwrite: boolean
  save: boolean
}

export interface PlanResult {
  name: string
  changes: { add: number; change: number; destroy: number }
  resources: PlannedResource[]
  /** With `--save`; null if nothing would change. */
  plan?: { id: string; expiresAt: string; commit: string } | null
}

/** Before an environment has claimed its slot, it is planned with this one. */
const PROVISIONAL_SLOT = 1

export function planCommand(context: Context): Command {
  return new Command('plan')
    .description('Show what applying an environment would change; changes nothing')
    .argument('<name>', 'the environment, as in envs/<name> or of this machine')
    .option('--overwrite', 'take the fresh rendering where a generated file was edited by hand')
    .option(
      '--save',
      'keep the plan in the state bucket for a day, so that env apply --plan does exactly that; a role that can only read will do',
    )
    .option('--json', 'print one JSON value')
    .action((name: string, options: { overwrite?: true; save?: true }) =>
      plan(context, { name, overwrite: options.overwrite ?? false, save: options.save ?? false }),
    )
}

export async function plan(context: Context, input: PlanInput): Promise<void> {
  const project = await openProject(context)
  const root = await openRoot(context, project, { ...input, images: {} })
  if (input.save) {
    await saved(context, project, root)
    return
  }
  const kind = root.document.target
  const record = await (await openHome(context, project, kind)).registry.get(input.name)
  const target = await context.target(project, kind)
  const planned = await target.plan(root, record?.slot ?? PROVISIONAL_SLOT, context.interrupt)
  context.output.result(resultOf(input.name, planned), renderPlan)
}

async function saved(context: Context, project: Project, root: Root): Promise<void> {
  const [{ savePlan }, { tellPlan }] = await Promise.all([
    import('../../operations/saved-plan.ts'),
    import('../../operations/tell-plan.ts'),
  ])
  const { planned, saved: made } = await savePlan(context, project, root)
  const plan = made === null ? null : { id: made.id, expiresAt: made.manifest.expiresAt, commit: made.manifest.commit }
  const result = { ...resultOf(root.name, planned), plan }
  const apply = plan === null ? null : `devtool env apply ${root.name} --plan ${plan.id} --yes`
  await tellPlan(context, { ...result, apply })
  context.output.result<PlanResult>(result, (value) =>
    apply === null ? renderPlan(value) : `${renderPlan(value)}\n\nuntil ${plan?.expiresAt} exactly this is applied by:\n  ${apply}`,
  )
}

function resultOf(name: string, { add, change, destroy, resources }: Plan): PlanResult {
  return { name, changes: { add, change, destroy }, resources }
}

function renderPlan({ name, changes: { add, change, destroy }, resources, plan }: PlanResult): string {
  if (resources.length === 0) return plan == null ? `${name} is what its folder says: no changes` : `${name}: only its outputs change`
  const rows = resources.map((resource) => [resource.action, resource.address])
  return `${renderTable(['ACTION', 'RESOURCE'], rows)}\n\n${add} to add, ${change} to change, ${destroy} to destroy`
}
