import type { Context } from '../context.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { type HoldContext, holdLease } from './hold.ts'
import type { Project } from './project.ts'
import { writeRoot } from './root.ts'
import type { Trusted } from './workflow-access.ts'

type PlatformContext = HoldContext & Pick<Context, 'files' | 'assets' | 'target' | 'openStore' | 'leases'>

/** The name under which the shared ground is rendered, leased and kept; no environment may have it. */
export const PLATFORM = 'platform'

/** `trusted`: whose workflows get roles; none without it. */
export function platformDocument(project: Project, trusted?: Trusted): EnvironmentDocument {
  return {
    schema: 1,
    name: PLATFORM,
    project: project.blueprint.project,
    template: 'platform',
    target: 'aws',
    pinned: true,
    repository: trusted?.repository ?? null,
    pullRequest: null,
    branch: null,
    commit: null,
    ttl: null,
    modules: null,
    images: {},
    ...(trusted === undefined ? {} : { github: trusted.github }),
  }
}

export async function applyPlatform(
  context: PlatformContext,
  project: Project,
  options: { overwrite: boolean; takeOver: boolean; trusted?: Trusted | undefined },
): Promise<{ directory: string; changed: string[] }> {
  const root = await writeRoot(context, project, platformDocument(project, options.trusted), { overwrite: options.overwrite, images: {} })
  const leases = context.leases(await context.openStore(project, 'aws'))
  const target = await context.target(project, 'aws')
  const request = { name: PLATFORM, operation: 'bootstrap', place: project, takeOver: options.takeOver }
  const applied = await holdLease(context, leases, request, ({ lease, run }) => {
    const nothing = async (): Promise<void> => undefined
    // No record is kept of the platform: a run that did not give its lease back is what says that it was cut off.
    return target.apply(root, 0, run({ unclean: lease.ended.length > 0 }), { onChanging: nothing, onSettled: nothing })
  })
  return { directory: root.rendering.directory, changed: applied.changed }
}
