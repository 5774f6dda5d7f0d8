import { isReservedName } from '../environment/names.ts'
import { type Draft, draft } from './decide.ts'
import type { Situation } from './situation.ts'

/** What carries the tags of an environment that the registry does not know. It is named and never removed: nobody knows whose it is. */
export function unregistered({ input, leased, pinned }: Situation): Draft[] {
  if (input.found === undefined) return []
  const known = new Set(input.records.map(({ name }) => name))
  const gone = new Map(input.tombstones.filter(({ project }) => project === input.project).map((tombstone) => [tombstone.name, tombstone]))
  return input.found
    .filter(({ environment, resources }) => resources > 0 && !known.has(environment) && !leased.has(environment))
    .filter(({ environment }) => !pinned.has(environment) && !isReservedName(environment))
    .map(({ environment, resources }) => {
      const tombstone = gone.get(environment)
      const past = tombstone === undefined ? 'which the registry does not know' : `which was destroyed at ${tombstone.updatedAt}`
      const pullRequest = tombstone?.pullRequest ?? undefined
      const made = draft(
        'reportLeak',
        pullRequest === undefined ? {} : { pullRequest },
        'not-in-registry',
        `${resources} resources are tagged with it, ${past}`,
      )
      return { ...made, action: { ...made.action, environment } }
    })
}
