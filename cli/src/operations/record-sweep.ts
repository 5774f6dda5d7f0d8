import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import { workflowRun } from '../github/workflow-run.ts'
import { noteSweep } from '../registry/sweep.ts'
import { openHome } from './home.ts'
import type { Project } from './project.ts'

/**
 * Notes for `devtool doctor` that the sweep runs. A dry run counts if it is a workflow's: the schedule looks first, and removes in a second job if there is
 * something to remove. Where it cannot be written the sweep is none the worse.
 */
export async function recordSweep(
  context: Pick<Context, 'clock' | 'variables' | 'openStore' | 'registry'>,
  project: Project,
  { dryRun }: { dryRun: boolean },
): Promise<void> {
  if (dryRun && workflowRun(context.variables) === undefined) return
  try {
    await noteSweep((await openHome(context, project, 'aws')).store, context.clock)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
  }
}
