import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { openHome } from '../../operations/home.ts'
import { openRoot } from '../../operations/open.ts'
import { renderTable } from '../../operations/present.ts'
import { openProject } from '../../operations/project.ts'

import type { PlannedResource } from '../../targets/target.ts'

export interface PlanInput {
  name: string
  overwrite: boolean
}

export interface PlanResult {
  name: string
  changes: { add: number; change: number; destroy: number }
  resources: PlannedResource[]
}

/** Before an environment has claimed its slot, it is planned with this one. */
const PROVISIONAL_SLOT = 1

export function planCommand(context: Context): Command {
  return new Command('plan')
    .description('Show what applying an environment would change; changes nothing')
    .argument('<name>', 'the environment, as in envs/<name> or of this machine')
    .option('--overwrite', 'take the fresh rendering where a generated file was edited by hand')
    .option('--json', 'print one JSON value')
    .action((name: string, options: { overwrite?: true }) => plan(context, { name, overwrite: options.overwrite ?? false }))
}

export async function plan(context: Context, input: PlanInput): Promise<void> {
  const project = await openProject(context)
  const root = await openRoot(context, project, { ...input, images: {} })
  const kind = root.document.target
  const record = await (await openHome(context, project, kind)).registry.get(input.name)
  const target = await context.target(project, kind)
  const planned = await target.plan(root, record?.slot ?? PROVISIONAL_SLOT, context.interrupt)
  const result: PlanResult = {
    name: input.name,
    changes: { add: planned.add, change: planned.change, destroy: planned.destroy },
    resources: planned.resources,
  }
  context.output.result(result, renderPlan)
}

function renderPlan(result: PlanResult): string {
  if (result.resources.length === 0) return `${result.name} is what its folder says: no changes`
  const rows = result.resources.map((resource) => [resource.action, resource.address])
  const { add, change, destroy } = result.changes
  return `${renderTable(['ACTION', 'RESOURCE'], rows)}\n\n${add} to add, ${change} to change, ${destroy} to destroy`
}
