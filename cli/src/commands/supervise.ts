import { Command } from 'commander'
import type { Context } from '../context.ts'
import { destroyEnvironment, ExtendedError } from '../operations/destroy.ts'
import { holdLease } from '../operations/hold.ts'

/** The lease of the one supervisor of this user on this machine; no environment can have this name. */
const SUPERVISOR = '@supervisor'

/** What `env apply` leaves running on this machine. Nobody types it. */
export function superviseCommand(context: Context): Command {
  return new Command('supervise').description('Keep the environments of this machine running').action(() => supervise(context))
}

export async function supervise(context: Context): Promise<void> {
  const nowhere = { root: context.cwd, blueprint: { project: '', region: '' } }
  const leases = context.leases(await context.openStore(nowhere, 'local'))
  const request = { name: SUPERVISOR, operation: 'supervise', place: nowhere, takeOver: false, renew: false }
  await holdLease(context, leases, request, () =>
    context.supervise(async ({ name, project, root }) => {
      try {
        await destroyEnvironment(context, { root, blueprint: { project, region: '' } }, name, { takeOver: false, expiredOnly: true })
        return undefined
      } catch (error) {
        if (error instanceof ExtendedError) return error.expiresAt
        throw error
      }
    }),
  )
  // the last environment may have gone by itself: then nothing is to be left of this either
  await (await context.target(nowhere, 'local')).close()
}
