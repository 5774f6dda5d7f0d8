import type { Environment } from './environment.ts'

type Counted = Pick<Environment, 'name' | 'project' | 'target' | 'template' | 'pinned' | 'status'>

export interface Counting {
  project: string
  /** Those in the account and those of this machine are counted each by themselves. */
  target: Environment['target']
  /** Names of the environments that the blueprint pins, whatever their records say. */
  pinned: { has(name: string): boolean }
  /** Names of the environments that a run is working on. */
  busy: { has(name: string): boolean }
}

/**
 * Whether an environment takes one of the places that `previews.limit` gives: a preview of this project that may hold resources. A name that
 * was only claimed holds none, unless a run is at it.
 */
export function takesPlace(record: Counted, { project, target, pinned, busy }: Counting): boolean {
  if (record.project !== project || record.target !== target || record.template === 'platform') return false
  if (record.pinned || pinned.has(record.name)) return false
  return record.status !== 'claimed' || busy.has(record.name)
}
