import { Command } from 'commander'
import type { Context } from '../../context.ts'
import type { Environment } from '../../environment/environment.ts'
import { publicView, renderList } from '../../operations/present.ts'
import { openProject } from '../../operations/project.ts'

export function listCommand(context: Context): Command {
  return new Command('list')
    .description('List the environments of this project')
    .option('--json', 'print one JSON array')
    .action(async () => {
      await list(context)
    })
}

type ListContext = Pick<Context, 'files' | 'cwd' | 'variables' | 'version' | 'output' | 'clock' | 'openStore' | 'registry'>

export async function list(context: ListContext): Promise<void> {
  const project = await openProject(context)
  const registry = context.registry(await context.openStore(project))
  const environments: Environment[] = (await registry.list((error) => context.output.warn(String((error as Error).message)))).map(
    publicView,
  )
  context.output.result(environments, (value) => renderList(value, context.clock.now()))
}
