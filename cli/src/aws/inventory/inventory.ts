import type { Aws } from '../clients.ts'
import { loadCertificates } from './certificates.ts'
import { loadContainers } from './containers.ts'
import { loadDatabases } from './databases.ts'
import { loadFunctions } from './functions.ts'
import { loadBalancing } from './load-balancing.ts'
import { loadLogs } from './logs.ts'
import { loadNetwork } from './network.ts'
import { loadParameters } from './parameters.ts'
import { loadRoles } from './roles.ts'
import type { Search } from './search.ts'
import { loadSecrets } from './secrets.ts'
import { loadTagged, type TaggedArn } from './tagged.ts'
import type { Owner, Thing } from './thing.ts'
import { loadTopics } from './topics.ts'

const loaders = {
  certificates: loadCertificates,
  containers: loadContainers,
  databases: loadDatabases,
  functions: loadFunctions,
  balancing: loadBalancing,
  logs: loadLogs,
  network: loadNetwork,
  parameters: loadParameters,
  roles: loadRoles,
  secrets: loadSecrets,
  topics: loadTopics,
} satisfies Record<string, (search: Search) => Promise<Thing[]>>

export type Area = keyof typeof loaders

export interface Inventory {
  /** Everything of the environment in these areas; each area is loaded once. */
  things(areas: readonly Area[]): Promise<Thing[]>
  tagged(): Promise<TaggedArn[]>
}

export const allAreas = Object.keys(loaders) as Area[]

/** What exists of an environment, found by looking and never by a state. Asks nothing until it is asked. */
export function openInventory(aws: Aws, owner: Owner): Inventory {
  const loaded = new Map<Area, Promise<Thing[]>>()
  let tagged: Promise<TaggedArn[]> | undefined
  const search: Search = {
    aws,
    owner,
    tagged: () => {
      tagged ??= loadTagged(aws, owner)
      return tagged
    },
  }
  const load = (area: Area): Promise<Thing[]> => {
    const known = loaded.get(area) ?? loaders[area](search)
    loaded.set(area, known)
    return known
  }
  return { things: async (areas) => (await Promise.all(areas.map(load))).flat(), tagged: search.tagged }
}
