import { type TestContext, testContext } from '../../tests/support/context.ts'
import type { Context } from '../context.ts'
import type { Lease } from '../registry/lease.ts'
import { type Held, holdLease } from './hold.ts'

/** For tests only: what a runner says of itself. */
export const IN_WORKFLOW = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '99', GITHUB_RUN_ATTEMPT: '1' }
/** For tests only: the run that holds the lease elsewhere. */
export const RUN = { repository: 'acme/shop', id: 42, attempt: 1, url: 'https://github.com/acme/shop/actions/runs/42/attempts/1' }

interface HoldOptions {
  context?: Partial<Context>
  takeOver?: boolean
  operation?: string
}

export interface LeaseStage extends TestContext {
  name: string
  /** Does `work` with the lease of `name`. */
  hold<Value>(work: (held: Held) => Promise<Value>, options?: HoldOptions): Promise<Value>
  /** The lease as it is in the store. */
  stored(): Promise<Lease | undefined>
  /** Puts the lease of a run on a machine that is not this one. */
  heldElsewhere(more?: Partial<Lease>): Promise<Lease>
}

export async function leaseStage(): Promise<LeaseStage> {
  const stage = await testContext()
  const name = 'calm-otter'
  const key = `registry/leases/${name}.json`
  return {
    ...stage,
    name,
    hold: (work, options = {}) => {
      const context = { ...stage.context, ...options.context }
      const place = { root: stage.folder, blueprint: { project: 'shop', region: 'us-east-1' } }
      const request = { name, operation: options.operation ?? 'apply', takeOver: options.takeOver ?? false, place }
      return holdLease(context, context.leases(stage.store), request, work)
    },
    stored: async () => {
      const object = await stage.store.get(key)
      return object === undefined ? undefined : (JSON.parse(object.body) as Lease)
    },
    heldElsewhere: async (more = {}) => {
      const holder = { user: 'runner', host: 'runnervm1', machine: 'm', boot: 'b/pid:[1]', pid: 4711, started: '1' }
      const since = '2026-11-21T07:00:00.000Z'
      const lease: Lease = {
        ...{ schema: 1, name, run: 'run-elsewhere', operation: 'apply', since, renewedAt: since },
        ...{ endedAt: null, holder, workflow: RUN, ended: [] },
        ...more,
      }
      await stage.store.put(key, JSON.stringify(lease))
      return lease
    },
  }
}
