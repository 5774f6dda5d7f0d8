import type { Context } from '../context.ts'
import { workflowRun } from '../github/workflow-run.ts'
import { forgetUntold, noteUntold, type Untold } from '../registry/untold.ts'
import type { Announcer } from './announce.ts'
import { openHome } from './home.ts'
import type { Project } from './project.ts'

type PromiseContext = Pick<Context, 'clock' | 'random' | 'processes' | 'variables' | 'openStore' | 'registry'>

/**
 * A run that begins to say something on a pull request ("it is being set up") owes it the end. If it dies, or GitHub takes nothing any more, the
 * sweep finds what it owed (`sweep-remains.ts`).
 */
export async function promiseToTell(
  context: PromiseContext,
  project: Project,
  about: Pick<Untold, 'repository' | 'pullRequest'>,
): Promise<{ keep(announcer: Pick<Announcer, 'missed'>): Promise<void> }> {
  const { store } = await openHome(context, project, 'aws')
  const holder = await context.processes.self()
  const workflow = workflowRun(context.variables) ?? null
  const untold: Untold = { schema: 1, run: context.random.id(), since: context.clock.now().toISOString(), holder, workflow, ...about }
  await noteUntold(store, untold)
  return {
    keep: async ({ missed }) => {
      if (!missed) await forgetUntold(store, untold)
    },
  }
}
