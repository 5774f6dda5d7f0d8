import { UserError } from '../errors.ts'
import type { ProcessIdentity } from '../system/processes.ts'

/** The run that works on an environment. While it is there nobody else touches the environment, its state or its lock. */
export interface Lease {
  schema: 1
  name: string
  /** Terraform gets it as `DEVTOOL_RUN`, so that a child which outlived its parent can be told from any other. */
  run: string
  operation: string
  since: string
  /** When the run said last that it is at work: it does every minute. Null in leases of versions that did not. */
  renewedAt: string | null
  /** The run has given the lease back, with `ended` not cleared: nobody is at work. */
  endedAt: string | null
  holder: ProcessIdentity
  /** The run of a GitHub workflow that the holder is part of. */
  workflow: { repository: string; id: number; attempt: number; url: string } | null
  /** Runs that have ended, the oldest first, and may have left a Terraform lock that nobody has cleared yet. */
  ended: EndedRun[]
}

/** What it takes to tell a lock of a run that has ended from any other. */
export interface EndedRun {
  user: string
  host: string
  since: string
  /** Null where the run did not say. */
  lastSeen: string | null
}

/** A lease that this run holds. */
export interface HeldLease extends Lease {
  /** Of the stored object, so that giving it back removes this lease and no later one. */
  version: string
}

export const RENEW_MS = 60_000
/** A run that can reach the store has said within this time that it is at work. */
export const SILENCE_MS = 2 * RENEW_MS
/** More than that many runs in a row that ended before they had cleared anything are not remembered. */
const MOST_ENDED = 20

export function parseLease(body: string, key: string): Lease {
  try {
    const value = JSON.parse(body) as Partial<Lease> & Pick<Lease, 'schema' | 'name' | 'run' | 'operation' | 'since' | 'holder'>
    if (typeof value.run === 'string' && typeof value.since === 'string' && typeof value.holder.host === 'string')
      return { renewedAt: null, endedAt: null, workflow: null, ended: [], ...value }
  } catch {
    // said below
  }
  throw new UserError(`could not read the lease ${key}: it does not have the shape of one`, {
    hint: 'the bucket is versioned: restore its last good version; if nobody works on that environment, delete the object',
  })
}

export function serializeLease({ schema, name, run, operation, since, renewedAt, endedAt, holder, workflow, ended }: Lease): string {
  const kept = ended.slice(-MOST_ENDED)
  return JSON.stringify({ schema, name, run, operation, since, renewedAt, endedAt, holder, workflow, ended: kept }, null, 2)
}

export function summary({ holder, since, renewedAt }: Lease): EndedRun {
  return { user: holder.user, host: holder.host, since, lastSeen: renewedAt }
}

export function lastSeen({ renewedAt, since }: Lease): string {
  return renewedAt ?? since
}

/** For people. */
export function describeRun({ holder, workflow }: Lease): string {
  if (workflow === null) return `${holder.user}@${holder.host}`
  return `run ${workflow.id} of ${workflow.repository}${workflow.attempt === 1 ? '' : `, attempt ${workflow.attempt}`}`
}
