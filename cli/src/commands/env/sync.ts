import { Command, InvalidArgumentError, Option } from 'commander'
import type { Context } from '../../context.ts'
import { ToolError, UsageError } from '../../errors.ts'
import { confirm } from '../../operations/confirm.ts'
import { openProject } from '../../operations/project.ts'
import type { SyncOutcome } from '../../operations/sync.ts'
import type { PullRequestSync } from '../../operations/sync-pull-request.ts'
import type { SyncPlan } from '../../sync/action.ts'
import { pullRequestNumber } from './pull-request.ts'

export interface SyncInput {
  all: boolean
  pullRequest: number | undefined
  build: boolean
  dryRun: boolean
  maxDestroys: number | undefined
  yes: boolean
}

/** What `env sync --all` prints. */
export interface SweepResult extends SyncPlan {
  dryRun: boolean
  /** How much runs that died have left beside environments: what they owed to pull requests, and leases. */
  remains: number
  outcomes: SyncOutcome[]
}

const USUAL_MAXIMUM = 10

interface SyncOptions {
  all?: true
  pr?: number
  build: boolean
  dryRun?: true
  maxDestroys?: number
  yes?: true
}

export function syncCommand(context: Context): Command {
  return new Command('sync')
    .description('Make environments match pull requests: one of them, applied from this checkout, or remove what none of them wants')
    .addOption(
      new Option('--pr <number>', 'make, update or remove the environment of this pull request')
        .argParser(pullRequestNumber)
        .conflicts('all'),
    )
    .option('--all', 'look at all pull requests of this repository, and remove what they no longer want or whose time is over')
    .option('--no-build', 'with --pr: the images of the commit are in the registry already')
    .option('--dry-run', 'say what would be done, and do nothing')
    .addOption(
      new Option('--max-destroys <number>', `with --all: how many environments one run may remove; ${USUAL_MAXIMUM} unless told`).argParser(
        wholeNumber,
      ),
    )
    .option('-y, --yes', 'do not ask; needed where there is no terminal')
    .option('--json', 'print one JSON value')
    .action((options: SyncOptions) =>
      sync(context, {
        all: options.all ?? false,
        pullRequest: options.pr,
        build: options.build,
        dryRun: options.dryRun ?? false,
        maxDestroys: options.maxDestroys,
        yes: options.yes ?? false,
      }),
    )
}

export async function sync(context: Context, input: SyncInput): Promise<void> {
  if (input.pullRequest !== undefined) return syncOne(context, input, input.pullRequest)
  if (!input.all) throw new UsageError('could not tell what to look at', { hint: 'devtool env sync --all, or --pr <number>' })
  return sweep(context, input)
}

async function syncOne(context: Context, input: SyncInput, pullRequest: number): Promise<void> {
  if (input.maxDestroys !== undefined) throw new UsageError('could not use --max-destroys with --pr: it is about one pull request')
  const { syncPullRequest, planPullRequest } = await import('../../operations/sync-pull-request.ts')
  const project = await openProject(context)
  if (input.dryRun) {
    const { describePlan } = await import('../../sync/describe.ts')
    context.output.result<SweepResult>(
      { ...(await planPullRequest(context, project, pullRequest)), dryRun: true, outcomes: [], remains: 0 },
      describePlan,
    )
    return
  }
  await ask(context, {
    intent: `this makes the environment of pull request #${pullRequest} what the pull request says, or removes it and its data`,
    yes: input.yes,
    hint: `devtool env sync --pr ${pullRequest} --yes, or --dry-run`,
  })
  const result = await syncPullRequest(context, project, { pullRequest, build: input.build })
  await writeOutputs(context, result)
  context.output.result(result, describeSync)
}

function describeSync({ pullRequest, outcome, reason, environment }: PullRequestSync): string {
  const what = environment === null ? '' : ` ${environment.name}`
  const where = environment?.url == null || outcome === 'destroyed' ? '' : `\n${environment.url}`
  return `#${pullRequest}${what} ${outcome}: ${reason}${where}`
}

/** For the steps of a workflow that come after this one. */
async function writeOutputs(context: Context, { outcome, environment }: PullRequestSync): Promise<void> {
  const { environmentFiles } = await import('../../github/environment-files.ts')
  await environmentFiles(context).outputs({ outcome, environment: environment?.name ?? '', url: environment?.url ?? '' })
}

async function sweep(context: Context, input: SyncInput): Promise<void> {
  if (!input.build) throw new UsageError('could not use --no-build with --all: it applies nothing')
  // no other command plans: none of them pays for it
  const [{ carryOutRemovals, planSweep }, { countRemains, sweepRemains }, { recordSweep }, { isRemoval }, { describePlan }] =
    await Promise.all([
      import('../../operations/sync.ts'),
      import('../../operations/sweep-remains.ts'),
      import('../../operations/record-sweep.ts'),
      import('../../sync/action.ts'),
      import('../../sync/describe.ts'),
    ])
  const project = await openProject(context)
  const plan = await planSweep(context, project, { maxDestroys: input.maxDestroys ?? USUAL_MAXIMUM })
  if (input.dryRun) {
    await recordSweep(context, project, { dryRun: true })
    const remains = await countRemains(context, project, plan)
    context.output.result<SweepResult>({ ...plan, dryRun: true, outcomes: [], remains }, describePlan)
    return
  }
  const names = plan.actions.filter(isRemoval).map(({ environment }) => environment)
  if (names.length > 0) {
    const hint = 'devtool env sync --all --yes, or --dry-run'
    await ask(context, { intent: `this destroys ${names.join(', ')} and their data`, yes: input.yes, hint })
  }
  const outcomes = await carryOutRemovals(context, project, plan)
  await sweepRemains(context, project)
  await recordSweep(context, project, { dryRun: false })
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed')
  if (failed.length > 0) {
    const list = failed.map(({ environment, reason }) => `  ${environment}: ${reason}`)
    throw new ToolError(`could not remove ${failed.length} of ${outcomes.length} environments\n${list.join('\n')}`, {
      hint: 'devtool env sync --all goes on from there; devtool env show <name> says more of one',
    })
  }
  const remains = await countRemains(context, project, plan)
  context.output.result<SweepResult>({ ...plan, dryRun: false, outcomes, remains }, (value) =>
    [describePlan(value), ...outcomes.map(outcomeLine)].join('\n'),
  )
}

async function ask(
  context: Pick<Context, 'output' | 'prompt'>,
  { intent, yes, hint }: { intent: string; yes: boolean; hint: string },
): Promise<void> {
  if (!yes && !context.prompt.interactive) throw new UsageError(`could not ask: ${intent}, and there is no terminal`, { hint })
  await confirm(context, { intent, yes })
}

function outcomeLine({ environment, outcome, reason }: SyncOutcome): string {
  return `${environment} ${outcome}${reason === null ? '' : `: ${reason}`}`
}

function wholeNumber(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('it is a whole number')
  return Number(text)
}
