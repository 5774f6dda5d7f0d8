import { Command } from 'commander'
import type { Context } from '../context.ts'
import type { Initialized, InitRequest } from '../operations/init.ts'
import { renderTable } from '../operations/present.ts'

export function initCommand(context: Context): Command {
  return new Command('init')
    .description('Write devtool.yaml and the GitHub workflows of this repository; run again, it brings them up to date')
    .option('--branch <name>', 'the default branch; without it, what git says that origin has')
    .option('--package <package>', 'where workflows get DevTool: a name with an exact version, or the https address of an archive')
    .option('--overwrite', 'take the fresh workflow where one was edited by hand')
    .option('--json', 'print one JSON value')
    .action((options: { branch?: string; package?: string; overwrite?: true }) =>
      init(context, { branch: options.branch, package: options.package, overwrite: options.overwrite ?? false }),
    )
}

export async function init(context: Context, request: InitRequest): Promise<void> {
  const { initialize } = await import('../operations/init.ts')
  context.output.result(await initialize(context, request), render)
}

function render({ files, next }: Initialized): string {
  const rows = files.map(({ path, status }) => [path, status])
  return `${renderTable(['FILE', 'STATUS'], rows)}\n\nnext:\n${next.map((step, index) => `  ${index + 1}. ${step}`).join('\n')}`
}
