import path from 'node:path'
import { stateKey } from '../../environment/names.ts'
import { NotFoundError } from '../../errors.ts'
import type { Outcome } from '../../terraform/driver.ts'
import { toError } from '../../terraform/failure.ts'
import type { AppliedEnvironment, Difference } from '../target.ts'
import { unpackBundle } from './bundle.ts'
import { readBundle } from './kept-bundle.ts'
import type { Ports } from './ports.ts'
import { openSession } from './session.ts'

/**
 * Compares what is there with what was applied last, and changes nothing: for a role that can only read. Terraform's own `-refresh-only` will not do
 * alone, as right after an apply it reports what AWS fills in later (a target group's load balancers, a capacity provider's base of 0) and what
 * is left to autoscaling. A plan from the bundle refreshes in the same way, and says of each thing that differs what an apply would do about it.
 */
export async function findDrift(ports: Ports, applied: AppliedEnvironment, interrupt: AbortSignal): Promise<Difference[]> {
  const { files, output } = ports
  const { name } = applied
  const purpose = { what: `look for drift in ${name}`, command: `devtool env drift ${name}` }
  const bundle = await readBundle(ports, { ...applied, applied: true }, stateKey(applied), purpose)
  if (bundle === undefined) throw new NotFoundError(`could not ${purpose.what}: it is about to be gone, with nothing left in its state`)
  const folder = await files.temporaryFolder('devtool-drift-')
  try {
    await unpackBundle(files, bundle, folder)
    const directory = path.join(folder, 'envs', name)
    const run = { id: 'drift', interrupt }
    const session = await openSession(ports, { name, directory, stateKey: stateKey(applied), run, lock: false })
    await output.step('preparing Terraform', () => session.init(true))
    const outcome = await session.change(`comparing ${name} with what is there`, (options) => session.terraform.plan(options))
    if (outcome.failure !== null) throw toError(outcome.failure, name)
    return differencesOf(outcome)
  } finally {
    await files.remove(folder)
  }
}

function differencesOf({ exitCode, resources, drifted, outputs }: Outcome): Difference[] {
  const changes = resources.map(({ address, action }) => ({ address, action }))
  // an output cannot drift but with something that Terraform reads and does not manage
  const changed = Object.entries(outputs).filter(([, { action }]) => action !== undefined)
  if (exitCode !== 0 && changes.length === 0) changes.push(...changed.map(([name]) => ({ address: `output.${name}`, action: 'update' })))
  const others = drifted.filter(({ address }) => !changes.some((change) => change.address === address))
  return [...changes, ...others.map(({ address }) => ({ address, action: 'none' }))]
}
