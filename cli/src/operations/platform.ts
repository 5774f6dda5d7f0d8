import type { Context } from '../context.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { holdLease } from './hold.ts'
import type { Project } from './project.ts'
import { writeRoot } from './root.ts'

type PlatformContext = Pick<
  Context,
  'files' | 'clock' | 'output' | 'assets' | 'processes' | 'interrupt' | 'target' | 'openStore' | 'leases'
>

/** The name under which the shared ground is rendered, leased and kept; no environment may have it. */
export const PLATFORM = 'platform'

export function platformDocument(project: Project): EnvironmentDocument {
  return {
    schema: 1,
    name: PLATFORM,
    project: project.blueprint.project,
    template: 'platform',
    target: 'aws',
    pinned: true,
    repository: null,
    pullRequest: null,
    branch: null,
    commit: null,
    ttl: null,
    modules: null,
    images: {},
  }
}

export async function applyPlatform(
  context: PlatformContext,
  project: Project,
  options: { overwrite: boolean; takeOver: boolean },
): Promise<{ directory: string; changed: string[] }> {
  const root = await writeRoot(context, project, platformDocument(project), { overwrite: options.overwrite, images: {} })
  const leases = context.leases(await context.openStore(project, 'aws'))
  const target = await context.target(project, 'aws')
  const request = { name: PLATFORM, operation: 'bootstrap', takeOver: options.takeOver }
  const applied = await holdLease(context, leases, request, ({ lease, previous }) => {
    // No record is kept of the platform: a run that did not give its lease back is what says that it was cut off.
    const run = {
      id: lease.run,
      since: lease.since,

      unclean: previous !== undefined,
      interrupt: context.interrupt,
    }
    const nothing = async (): Promise<void> => undefined
    return target.apply(root, 0, run, { onChanging: nothing, onSettled: nothing })
  })
  return { directory: root.rendering.directory, changed: applied.changed }
}
