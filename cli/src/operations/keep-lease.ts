import { ConflictError } from '../errors.ts'
import type { HeldLease, Lease, Leases } from '../registry/lease.ts'
import { describeRun, RENEW_MS } from '../registry/lease-object.ts'
import type { Clock } from '../system/clock.ts'

/** A lease that is renewed while its run is at work. */
export interface Kept {
  /** Fires when another run is found to have it. */
  lost: AbortSignal
  /**
   * Asks the store now whether the lease is still this run's.
   * @throws ConflictError that says who has taken it over
   */
  confirm(): Promise<void>
  /** No more renewals; resolves when none is under way. */
  end(): Promise<{ lease: HeldLease; lost: ConflictError | undefined }>
}

/** A renewal that fails is made up for by the next one: without a network nobody else gets at the lease either. */
export function keepLease(clock: Clock, leases: Leases, held: HeldLease, repeatedly: boolean): Kept {
  const controller = new AbortController()
  let lease = held
  let lost: ConflictError | undefined
  let last: Promise<void> = Promise.resolve()

  const renew = (): Promise<void> => {
    // one after the other: of two at once the later would find a version that it does not know
    last = last
      .catch(() => undefined)
      .then(async () => {
        if (lost !== undefined) return
        const renewal = await leases.renew(lease)
        if ('lease' in renewal) {
          lease = renewal.lease
          return
        }
        lost = takenOver(lease, renewal.to)
        controller.abort(lost)
      })
    return last
  }
  const end = repeatedly ? clock.every(RENEW_MS, () => renew().catch(() => undefined)) : async () => undefined

  return {
    lost: controller.signal,
    confirm: async () => {
      await renew()
      if (lost !== undefined) throw lost
    },
    end: async () => {
      await end()
      await last.catch(() => undefined)
      return { lease, lost }
    },
  }
}

function takenOver({ name, operation }: Lease, to: Lease | undefined): ConflictError {
  const who =
    to === undefined
      ? 'its lease is gone: a run that took it over has ended since, or somebody deleted it'
      : `${describeRun(to)} has taken it over (${to.operation} since ${to.since})`
  return new ConflictError(`could not go on with ${operation} of ${name}: ${who}`, {
    hint: `this run has written nothing more of it; how it stands: devtool env show ${name}`,
  })
}
