import path from 'node:path'
import type { Context } from '../context.ts'
import { ConflictError } from '../errors.ts'
import type { HeldLease, Lease, Leases } from '../registry/lease.ts'

type HoldContext = Pick<Context, 'processes' | 'output' | 'clock' | 'interrupt'>

export interface Held {
  lease: HeldLease
  /** The run that died holding the lease. */
  previous: Lease | undefined
}

/** The variable that every child of a run carries; a child that outlived the run is known by it. */
export const RUN_VARIABLE = 'DEVTOOL_RUN'
const PATIENCE_MS = 10 * 60_000

/** Does `work` as the one run that may touch the environment. */
export async function holdLease<Value>(
  context: HoldContext,
  leases: Leases,
  request: { name: string; operation: string; takeOver: boolean },
  work: (held: Held) => Promise<Value>,
): Promise<Value> {
  const holder = await context.processes.self()
  const held = await leases.acquire({ ...request, holder, ended: (lease) => hasEnded(context, lease) })
  if (held.previous !== undefined) {
    context.output.info(`taking over from ${held.previous.operation} of ${held.previous.since}, which ended before it was done`)
  }
  try {
    return await work(held)
  } finally {
    await leases.release(held.lease)
  }
}

/** A run has ended when its process has, and with it the Terraform or the migrations that it started. */
async function hasEnded(context: HoldContext, lease: Lease): Promise<boolean> {
  const { processes, output, clock } = context
  if (!(await processes.ended(lease.holder))) return false
  const children = async (): Promise<{ pid: number; command: string }[]> => processes.withVariable(RUN_VARIABLE, lease.run)
  const isProvider = (command: string): boolean => path.basename(command).startsWith('terraform-provider-')
  const engines = async (): Promise<{ pid: number; command: string }[]> => (await children()).filter((child) => !isProvider(child.command))

  const running = await engines()
  if (running.length > 0) {
    await output.step(`waiting for what the interrupted ${lease.operation} started to stop`, async () => {
      // Terraform stops at one SIGINT, saves what it made and frees its lock; at a second one it would drop everything.
      for (const child of running) processes.signal(child.pid, 'SIGINT')
      const until = clock.now().getTime() + PATIENCE_MS
      while ((await engines()).length > 0) {
        if (clock.now().getTime() > until || context.interrupt.aborted) {
          throw new ConflictError(
            `what the interrupted ${lease.operation} started is still running (process ${running[0]?.pid}, ${running[0]?.command})`,
            {
              hint: 'wait until it has ended, then run the command again',
            },
          )
        }
        await clock.sleep(200, context.interrupt)
      }
    })
  }
  // A provider that lost its Terraform may still be creating something; what it makes must not appear after we have looked.
  for (const child of await children()) processes.signal(child.pid, 'SIGKILL')
  return true
}
