import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import { lastSeen, SILENCE_MS } from '../registry/lease-object.ts'
import { type HoldContext, holdLease } from './hold.ts'
import { openHome } from './home.ts'
import { PLATFORM } from './platform.ts'
import type { Project } from './project.ts'

/**
 * Gives back the leases of runs that died when all was done but that: the environment is as it should be, or gone, and no other run would come by for long. A
 * run that left something to be cleared keeps its lease until somebody does; so does one that was at work just now, until the next sweep.
 */
export async function giveBackEnded(
  context: HoldContext & Pick<Context, 'openStore' | 'registry' | 'leases'>,
  project: Project,
): Promise<void> {
  const { store, registry } = await openHome(context, project, 'aws')
  const leases = context.leases(store)
  for (const name of await leases.names()) {
    if (name === PLATFORM || context.interrupt.aborted) continue
    try {
      const lease = await leases.peek(name)
      if (lease === undefined || lease.endedAt !== null || lease.ended.length > 0) continue
      if (context.clock.now().getTime() - Date.parse(lastSeen(lease)) < SILENCE_MS) continue
      // also of an environment that is gone: nobody would ever take over
      if ((await registry.get(name))?.unclean === true) continue
      const request = { name, operation: 'sweep', takeOver: false, place: project }
      await holdLease(context, leases, request, async () => undefined)
    } catch (error) {
      // at work, or nothing is known of it
      if (!(error instanceof UserError)) throw error
    }
  }
}
