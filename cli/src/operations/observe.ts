import type { Context } from '../context.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Project } from './project.ts'

/** The records as things are right now. Of what is in the account, the registry is what is known; on this machine a look costs nothing. */
export async function observe(
  context: Pick<Context, 'observer'>,
  project: Project,
  records: readonly EnvironmentRecord[],
): Promise<EnvironmentRecord[]> {
  const local = records.filter(({ target }) => target === 'local')
  if (local.length === 0) return [...records]
  const seen = await (await context.observer(project, 'local')).observe(local)
  return records.map((record) => seen.find(({ name, target }) => name === record.name && target === record.target) ?? record)
}
