import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { UsageError } from '../../errors.ts'
import { applyEnvironment } from '../../operations/apply.ts'
import { confirm, intentOf } from '../../operations/confirm.ts'
import { openRoot } from '../../operations/open.ts'
import { publicView, renderEnvironment } from '../../operations/present.ts'
import { openProject, type Project } from '../../operations/project.ts'
import type { ReadyPlan } from '../../operations/saved-plan.ts'
import type { Root } from '../../targets/target.ts'
import { imageOption } from './images.ts'

export interface ApplyInput {
  name: string
  images: Record<string, string>
  /** The id of a saved plan: exactly that is applied. */
  plan: string | undefined
  overwrite: boolean
  takeOver: boolean
  yes: boolean
}

export function applyCommand(context: Context): Command {
  return new Command('apply')
    .description('Make an environment what its folder says, and wait until it answers')
    .argument('<name>', 'the environment, as in envs/<name> or of this machine')
    .addOption(imageOption())
    .option(
      '--plan <sha256>',
      'apply exactly this plan of env plan --save, or nothing; it can be used once, for a day, at the commit that was planned',
    )
    .option('--overwrite', 'take the fresh rendering where a generated file was edited by hand')
    .option('--take-over', 'go on although another run holds the environment: you have made sure that it has ended')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON value')
    .action((name: string, options: { image?: Record<string, string>; plan?: string; overwrite?: true; takeOver?: true; yes?: true }) =>
      apply(context, {
        name,
        images: options.image ?? {},
        plan: options.plan,
        overwrite: options.overwrite ?? false,
        takeOver: options.takeOver ?? false,
        yes: options.yes ?? false,
      }),
    )
}

export async function apply(context: Context, input: ApplyInput): Promise<void> {
  if (input.plan !== undefined && Object.keys(input.images).length > 0) {
    throw new UsageError('could not use --image with --plan: a plan is applied as it was made', {
      hint: 'without --plan, or with the image in what is planned',
    })
  }
  const project = await openProject(context)
  const root = await openRoot(context, project, input)
  const plan = await readyPlan(context, project, root, input.plan)
  await confirm(context, { intent: plan === undefined ? intentOf(root, project) : planIntent(plan), yes: input.yes })
  const record = await applyEnvironment(context, project, root, { takeOver: input.takeOver, plan })
  context.output.result(publicView(record), (value) => renderEnvironment(value, record.failure, context.clock.now()))
}

/** Loaded only where there is a plan to be opened. */
async function readyPlan(context: Context, project: Project, root: Root, id: string | undefined): Promise<ReadyPlan | undefined> {
  return id === undefined ? undefined : (await import('../../operations/saved-plan.ts')).openPlan(context, project, root, id)
}

function planIntent({ id, manifest: { name, commit, createdAt, changes } }: ReadyPlan): string {
  const counts = `${changes.add} to add, ${changes.change} to change, ${changes.destroy} to destroy`
  return `this applies plan ${id} of ${name}, made at ${createdAt} of commit ${commit}: ${counts}`
}
