import type { Aws } from '../../aws/clients.ts'
import { serviceStates, type WatchedService } from '../../aws/readiness.ts'
import { CancelledError } from '../../errors.ts'
import type { Output } from '../../output.ts'
import type { Clock } from '../../system/clock.ts'

export type ServiceState = Awaited<ReturnType<typeof serviceStates>>[number]

/** `DescribeServices` is limited to 20 calls a second for the whole account; one look every two seconds leaves room for many runs. */
const INTERVAL_MS = 2_000
/** A first start takes about a minute; what is not there after fifteen will not come. */
const PATIENCE_MS = 15 * 60_000

/** Looks until every service is ready, one has failed or patience ends; the last states seen. */
export async function waitUntilReady(
  ports: { aws: Aws; clock: Clock; output: Output; interrupt: AbortSignal },
  services: readonly WatchedService[],
): Promise<ServiceState[]> {
  if (services.length === 0) return []
  const { aws, clock, output, interrupt } = ports
  return output.step(`waiting for ${services.map((service) => service.name).join(', ')} to answer`, async (now) => {
    const until = clock.now().getTime() + PATIENCE_MS
    for (;;) {
      const states = await serviceStates(aws, services)
      const pending = states.filter((state) => state.status === 'pending')
      if (pending.length === 0 || states.some((state) => state.status === 'failed')) return states
      if (clock.now().getTime() > until) return states
      now(pending.map((state) => `${state.name} ${state.running} of ${state.desired}`).join(', '))
      await clock.sleep(INTERVAL_MS, interrupt)
      if (interrupt.aborted) throw new CancelledError('interrupted while waiting for the services; they go on starting')
    }
  })
}
