import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { confirmDestruction } from '../../operations/confirm.ts'
import { destroyEnvironment, requireDestroyable } from '../../operations/destroy.ts'
import { publicView } from '../../operations/present.ts'
import { openProject } from '../../operations/project.ts'

export interface DestroyInput {
  name: string
  takeOver: boolean
  yes: boolean
}

export function destroyCommand(context: Context): Command {
  return new Command('destroy')
    .description('Remove an environment, and prove that nothing is left')
    .argument('<name>', 'the environment')
    .option('--take-over', 'go on although another run holds the environment: you have made sure that it has ended')
    .option('-y, --yes', 'do not ask; needed where there is no terminal')
    .option('--json', 'print one JSON value')
    .action((name: string, options: { takeOver?: true; yes?: true }) =>
      destroy(context, { name, takeOver: options.takeOver ?? false, yes: options.yes ?? false }),
    )
}

export async function destroy(context: Context, input: DestroyInput): Promise<void> {
  const project = await openProject(context)
  const record = await requireDestroyable(context, project, input.name)
  if (record.status !== 'destroyed') {
    await confirmDestruction(context, {
      intent: `this destroys ${record.name} and its data, ${placeOf(record, project.blueprint.region)}`,
      name: record.name,
      yes: input.yes,
    })
  }
  const gone = await destroyEnvironment(context, project, input.name, { takeOver: input.takeOver })
  context.output.result(publicView(gone), (value) =>
    value.target === 'local'
      ? `${value.name} is destroyed: no process, database or file of it is left on this machine`
      : `${value.name} is destroyed: its state is empty, and nothing of it was found in the account`,
  )
}

function placeOf({ target, template }: { target: string; template: string }, region: string): string {
  return target === 'local' ? 'on this machine' : `template ${template} in region ${region}`
}
