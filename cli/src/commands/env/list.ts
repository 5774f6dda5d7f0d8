import { Command, Option } from 'commander'
import type { Context } from '../../context.ts'
import type { Environment } from '../../environment/environment.ts'
import { listEnvironments } from '../../operations/list.ts'
import { publicView, renderList } from '../../operations/present.ts'
import { openProject } from '../../operations/project.ts'

export interface ListInput {
  target: 'aws' | 'local' | undefined
}

export function listCommand(context: Context): Command {
  return new Command('list')
    .description('List the environments of this project')
    .addOption(new Option('--target <target>', 'only those of the account, or only those of this machine').choices(['aws', 'local']))
    .option('--json', 'print one JSON array')
    .action((options: { target?: 'aws' | 'local' }) => list(context, { target: options.target }))
}

type ListContext = Pick<Context, 'files' | 'cwd' | 'variables' | 'version' | 'output' | 'clock' | 'openStore' | 'registry' | 'observer'>

export async function list(context: ListContext, input: ListInput): Promise<void> {
  const project = await openProject(context)
  const environments: Environment[] = (await listEnvironments(context, project, input.target)).map(publicView)
  context.output.result(environments, (value) => renderList(value, context.clock.now()))
}
