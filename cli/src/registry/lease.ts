import { ConflictError } from '../errors.ts'
import type { Clock } from '../system/clock.ts'
import type { ObjectStore } from '../system/object-store.ts'
import type { ProcessIdentity } from '../system/processes.ts'
import type { Random } from '../system/random.ts'

/** The run that works on an environment. While it is there nobody else touches the environment, its state or its lock. */
export interface Lease {
  schema: 1
  name: string
  /** Terraform gets it as `DEVTOOL_RUN`, so that a child which outlived its parent can be told from any other. */
  run: string
  operation: string
  since: string
  holder: ProcessIdentity
}

/** A lease that this run holds. */
export interface HeldLease extends Lease {
  /** Of the stored object, so that giving it back removes this lease and no later one. */
  version: string
}

export interface Leases {
  /**
   * Takes the lease. Where another run holds it: takes it over if `ended` proves that run's end, or `takeOver` says that a person has
   * checked; otherwise a `ConflictError` that says who holds it. Age alone proves nothing.
   */
  acquire(request: {
    name: string
    operation: string
    holder: ProcessIdentity
    ended: (lease: Lease) => Promise<boolean>
    takeOver: boolean
  }): Promise<{ lease: HeldLease; previous: Lease | undefined }>
  release(lease: HeldLease): Promise<void>
}

const keyOf = (name: string): string => `registry/leases/${name}.json`

export function describeHolder(lease: Lease): string {
  return `${lease.holder.user}@${lease.holder.host} (process ${lease.holder.pid}, ${lease.operation} since ${lease.since})`
}

export function createLeases(ports: { store: ObjectStore; clock: Clock; random: Random }): Leases {
  const { store, clock, random } = ports
  return {
    acquire: async ({ name, operation, holder, ended, takeOver }) => {
      const lease: Lease = { schema: 1, name, run: random.id(), operation, since: clock.now().toISOString(), holder }
      const body = JSON.stringify(lease, null, 2)
      for (;;) {
        const taken = await store.put(keyOf(name), body, { absent: true })
        if (taken !== undefined) return { lease: { ...lease, version: taken }, previous: undefined }
        const found = await store.get(keyOf(name))
        if (found === undefined) continue
        const previous = JSON.parse(found.body) as Lease
        if (!takeOver && !(await ended(previous))) {
          throw new ConflictError(`could not ${operation} ${name}: ${describeHolder(previous)} is working on it`, {
            hint: `wait for that run to end; if you have made sure that it has, run the command again with --take-over`,
          })
        }
        const version = await store.put(keyOf(name), body, { version: found.version })
        if (version !== undefined) return { lease: { ...lease, version }, previous }
      }
    },
    release: async (lease) => {
      await store.remove(keyOf(lease.name), { version: lease.version })
    },
  }
}
