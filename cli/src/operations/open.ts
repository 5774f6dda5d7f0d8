import type { Context } from '../context.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { UsageError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Root } from '../targets/target.ts'
import { findLocal } from './home.ts'
import type { Project } from './project.ts'
import { localRoot, requireDocument, writeRoot } from './root.ts'

type OpenContext = Pick<Context, 'files' | 'output' | 'assets' | 'git' | 'openStore' | 'registry'>

/** What `apply` and `plan` work on: this checkout if the name is one of this machine, otherwise what is in `envs/<name>`, rendered anew. */
export async function openRoot(
  context: OpenContext,
  project: Project,
  request: { name: string; overwrite: boolean; images: Record<string, string> },
): Promise<Root> {
  const local = await findLocal(context, project, request.name)
  if (local === undefined) {
    return writeRoot(context, project, await requireDocument(context, project, request.name), request)
  }
  if (Object.keys(request.images).length > 0) throw new UsageError(`could not use --image: ${request.name} runs the code of this checkout`)
  return localRoot(project, await currentDocument(context, project, local))
}

/** The environment as this checkout stands now. */
async function currentDocument(context: OpenContext, project: Project, record: EnvironmentRecord): Promise<EnvironmentDocument> {
  const head = await context.git.head(project.root)
  return {
    schema: 1,
    name: record.name,
    project: project.blueprint.project,
    template: 'preview',
    target: 'local',
    pinned: false,
    repository: null,
    pullRequest: null,
    branch: head?.branch ?? null,
    commit: head?.commit ?? null,
    ttl: record.ttl,
    modules: null,
    images: {},
  }
}
