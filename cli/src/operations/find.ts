import { NotFoundError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Registry } from '../registry/registry.ts'

/** The environment of that name, or the last thing known of one that was destroyed. */
export async function requireRecord(registry: Registry, name: string): Promise<EnvironmentRecord> {
  const record = (await registry.get(name)) ?? (await registry.getDestroyed(name))
  if (record !== undefined) return record
  throw new NotFoundError(`could not find an environment named ${name} in ${registry.location}`, { hint: await suggest(registry, name) })
}

async function suggest(registry: Registry, name: string): Promise<string> {
  const names = await registry.names()
  const near = names.filter((candidate) => candidate.split('-').some((word) => name.split('-').includes(word)))
  return near.length > 0 ? `did you mean ${near.slice(0, 3).join(', ')}? devtool env list shows all` : 'devtool env list shows all of them'
}
