import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import { lastSweep } from '../registry/sweep.ts'
import type { Finding } from './finding.ts'
import { openHome } from './home.ts'
import type { Project } from './project.ts'

const OVERDUE_HOURS = 2
const FIX =
  'start it (gh workflow run reaper.yml, or devtool env sync --all) and see whether its schedule is on: GitHub disables that of a public repository after 60 days without activity'

/** Whether the sweep, which is what removes a preview whose own workflow did not, still runs. Warns, and never fails a check; says nothing where there is nothing to sweep. */
export async function examineSweep(context: Pick<Context, 'clock' | 'openStore' | 'registry'>, project: Project): Promise<Finding[]> {
  try {
    const { store, registry } = await openHome(context, project, 'aws')
    const [names, last] = await Promise.all([registry.names(), lastSweep(store)])
    if (names.every((name) => project.blueprint.environments[name]?.pinned === true)) return []
    if (last === undefined) return [{ check: 'sweep', ok: true, detail: 'none has run yet', fix: FIX }]
    const minutes = Math.floor((context.clock.now().getTime() - last.getTime()) / 60_000)
    const ago = minutes < 120 ? `${Math.max(0, minutes)} min` : `${Math.floor(minutes / 60)} h`
    return [{ check: 'sweep', ok: true, detail: `the last one was ${ago} ago`, fix: minutes > OVERDUE_HOURS * 60 ? FIX : null }]
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return [{ check: 'sweep', ok: true, detail: `when the last one was is not known: ${error.message}`, fix: null }]
  }
}
