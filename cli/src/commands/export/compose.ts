import path from 'node:path'
import { Command } from 'commander'
import type { ResolvedBlueprint } from '../../blueprint/blueprint.ts'
import { resolveBlueprint } from '../../blueprint/resolve.ts'
import type { Context } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { openProject, type Project } from '../../operations/project.ts'

export interface ComposeInput {
  /** `-` for stdout. */
  output: string
  overwrite: boolean
}

export interface ComposeResult {
  /** As it was asked for; null when nothing was written. */
  file: string | null
  content: string
}

export function composeCommand(context: Context): Command {
  return new Command('compose')
    .description('Print a compose.yaml that runs the services of the blueprint with Docker Compose')
    .option('-o, --output <file>', 'the file to write, - for stdout', '-')
    .option('--overwrite', 'take the fresh file where one is that was edited by hand or that devtool did not write')
    .option('--json', 'print one JSON value')
    .action((options: { output: string; overwrite?: true }) =>
      compose(context, { output: options.output, overwrite: options.overwrite ?? false }),
    )
}

type ComposeContext = Pick<Context, 'files' | 'cwd' | 'variables' | 'version' | 'output'>

export async function compose(context: ComposeContext, input: ComposeInput): Promise<void> {
  const project = await openProject(context)
  const { passwordStep, renderCompose } = await import('../../rendering/compose.ts')
  const blueprint = resolveBlueprint(project.blueprint, null)
  const file = input.output === '-' ? null : path.resolve(context.cwd, input.output)
  const folder = file === null ? context.cwd : path.dirname(file)
  const content = renderCompose(blueprint, { root: path.relative(folder, project.root).replaceAll(path.sep, '/') || '.' })
  await warnOfMissing(context, project, blueprint)
  if (file === null) {
    context.output.result<ComposeResult>({ file: null, content }, (result) => result.content)
    return
  }
  await write(context, { file, shown: input.output, content, overwrite: input.overwrite })
  const steps = [
    ...((await needsPassword(context, folder, blueprint)) ? [passwordStep(path.join(path.dirname(input.output), '.env'))] : []),
    `docker compose -f ${input.output} up --build`,
  ]
  context.output.result<ComposeResult>({ file: input.output, content }, (result) => `${result.file}\n\nnext: ${steps.join('\n      ')}`)
}

/** A file of that name may be the work of a person, as may an edit of one that was written here. */
async function write(
  { files, output }: ComposeContext,
  { file, shown, content, overwrite }: { file: string; shown: string; content: string; overwrite: boolean },
): Promise<void> {
  const { merge } = await import('../../rendering/merge.ts')
  const present = await files.readText(file)
  const plan = merge(new Map(present === undefined ? [] : [[file, present]]), [{ path: file, content }], { overwrite })
  for (const { reason } of plan.conflicts) {
    throw new UserError(`could not write ${shown}: ${reason}`, {
      hint: 'put what you added into compose.override.yaml, choose another file, or take the fresh one with --overwrite',
    })
  }
  if (plan.keeps.length > 0) output.warn(`${shown} was edited by hand and stays as it is`)
  for (const fresh of plan.writes) await files.write(fresh.path, fresh.content)
}

async function warnOfMissing({ files, output }: ComposeContext, { root }: Project, blueprint: ResolvedBlueprint): Promise<void> {
  const builds = [...Object.values(blueprint.services), blueprint.database?.migrations].flatMap((built) => built?.build ?? [])
  for (const folder of new Set(builds)) {
    if (await files.exists(path.join(root, folder, 'Dockerfile'))) continue
    output.warn(`${folder}/Dockerfile is not there: docker compose cannot build it`)
  }
}

async function needsPassword({ files, variables }: ComposeContext, folder: string, { database }: ResolvedBlueprint): Promise<boolean> {
  if (database === null || (variables['POSTGRES_PASSWORD'] ?? '') !== '') return false
  const written = (await files.readText(path.join(folder, '.env'))) ?? ''
  return !/^\s*(export\s+)?POSTGRES_PASSWORD\s*[=:]\s*\S/m.test(written)
}
