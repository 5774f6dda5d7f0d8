import path from 'node:path'
import { census, prepareCensus } from '../../aws/census.ts'
import { readPlatform } from '../../aws/platform.ts'
import { removeDatabase, removeSecrets, removeTaskDefinitions } from '../../aws/removal.ts'
import { databaseName, stateKey } from '../../environment/names.ts'
import { CancelledError, UserError } from '../../errors.ts'
import type { Outcome } from '../../terraform/driver.ts'
import { isPassing, toError } from '../../terraform/failure.ts'
import { ERRORED_STATE, parseState } from '../../terraform/state.ts'
import type { Doomed, Leftover, Run } from '../target.ts'
import { holdsBundle, unpackBundle } from './bundle.ts'
import { forgetBundles, readBundle } from './kept-bundle.ts'
import { type Ports, rescueKey } from './ports.ts'
import { adoptExisting } from './recovery.ts'
import { openSession, type Session } from './session.ts'

export async function destroyApplied(ports: Ports, doomed: Doomed, run: Run): Promise<Leftover[]> {
  const bundle = await readBundle(ports, doomed, stateKey(doomed))
  // where the bundle went before the run was cut off, everything is looked for
  if (bundle === undefined) return proveGone(ports, { ...doomed, thorough: doomed.thorough || doomed.applied })
  const folder = path.join('envs', doomed.name)
  // Where the root was applied it lies still, and initialised; anywhere else it comes out of the bundle.
  if (!doomed.thorough && (await holdsBundle(ports.files, bundle, ports.repository, folder)))
    return destroyIn(ports, doomed, run, ports.repository)
  const unpacked = await ports.files.temporaryFolder('devtool-destroy-')
  try {
    await unpackBundle(ports.files, bundle, unpacked)
    return await destroyIn(ports, doomed, run, unpacked)
  } finally {
    // a state that could be saved nowhere else is worth more than a tidy disk
    if (!(await ports.files.exists(path.join(unpacked, folder, ERRORED_STATE)))) await ports.files.remove(unpacked)
  }
}

async function destroyIn(ports: Ports, doomed: Doomed, run: Run, root: string): Promise<Leftover[]> {
  const directory = path.join(root, 'envs', doomed.name)
  const session = await openSession(ports, { name: doomed.name, directory, stateKey: stateKey(doomed), run })
  await ports.output.step('preparing Terraform', () => session.init(true))
  await session.clearRemains()
  if (doomed.thorough) await importLost(ports, session, doomed.name)
  // loading what looks at the account takes a moment that Terraform does not need this processor for
  await Promise.all([destroy(ports, session, doomed.name, run.interrupt), prepareCensus(ports.aws)])
  return proveGone(ports, doomed)
}

/** What exists and no state knows is taken into the state first, so that Terraform removes it in the right order. */
async function importLost(ports: Ports, session: Session, name: string): Promise<void> {
  let addresses: string[] = []
  try {
    addresses = await adoptExisting(ports, session, name)
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof CancelledError) throw error
    // what cannot be planned any more can still be destroyed; the census names what that leaves
    ports.output.warn(error.message)
  }
  if (addresses.length === 0) return
  const outcome = await session.change('taking it into the state', (options) => session.terraform.apply({ ...options, targets: addresses }))
  if (outcome.failure !== null) throw toError(outcome.failure, name)
}

/** What AWS lets go of late (network interfaces, target groups, draining services) is asked for again after a while. */
const PAUSES_MS = [30_000, 60_000]

async function destroy({ clock }: Ports, session: Session, name: string, interrupt: AbortSignal): Promise<void> {
  const attempt = (label: string, refresh: boolean): Promise<Outcome> =>
    session.change(label, (options) => session.terraform.destroy(refresh ? options : { ...options, refresh: false }))
  const settled = ({ failure, interrupted }: Outcome): boolean => {
    if (failure !== null && (interrupted || failure.kind === 'credentials')) throw toError(failure, name)
    return failure === null
  }
  const pause = async ({ failure }: Outcome, milliseconds = 0): Promise<void> => {
    if (failure === null || !isPassing(failure)) return
    await clock.sleep(milliseconds, interrupt)
    if (interrupt.aborted) throw new CancelledError(`destroy of ${name} was interrupted`, { hint: 'run the same command again' })
  }
  // The state knows what to destroy; asking AWS about each thing first is time for nothing, and fails where half of it is gone already.
  const first = await attempt(`destroying ${name}`, false)
  if (settled(first)) return
  // Some refusals pass; some are about things that are not as the state has them.
  await pause(first, PAUSES_MS[0])
  const second = await attempt(`destroying ${name}, second try`, true)
  if (settled(second)) return
  // Asking may fail for what is gone already: then what the first try met is still to be told, or has passed.
  if (second.failure !== null && !isPassing(second.failure) && second.failure.kind !== 'data-missing') throw toError(second.failure, name)
  await pause(second, PAUSES_MS[1])
  const third = await attempt(`destroying ${name}, third try`, false)
  if (third.failure !== null) throw toError(third.failure, name)
}

/** AWS goes on listing some things for a while after they are gone. */
const LOOKS_MS = [0, 1_000, 2_000, 4_000, 8_000, 15_000]

async function proveGone(ports: Ports, doomed: Doomed): Promise<Leftover[]> {
  return ports.output.step('making sure that nothing is left', async (now) => {
    const owner = { project: doomed.project, environment: doomed.name }
    if (doomed.thorough) await removeUnimportable(ports, doomed)
    const key = stateKey(doomed)
    const object = await ports.states.get(key)
    const known = parseState(object?.body ?? '').resources.map(({ type, address }) => ({ type, id: address }))
    if (known.length > 0) return known
    let found: Leftover[] = []
    for (const [look, pause] of LOOKS_MS.entries()) {
      await ports.clock.sleep(pause)
      found = (await census(ports.aws, owner, doomed)).map(({ type, id }) => ({ type, id }))
      if (found.length === 0) break
      now(`${found.length} still listed`)
      // An apply that went on from a killed run makes a task definition of its own beside the one that no state knows.
      if (look === 0 && !doomed.thorough) await removeUnimportable(ports, doomed)
    }
    if (found.length > 0) return found
    // the state first: a run that is cut off here is known by it to have nothing left to destroy
    await ports.states.remove(key)
    await Promise.all([forgetBundles(ports, doomed.name), ports.store.remove(rescueKey(doomed.name))])
    return []
  })
}

/** Terraform removes them all; what a run that was cut off had made of them is in no state and cannot be imported. */
async function removeUnimportable(ports: Ports, doomed: Doomed): Promise<void> {
  const owner = { project: doomed.project, environment: doomed.name }
  await Promise.all([removeTaskDefinitions(ports.aws, owner), removeSecrets(ports.aws, owner), dropDatabase(ports, doomed)])
}

/** The database is made by an invocation, which no import can bring back into a state: dropping what may be there is harmless. */
async function dropDatabase(ports: Ports, doomed: Doomed): Promise<void> {
  const platform = await readPlatform(ports.aws, doomed.project)
  if (platform?.database == null) return
  const database = databaseName(doomed.project, doomed.name)
  await removeDatabase(ports.aws, { functionName: platform.database.admin_function_name, database, role: database })
}
