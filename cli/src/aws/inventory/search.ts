import type { Aws } from '../clients.ts'
import type { TaggedArn } from './tagged.ts'
import type { Owner } from './thing.ts'

/** What the loader of an area gets. */
export interface Search {
  aws: Aws
  owner: Owner
  /** What the tagging API knows of the environment; asked once. It lags by minutes in both directions, so a loader looks itself. */
  tagged(): Promise<TaggedArn[]>
}
