import { ConflictError, ToolError } from '../errors.ts'
import type { Clock } from '../system/clock.ts'
import type { ObjectStore } from '../system/object-store.ts'
import type { ProcessIdentity } from '../system/processes.ts'
import type { Random } from '../system/random.ts'
import { describeRun, type EndedRun, type HeldLease, type Lease, lastSeen, parseLease, serializeLease, summary } from './lease-object.ts'

export type { EndedRun, HeldLease, Lease } from './lease-object.ts'

/** Whether a run has ended. Without proof it has not, and then `why` and `hint` say what is known and what it would take. */
export type Verdict = { ended: true } | { ended: false; why?: string; hint?: string | undefined }

/** What came of saying that the run is still at work: it is; or the lease is another run's, or nobody's any more. */
export type Renewal = { lease: HeldLease } | { lost: true; to: Lease | undefined }

export interface Leases {
  /**
   * Takes the lease. Where another run holds it: takes it over if `judge` proves that run's end, or `takeOver` says that a person has
   * checked; otherwise a `ConflictError` that says who holds it. Age alone proves nothing.
   */
  acquire(request: {
    name: string
    operation: string
    holder: ProcessIdentity
    workflow: Lease['workflow']
    judge: (lease: Lease) => Promise<Verdict>
    takeOver: boolean
  }): Promise<{ lease: HeldLease; previous: Lease | undefined }>
  /** The run that holds the lease now, as far as its lease says. */
  holder(name: string): Promise<Lease | undefined>
  /** Who has it now. */
  peek(name: string): Promise<Lease | undefined>
  /** The names of environments, and of the platform, that have one. */
  names(): Promise<string[]>
  /** Says that the run is still at work. A conditional write: what another run has taken over is not touched. */
  renew(lease: HeldLease): Promise<Renewal>
  /** Gives the lease back, unless another run has it; `left`: with what is not cleared yet, for the next run. */
  release(lease: HeldLease, left: boolean): Promise<void>
}

/** The second is right unless the store is not; nothing else writes over a lease that is held. */
const MOST_TRIES = 5

const PREFIX = 'registry/leases/'
const keyOf = (name: string): string => `${PREFIX}${name}.json`

export function createLeases(ports: { store: ObjectStore; clock: Clock; random: Random }): Leases {
  const { store, clock, random } = ports
  const stamp = (): string => clock.now().toISOString()

  /** The object as it is, if it is this run's; `undefined` if it is not. */
  const own = async (lease: HeldLease): Promise<{ lease: HeldLease } | { to: Lease | undefined }> => {
    const found = await store.get(keyOf(lease.name))
    if (found === undefined) return { to: undefined }
    const stored = parseLease(found.body, keyOf(lease.name))
    return stored.run === lease.run ? { lease: { ...stored, version: found.version } } : { to: stored }
  }

  /** Writes over the own lease, also where the answer to an earlier write was lost and its version is not the one that is known. */
  const replace = async (lease: HeldLease, write: (version: string) => Promise<string | undefined>): Promise<Renewal> => {
    let { version } = lease
    for (let tries = 1; ; tries += 1) {
      const written = await write(version)
      if (written !== undefined) return { lease: { ...lease, version: written } }
      const found = await own(lease)
      if (!('lease' in found)) return { lost: true, to: found.to }
      if (tries === MOST_TRIES)
        throw new ToolError(`could not write the lease of ${lease.name}: ${store.location} refuses what it has asked for`)
      version = found.lease.version
    }
  }

  return {
    acquire: async ({ name, operation, holder, workflow, judge, takeOver }) => {
      const run = random.id()
      const make = (ended: readonly EndedRun[]): Lease => {
        const since = stamp()
        return { schema: 1, name, run, operation, since, renewedAt: since, endedAt: null, holder, workflow, ended: [...ended] }
      }
      for (;;) {
        const fresh = make([])
        const taken = await store.put(keyOf(name), serializeLease(fresh), { absent: true })
        if (taken !== undefined) return { lease: { ...fresh, version: taken }, previous: undefined }
        const found = await store.get(keyOf(name))
        if (found === undefined) continue
        const stored = parseLease(found.body, keyOf(name))
        const held = stored.endedAt === null
        if (held && !takeOver) {
          const verdict = await judge(stored)
          if (!verdict.ended) throw refusal(operation, stored, verdict)
        }
        const lease = make(held ? [...stored.ended, summary(stored)] : stored.ended)
        const version = await store.put(keyOf(name), serializeLease(lease), { version: found.version })
        if (version !== undefined) return { lease: { ...lease, version }, previous: held ? stored : undefined }
      }
    },
    holder: async (name) => {
      const found = await store.get(keyOf(name))
      const lease = found === undefined ? undefined : parseLease(found.body, keyOf(name))
      return lease?.endedAt === null ? lease : undefined
    },
    peek: async (name) => {
      const found = await store.get(keyOf(name))
      return found === undefined ? undefined : parseLease(found.body, keyOf(name))
    },
    names: async () => (await store.list(PREFIX)).map((key) => key.slice(PREFIX.length, -'.json'.length)),
    renew: async (lease) => {
      const renewed = { ...lease, renewedAt: stamp() }
      return replace(renewed, (version) => store.put(keyOf(lease.name), serializeLease(renewed), { version }))
    },
    release: async (lease, left) => {
      const key = keyOf(lease.name)
      const ended: Lease = { ...lease, endedAt: stamp(), ended: [...lease.ended, summary(lease)] }
      await replace(lease, async (version) => {
        if (left) return store.put(key, serializeLease(ended), { version })
        return (await store.remove(key, { version })) ? version : undefined
      })
    },
  }
}

function refusal(operation: string, lease: Lease, { why, hint }: { why?: string; hint?: string | undefined }): ConflictError {
  const at = lastSeen(lease) === lease.since ? '' : `, last sign of life ${lastSeen(lease)}`
  const who = `${describeRun(lease)} (${lease.workflow === null ? `process ${lease.holder.pid}, ` : ''}${lease.operation} since ${lease.since}${at})`
  const what = lease.workflow === null ? 'for that run to end' : `for ${lease.workflow.url} to end`
  return new ConflictError(`could not ${operation} ${lease.name}: ${who} is working on it${why === undefined ? '' : `; ${why}`}`, {
    hint: `${hint === undefined ? '' : `${hint}; or `}wait ${what}; if you have made sure that it has, run the command again with --take-over`,
  })
}
