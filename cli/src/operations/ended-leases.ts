import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import { lastSeen, SILENCE_MS } from '../registry/lease-object.ts'
import { type HoldContext, holdLease } from './hold.ts'
import { openHome } from './home.ts'
import { PLATFORM } from './platform.ts'
import type { Project } from './project.ts'

type LeasesContext = Pick<Context, 'openStore' | 'registry' | 'leases' | 'clock'>

/**
 * Gives back the leases of runs that died when all was done but that: the environment is as it should be, or gone, and no other run would come by for long. A
 * run that left something to be cleared keeps its lease until somebody does; so does one that was at work just now, until the next sweep.
 */
export async function giveBackEnded(context: HoldContext & LeasesContext, project: Project): Promise<void> {
  const leases = context.leases((await openHome(context, project, 'aws')).store)
  for (const name of await silentLeases(context, project)) {
    if (context.interrupt.aborted) return
    try {
      await holdLease(context, leases, { name, operation: 'sweep', takeOver: false, place: project }, async () => undefined)
    } catch (error) {
      // at work, or nothing is known of it
      if (!(error instanceof UserError)) throw error
    }
  }
}

/** Of the environments with nothing to be cleared, those whose lease is held by a run that has said nothing for a while. */
export async function silentLeases(context: LeasesContext, project: Project): Promise<string[]> {
  const { store, registry } = await openHome(context, project, 'aws')
  const leases = context.leases(store)
  const found: string[] = []
  for (const name of await leases.names()) {
    if (name === PLATFORM) continue
    try {
      const lease = await leases.peek(name)
      if (lease === undefined || lease.endedAt !== null) continue
      if (context.clock.now().getTime() - Date.parse(lastSeen(lease)) < SILENCE_MS) continue
      // of an environment that is gone nothing is to be cleared, and nobody would ever take over
      const record = await registry.get(name)
      if (record === undefined || (!record.unclean && lease.ended.length === 0)) found.push(name)
    } catch (error) {
      // what cannot be read does not keep the others
      if (!(error instanceof UserError)) throw error
    }
  }
  return found
}
