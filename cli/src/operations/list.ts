import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import { type Home, openHome } from './home.ts'
import { observe } from './observe.ts'
import type { Project } from './project.ts'

type ListContext = Pick<Context, 'output' | 'openStore' | 'registry' | 'observer'>

/** The environments of this project: those of this machine, then those of the account. `kind` leaves out the other. */
export async function listEnvironments(
  context: ListContext,
  project: Project,
  kind: Home['kind'] | undefined,
): Promise<EnvironmentRecord[]> {
  const local = kind === 'aws' ? [] : await listHome(context, project, 'local')
  const mine = await observe(
    context,
    project,
    local.filter((record) => record.project === project.blueprint.project),
  )
  if (kind === 'local') return mine
  try {
    return [...mine, ...(await listHome(context, project, 'aws'))]
  } catch (error) {
    // whoever works on this machine only needs no account
    if (mine.length === 0 || kind === 'aws' || !(error instanceof UserError)) throw error
    context.output.info(`only the environments of this machine are shown: ${error.message}`)
    return mine
  }
}

async function listHome(context: ListContext, project: Project, kind: Home['kind']): Promise<EnvironmentRecord[]> {
  const { registry } = await openHome(context, project, kind)
  return registry.list((error) => context.output.warn(String((error as Error).message)))
}
