import { Command, InvalidArgumentError, Option } from 'commander'
import type { Context } from '../../context.ts'
import { ToolError, UsageError } from '../../errors.ts'
import { confirm } from '../../operations/confirm.ts'
import { openProject } from '../../operations/project.ts'
import type { SyncOutcome } from '../../operations/sync.ts'
import type { SyncPlan } from '../../sync/action.ts'

export interface SyncInput {
  all: boolean
  dryRun: boolean
  maxDestroys: number
  yes: boolean
}

export interface SyncResult extends SyncPlan {
  dryRun: boolean
  outcomes: SyncOutcome[]
}

const USUAL_MAXIMUM = 10

export function syncCommand(context: Context): Command {
  return new Command('sync')
    .description('Remove the environments of pull requests that are closed, unlabelled or past their time to live')
    .option('--all', 'look at all pull requests of this repository')
    .option('--dry-run', 'say what would be done, and do nothing')
    .addOption(
      new Option('--max-destroys <number>', 'how many environments one run may remove').argParser(wholeNumber).default(USUAL_MAXIMUM),
    )
    .option('-y, --yes', 'do not ask; needed where there is no terminal')
    .option('--json', 'print one JSON value')
    .action((options: { all?: true; dryRun?: true; maxDestroys: number; yes?: true }) =>
      sync(context, {
        all: options.all ?? false,
        dryRun: options.dryRun ?? false,
        maxDestroys: options.maxDestroys,
        yes: options.yes ?? false,
      }),
    )
}

export async function sync(context: Context, input: SyncInput): Promise<void> {
  if (!input.all) throw new UsageError('could not tell what to look at', { hint: 'devtool env sync --all' })
  // no other command plans: none of them pays for it
  const [{ carryOutRemovals, planSweep }, { isRemoval }, { describePlan }] = await Promise.all([
    import('../../operations/sync.ts'),
    import('../../sync/action.ts'),
    import('../../sync/describe.ts'),
  ])
  const project = await openProject(context)
  const plan = await planSweep(context, project, { maxDestroys: input.maxDestroys })
  if (input.dryRun) {
    context.output.result<SyncResult>({ ...plan, dryRun: true, outcomes: [] }, describePlan)
    return
  }
  const names = plan.actions.filter(isRemoval).map(({ environment }) => environment)
  if (names.length > 0) await ask(context, `this destroys ${names.join(', ')} and their data`, input.yes)
  const outcomes = await carryOutRemovals(context, project, plan)
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed')
  if (failed.length > 0) {
    const list = failed.map(({ environment, reason }) => `  ${environment}: ${reason}`)
    throw new ToolError(`could not remove ${failed.length} of ${outcomes.length} environments\n${list.join('\n')}`, {
      hint: 'devtool env sync --all goes on from there; devtool env show <name> says more of one',
    })
  }
  context.output.result<SyncResult>({ ...plan, dryRun: false, outcomes }, (value) =>
    [describePlan(value), ...outcomes.map(outcomeLine)].join('\n'),
  )
}

async function ask(context: Pick<Context, 'output' | 'prompt'>, intent: string, yes: boolean): Promise<void> {
  if (!yes && !context.prompt.interactive) {
    throw new UsageError(`could not ask: ${intent}, and there is no terminal`, { hint: 'devtool env sync --all --yes, or --dry-run' })
  }
  await confirm(context, { intent, yes })
}

function outcomeLine({ environment, outcome, reason }: SyncOutcome): string {
  return `${environment} ${outcome}${reason === null ? '' : `: ${reason}`}`
}

function wholeNumber(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('it is a whole number')
  return Number(text)
}
