import type { Context, Place } from '../context.ts'
import { ConflictError } from '../errors.ts'
import { workflowRun } from '../github/workflow-run.ts'
import type { HeldLease, Lease, Leases } from '../registry/lease.ts'
import type { Registry } from '../registry/registry.ts'
import type { Run } from '../targets/target.ts'
import { type Kept, keepLease } from './keep-lease.ts'
import { type EndContext, judgeEnd, stopChildren } from './run-end.ts'

export type HoldContext = EndContext & Pick<Context, 'clock'>

export interface Held {
  lease: Lease
  /** The run that ended holding the lease. */
  previous: Lease | undefined
  /** Fires on Ctrl-C, and when another run has taken over: whatever waits for it stops. */
  interrupt: AbortSignal
  /** This run, for a target. */
  run(state: { unclean: boolean }): Run
  /** Writes only while the lease is this run's: what another run has taken over is its to tell. */
  fenced(registry: Registry): Registry
}

interface Request {
  name: string
  operation: string
  takeOver: boolean
  /** Whose GitHub repository is asked about the runs of workflows. */
  place: Place
  /** False for what lasts for days on this machine, where its process says enough. */
  renew?: boolean
}

/**
 * Does `work` as the one run that may touch the environment.
 * @throws ConflictError if another run holds the lease, or has taken it over meanwhile (`--take-over`)
 */
export async function holdLease<Value>(
  context: HoldContext,
  leases: Leases,
  { place, renew = true, ...request }: Request,
  work: (held: Held) => Promise<Value>,
): Promise<Value> {
  const workflow = workflowRun(context.variables) ?? null
  const holder = await context.processes.self()
  const { lease, previous } = await leases.acquire({ ...request, holder, workflow, judge: judgeEnd(context, place) })
  if (previous !== undefined) {
    context.output.info(`taking over from ${previous.operation} of ${previous.since}, which ended before it was done`)
  }
  const kept = keepLease(context.clock, leases, lease, renew)
  let left = lease.ended.length > 0
  const held = present(context, kept, { lease, previous }, (may) => {
    left = may
  })
  const giveBack = async (): Promise<void> => {
    const last = await kept.end()
    if (last.lost !== undefined) throw last.lost
    await leases.release(last.lease, left)
  }
  let value: Value
  try {
    value = await work(held)
    left = false
  } catch (error) {
    try {
      // what failed beside Terraform has not waited for it
      await stopChildren(context, lease)
      await giveBack()
    } catch (other) {
      await kept.end()
      if (other instanceof ConflictError && kept.lost.aborted) throw other
      context.output.warn(`the lease of ${request.name} stays: ${other instanceof Error ? other.message : String(other)}`)
    }
    throw error
  }
  await giveBack()
  return value
}

function present(
  { interrupt }: HoldContext,
  kept: Kept,
  { lease, previous }: { lease: HeldLease; previous: Lease | undefined },
  left: (may: boolean) => void,
): Held {
  const either = AbortSignal.any([interrupt, kept.lost])
  const { confirm } = kept
  const { user, host } = lease.holder
  return {
    lease,
    previous,
    interrupt: either,
    run: ({ unclean }) => ({
      id: lease.run,
      since: lease.since,
      unclean,
      interrupt: either,
      locks: { own: { user, host }, ended: lease.ended, left, confirm },
    }),
    fenced: (registry) => ({
      ...registry,
      update: async (name, change) => {
        await confirm()
        return registry.update(name, change)
      },
      close: async (name, last) => {
        await confirm()
        await registry.close(name, last)
      },
    }),
  }
}
