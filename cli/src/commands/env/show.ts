import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { requireRecord } from '../../operations/find.ts'
import { findHome } from '../../operations/home.ts'
import { observe } from '../../operations/observe.ts'
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

type ShowContext = Pick<Context, 'files' | 'cwd' | 'variables' | 'version' | 'output' | 'clock' | 'openStore' | 'registry' | 'observer'>

export async function show(context: ShowContext, input: ShowInput): Promise<void> {
  const project = await openProject(context)
  const home = await findHome(context, project, input.name)
  const [record] = await observe(context, project, [await requireRecord(home.registry, input.name)])
  if (record === undefined) throw new Error('what was given to look at did not come back')
  context.output.result(publicView(record), (value) => renderEnvironment(value, record.failure, context.clock.now()))
}
