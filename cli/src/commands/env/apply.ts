import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { applyEnvironment } from '../../operations/apply.ts'
import { confirm, intentOf } from '../../operations/confirm.ts'
import { openRoot } from '../../operations/open.ts'
import { publicView, renderEnvironment } from '../../operations/present.ts'
import { openProject } from '../../operations/project.ts'
import { imageOption } from './images.ts'

export interface ApplyInput {
  name: string
  images: Record<string, string>
  overwrite: boolean
  takeOver: boolean
  yes: boolean
}

export function applyCommand(context: Context): Command {
  return new Command('apply')
    .description('Make an environment what its folder says, and wait until it answers')
    .argument('<name>', 'the environment, as in envs/<name> or of this machine')
    .addOption(imageOption())
    .option('--overwrite', 'take the fresh rendering where a generated file was edited by hand')
    .option('--take-over', 'go on although another run holds the environment: you have made sure that it has ended')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON value')
    .action((name: string, options: { image?: Record<string, string>; overwrite?: true; takeOver?: true; yes?: true }) =>
      apply(context, {
        name,
        images: options.image ?? {},
        overwrite: options.overwrite ?? false,
        takeOver: options.takeOver ?? false,
        yes: options.yes ?? false,
      }),
    )
}

export async function apply(context: Context, input: ApplyInput): Promise<void> {
  const project = await openProject(context)
  const root = await openRoot(context, project, input)
  await confirm(context, { intent: intentOf(root, project), yes: input.yes })
  const record = await applyEnvironment(context, project, root, { takeOver: input.takeOver })
  context.output.result(publicView(record), (value) => renderEnvironment(value, record.failure, context.clock.now()))
}
