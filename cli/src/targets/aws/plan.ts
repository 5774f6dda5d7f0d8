import path from 'node:path'
import { stateKey } from '../../environment/names.ts'
import type { Outcome } from '../../terraform/driver.ts'
import { toError } from '../../terraform/failure.ts'
import type { Plan, PlanFile, RenderedRoot } from '../target.ts'
import { writeAccountFile } from './account-file.ts'
import { basisOf } from './basis.ts'
import { type Ports, rescueKey } from './ports.ts'
import { adoptExisting, forgetAdopted } from './recovery.ts'
import { openSession, type Session } from './session.ts'

export async function planRoot(ports: Ports, root: RenderedRoot, slot: number, interrupt: AbortSignal): Promise<Plan> {
  return summarise(await plan(await prepare(ports, root, slot, interrupt)))
}

/** Where an earlier run may have left what no state knows, that is looked for, and the plan takes it over. */
export async function planToFile(
  ports: Ports,
  root: RenderedRoot,
  slot: number,
  request: { unclean: boolean; interrupt: AbortSignal },
): Promise<Plan & { file: PlanFile | null }> {
  const { files, output, store } = ports
  const session = await prepare(ports, root, slot, request.interrupt)
  await forgetAdopted(ports, session.directory)
  if ((await store.getBytes(rescueKey(root.name))) !== undefined) {
    output.warn(
      `an earlier run could not save the state of ${root.name}: applying this plan puts that in its place, and asks for another plan`,
    )
  }
  // before planning: what changes from here on makes the plan stale
  const basis = await basisOf(ports, session, root)
  try {
    if (request.unclean) await adoptExisting(ports, session, root.name)
    return await session.terraform.withPlanFile(async (out) => {
      const outcome = await plan(session, out)
      // of `plan -detailed-exitcode`: 0 is nothing to change, and outputs count
      if (outcome.exitCode === 0) return { ...summarise(outcome), file: null }
      const bytes = await files.readBytes(out)
      if (bytes === undefined) throw new Error(`the engine ended with ${outcome.exitCode} and wrote no plan`)
      return { ...summarise(outcome), file: { bytes, basis } }
    })
  } finally {
    await forgetAdopted(ports, session.directory)
  }
}

/** It holds no lease: a lock that it left would be nobody's. */
async function prepare(ports: Ports, root: RenderedRoot, slot: number, interrupt: AbortSignal): Promise<Session> {
  const directory = path.join(root.repository, root.rendering.directory)
  const run = { id: 'plan', interrupt }
  const session = await openSession(ports, { name: root.name, directory, stateKey: stateKey(root.document), run, lock: false })
  await writeAccountFile(ports, root, slot)
  await ports.output.step('preparing Terraform', () => session.init(true))
  return session
}

async function plan(session: Session, out?: string): Promise<Outcome> {
  const more = out === undefined ? {} : { out }
  const outcome = await session.change(`planning ${session.name}`, (options) => session.terraform.plan({ ...options, ...more }))
  if (outcome.failure !== null) throw toError(outcome.failure, session.name)
  return outcome
}

function summarise({ changes, resources }: Outcome): Plan {
  const { add, change, destroy } = changes
  return { add, change, destroy, resources: resources.map(({ address, action }) => ({ address, action })) }
}
