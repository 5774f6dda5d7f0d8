import { Command, Option } from 'commander'
import type { Context } from '../../context.ts'
import { applyEnvironment } from '../../operations/apply.ts'
import { confirm, intentOf } from '../../operations/confirm.ts'
import { type CreateRequest, chooseName } from '../../operations/create.ts'
import { publicView, renderEnvironment } from '../../operations/present.ts'
import { openProject } from '../../operations/project.ts'
import { localRoot, writeRoot } from '../../operations/root.ts'
import { imageOption } from './images.ts'
import { pullRequestNumber } from './pull-request.ts'

export interface CreateInput extends CreateRequest {
  apply: boolean
  overwrite: boolean
  takeOver: boolean
  yes: boolean
}

interface CreateOptions {
  pr?: number
  template?: 'preview' | 'dedicated'
  target: 'aws' | 'local'
  ttl?: string
  image?: Record<string, string>
  apply?: true
  overwrite?: true
  takeOver?: true
  yes?: true
}

export function createCommand(context: Context): Command {
  return new Command('create')
    .description('Claim a name and render envs/<name>; with --apply also make it run. On this machine: --target local')
    .argument('[name]', 'the name; without it, one derived from the pull request or the branch')
    .addOption(new Option('--pr <number>', 'the pull request that the environment belongs to').argParser(pullRequestNumber))
    .addOption(
      new Option('--template <template>', 'preview lives on the shared platform, dedicated owns its network and database').choices([
        'preview',
        'dedicated',
      ]),
    )
    .addOption(
      new Option('--target <target>', 'where it runs: in the account, or on this machine').choices(['aws', 'local']).default('aws'),
    )
    .option('--ttl <duration>', 'how long it lives after its last apply, such as 72h; previews.ttl of the blueprint otherwise')
    .addOption(imageOption())
    .option('--apply', 'apply it as well')
    .option('--overwrite', 'take the fresh rendering where a generated file was edited by hand')
    .option('--take-over', 'go on although another run holds the environment: you have made sure that it has ended')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON value')
    .action((name: string | undefined, options: CreateOptions) =>
      create(context, {
        name,
        pullRequest: options.pr,
        target: options.target,
        template: options.template,
        ttl: options.ttl,
        images: options.image ?? {},
        apply: options.apply ?? false,
        overwrite: options.overwrite ?? false,
        takeOver: options.takeOver ?? false,
        yes: options.yes ?? false,
      }),
    )
}

export async function create(context: Context, input: CreateInput): Promise<void> {
  const project = await openProject(context)
  const { document, record, unclaimed } = await chooseName(context, project, input, { mustClaim: input.apply })
  const root =
    document.target === 'local'
      ? localRoot(project, document)
      : await writeRoot(context, project, document, { overwrite: input.overwrite, images: input.images })
  if (root.rendering !== null) context.output.info(`rendered ${root.rendering.directory}`)
  if (unclaimed !== undefined) {
    context.output.warn(`the name ${document.name} is not claimed yet: ${unclaimed}`)
    context.output.info(`it is claimed by the first apply: devtool env apply ${document.name}`)
  }
  if (!input.apply) {
    context.output.result(
      publicView(record),
      (value) => `${renderEnvironment(value, null, context.clock.now())}\n\nnext: devtool env apply ${value.name}`,
    )
    return
  }
  await confirm(context, {
    intent: intentOf(root, project),
    yes: input.yes,
  })
  const applied = await applyEnvironment(context, project, root, { takeOver: input.takeOver })
  context.output.result(publicView(applied), (value) => renderEnvironment(value, applied.failure, context.clock.now()))
}
