import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { requireRecord } from '../../operations/find.ts'
import { publicView, renderEnvironment } from '../../operations/present.ts'
import { openProject } from '../../operations/project.ts'

export interface ShowInput {
  name: string
}

export function showCommand(context: Context): Command {
  return new Command('show')
    .description('Show one environment: where it answers, what runs in it, until when')
    .argument('<name>', 'the environment')
    .option('--json', 'print one JSON value')
    .action((name: string) => show(context, { name }))
}

type ShowContext = Pick<Context, 'files' | 'cwd' | 'variables' | 'version' | 'output' | 'clock' | 'openStore' | 'registry'>

export async function show(context: ShowContext, input: ShowInput): Promise<void> {
  const project = await openProject(context)
  const registry = context.registry(await context.openStore(project))
  const record = await requireRecord(registry, input.name)
  context.output.result(publicView(record), (value) => renderEnvironment(value, record.failure, context.clock.now()))
}
