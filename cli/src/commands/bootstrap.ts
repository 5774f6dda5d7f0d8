import { Command } from 'commander'
import type { Context } from '../context.ts'
import { confirm } from '../operations/confirm.ts'
import { applyPlatform } from '../operations/platform.ts'
import { openProject } from '../operations/project.ts'

export interface BootstrapInput {
  overwrite: boolean
  takeOver: boolean
  yes: boolean
}

/** What `bootstrap` prints. */
export interface Bootstrapped {
  project: string
  account: string
  region: string
  stateBucket: string
  directory: string
  /** What this run changed; empty when everything was there. */
  changed: string[]
}

export function bootstrapCommand(context: Context): Command {
  return new Command('bootstrap')
    .description('Make the state bucket and the platform that previews share; run again, it changes only what is missing')
    .option('--overwrite', 'take the fresh rendering where a generated file was edited by hand')
    .option('--take-over', 'go on although another run holds the platform: you have made sure that it has ended')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON value')
    .action((options: { overwrite?: true; takeOver?: true; yes?: true }) =>
      bootstrap(context, { overwrite: options.overwrite ?? false, takeOver: options.takeOver ?? false, yes: options.yes ?? false }),
    )
}

export async function bootstrap(context: Context, input: BootstrapInput): Promise<void> {
  const { output } = context
  const project = await openProject(context)
  const account = await context.account(project)
  const { project: name, region } = project.blueprint
  await confirm(context, {
    intent: `this makes the state bucket ${account.bucket} and the platform of ${name} in account ${account.id}, region ${region}`,
    yes: input.yes,
  })
  const { ensureStateBucket } = await import('../aws/state-bucket.ts')
  const aws = await context.aws(project)
  const bucket = await output.step(`state bucket ${account.bucket}`, () =>
    ensureStateBucket({ aws, bucket: account.bucket, account: account.id, project: name, clock: context.clock }),
  )
  const platform = await applyPlatform(context, project, input)
  const result: Bootstrapped = {
    project: name,
    account: account.id,
    region,
    stateBucket: account.bucket,
    directory: platform.directory,
    changed: [...bucket.changed.map((setting) => `state bucket: ${setting}`), ...platform.changed],
  }
  output.result(result, (value) =>
    value.changed.length === 0
      ? `the platform of ${value.project} in ${value.region} is complete: nothing changed`
      : `the platform of ${value.project} is ready in account ${value.account}, ${value.region}\n\nnext: devtool env create --apply`,
  )
}
