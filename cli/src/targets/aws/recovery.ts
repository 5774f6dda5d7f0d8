import path from 'node:path'
import { findExisting } from '../../aws/existing.ts'
import { hcl } from '../../rendering/hcl.ts'
import { toError } from '../../terraform/failure.ts'
import type { PlannedChange } from '../../terraform/state.ts'
import type { Ports } from './ports.ts'
import type { Session } from './session.ts'

/**
 * Terraform writes its state at most every 20 seconds. What a killed run created after its last write exists, is in no state, and would
 * stand in the way of the next apply or outlive a destroy. Its names and tags are ours, so it can be found: what the plan would create
 * and the account already has is imported instead.
 */
const IMPORTS_FILE = 'adopted.devtool.tf'
/** A route is found once its table is known, a table once its network is: each round of imports makes the next one possible. */
const MOST_ROUNDS = 6

/** Writes import blocks for what exists and no state knows; the addresses. The next plan or apply of the session uses them. */
export async function adoptExisting(ports: Ports, session: Session, environment: string): Promise<string[]> {
  const { files, output } = ports
  const file = path.join(session.directory, IMPORTS_FILE)
  const found = new Map<string, string>()
  await output.step('looking for what an interrupted run left behind', async (now) => {
    for (let round = 1; round <= MOST_ROUNDS; round += 1) {
      const creations = (await plannedCreations(session)).filter(({ address }) => !found.has(address))
      const more = await existingOf(ports, environment, creations)
      if (more.size === 0) return
      for (const [address, id] of more) found.set(address, id)
      now(`${found.size} found`)
      const blocks = [...found].map(([address, id]) => `import {\n  to = ${address}\n  id = ${hcl(id)}\n}\n`)
      await files.write(file, blocks.join('\n'))
    }
  })
  if (found.size > 0) output.info(`taking over ${found.size} that no state knew: ${[...found.keys()].join(', ')}`)
  return [...found.keys()]
}

/** What a plan would create although the account has it: its addresses. */
export async function lostFrom(ports: Ports, session: Session, planFile: string): Promise<string[]> {
  return [...(await existingOf(ports, session.name, await creationsOf(session, planFile))).keys()]
}

async function existingOf({ aws, project }: Ports, environment: string, creations: readonly PlannedChange[]): Promise<Map<string, string>> {
  const wanted = creations.map(({ address, type, after }) => ({ address, type, values: after ?? {} }))
  return wanted.length === 0 ? new Map() : findExisting(aws, wanted, { project, environment })
}

async function plannedCreations(session: Session): Promise<PlannedChange[]> {
  const { terraform } = session
  return terraform.withPlanFile(async (planFile) => {
    const outcome = await terraform.plan({ ...session.at, out: planFile })
    if (outcome.failure !== null) throw toError(outcome.failure, session.name)
    return creationsOf(session, planFile)
  })
}

async function creationsOf({ terraform, at }: Session, planFile: string): Promise<PlannedChange[]> {
  const changes = await terraform.showPlan({ ...at, planFile })
  return changes.filter((change) => change.actions.length === 1 && change.actions[0] === 'create')
}

export async function forgetAdopted(ports: Ports, directory: string): Promise<void> {
  await ports.files.remove(path.join(directory, IMPORTS_FILE))
}
