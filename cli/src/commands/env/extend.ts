import { Command } from 'commander'
import type { Context } from '../../context.ts'
import { extendEnvironment } from '../../operations/extend.ts'
import { publicView, relativeTime } from '../../operations/present.ts'
import { openProject } from '../../operations/project.ts'

export interface ExtendInput {
  name: string
  duration: string | undefined
}

export function extendCommand(context: Context): Command {
  return new Command('extend')
    .description('Let an environment live longer')
    .argument('<name>', 'the environment')
    .argument('[duration]', 'from now on, such as 72h, 90d at most; without it its own time to live, and never less than what is left')
    .option('--json', 'print one JSON value')
    .action((name: string, duration: string | undefined) => extend(context, { name, duration }))
}

type ExtendContext = Pick<Context, 'files' | 'cwd' | 'variables' | 'version' | 'output' | 'clock' | 'target' | 'openStore' | 'registry'>

export async function extend(context: ExtendContext, input: ExtendInput): Promise<void> {
  const record = await extendEnvironment(context, await openProject(context), input)
  context.output.result(publicView(record), ({ name, expiresAt }) =>
    expiresAt === null ? `${name} does not expire` : `${name} expires ${relativeTime(expiresAt, context.clock.now())} (${expiresAt})`,
  )
}
