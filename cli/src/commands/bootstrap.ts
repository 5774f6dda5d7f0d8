import { Command } from 'commander'
import type { Context } from '../context.ts'
import { REGION_VARIABLE, workflowRoleArn, workflowRoles } from '../environment/workflow-roles.ts'
import { confirm } from '../operations/confirm.ts'
import { applyPlatform } from '../operations/platform.ts'
import { openProject, type Project } from '../operations/project.ts'
import type { Step, Trusted } from '../operations/workflow-access.ts'

export interface BootstrapInput {
  github: boolean
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
  /** Null where no repository is known whose workflows get roles. */
  github: Access | null
}

interface Access {
  repository: string
  /** ARNs by name: `preview-apply`, ... */
  roles: Record<string, string>
  /** What the workflows read from the repository's variables. */
  variables: Record<string, string>
  /** What a person has to do at GitHub. */
  left: Step[]
}

export function bootstrapCommand(context: Context): Command {
  return new Command('bootstrap')
    .description('Make the state bucket and the platform that previews share; run again, it changes only what is missing')
    .option(
      '--github',
      'also roles for the workflows of the GitHub repository, its variables and its environments; GITHUB_TOKEN needs variables and administration: write',
    )
    .option('--overwrite', 'take the fresh rendering where a generated file was edited by hand')
    .option('--take-over', 'go on although another run holds the platform: you have made sure that it has ended')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON value')
    .action((options: { github?: true; overwrite?: true; takeOver?: true; yes?: true }) =>
      bootstrap(context, {
        github: options.github ?? false,
        overwrite: options.overwrite ?? false,
        takeOver: options.takeOver ?? false,
        yes: options.yes ?? false,
      }),
    )
}

export async function bootstrap(context: Context, input: BootstrapInput): Promise<void> {
  const { output } = context
  const project = await openProject(context)
  const account = await context.account(project)
  const { project: name, region } = project.blueprint
  const access = await import('../operations/workflow-access.ts')
  const asked = input.github ? await access.askTrust(context, project) : undefined
  const trusted = asked?.trusted ?? (await access.storedTrust(context, project))
  if (trusted === undefined) await access.refuseLosingRoles(context, project)
  await confirm(context, { intent: intentOf(project, account, trusted), yes: input.yes })

  const guarded = asked?.facts === undefined ? undefined : await access.guardEnvironments(context, asked.github, asked.facts)
  const { ensureStateBucket } = await import('../aws/state-bucket.ts')
  const aws = await context.aws(project)
  const bucket = await output.step(`state bucket ${account.bucket}`, () =>
    ensureStateBucket({ aws, bucket: account.bucket, account: account.id, project: name, clock: context.clock }),
  )
  const platform = await applyPlatform(context, project, { ...input, trusted })

  const values = trusted === undefined ? undefined : await accessOf(project, account.id)
  const published =
    asked?.facts === undefined || values === undefined ? undefined : await access.publishVariables(asked.github, values.variables)
  const left = [
    ...(guarded?.left ?? []),
    ...(published?.left ?? []),
    ...(input.github && published === undefined ? [access.WITH_A_TOKEN] : []),
  ]
  const result: Bootstrapped = {
    project: name,
    account: account.id,
    region,
    stateBucket: account.bucket,
    directory: platform.directory,
    changed: [
      ...bucket.changed.map((setting) => `state bucket: ${setting}`),
      ...platform.changed,
      ...(guarded?.changed ?? []),
      ...(published?.changed ?? []),
    ],
    github: trusted === undefined || values === undefined ? null : { repository: trusted.repository, ...values, left },
  }
  output.result(result, (value) => render(value, { published: published !== undefined && published.left.length === 0 }))
}

function intentOf({ blueprint }: Project, account: { id: string; bucket: string }, trusted: Trusted | undefined): string {
  const roles = trusted === undefined ? '' : `, with roles for the workflows of ${trusted.repository}`
  return `this makes the state bucket ${account.bucket} and the platform of ${blueprint.project} in account ${account.id}, region ${blueprint.region}${roles}`
}

async function accessOf({ blueprint: { project, region } }: Project, account: string): Promise<Pick<Access, 'roles' | 'variables'>> {
  const { partitionOf } = await import('../aws/partition.ts')
  const arns = workflowRoles.map((role) => ({
    role,
    arn: workflowRoleArn({ project, account, partition: partitionOf(region) }, role.name),
  }))
  return {
    roles: Object.fromEntries(arns.map(({ role, arn }) => [role.name, arn])),
    variables: { [REGION_VARIABLE]: region, ...Object.fromEntries(arns.map(({ role, arn }) => [role.variable, arn])) },
  }
}

function render(value: Bootstrapped, { published }: { published: boolean }): string {
  const done =
    value.changed.length === 0
      ? `the platform of ${value.project} in ${value.region} is complete: nothing changed`
      : `the platform of ${value.project} is ready in account ${value.account}, ${value.region}`
  const steps = (value.github?.left ?? []).flatMap(({ what, why, commands }) => [
    '',
    `left for you: ${what}`,
    `  ${why}`,
    ...commands.map((line) => `  ${line}`),
  ])
  const variables =
    value.github === null || published
      ? []
      : [
          '',
          `variables of ${value.github.repository} that its workflows read:`,
          ...Object.entries(value.github.variables).map(([name, text]) => `  ${name}=${text}`),
        ]
  const next =
    value.changed.length === 0
      ? []
      : ['', 'next: devtool env create --apply', ...(value.github === null ? ['for pull requests: devtool bootstrap --github'] : [])]
  return [done, ...variables, ...steps, ...next].join('\n')
}
