import path from 'node:path'
import { stateKey } from '../../environment/names.ts'
import { toError } from '../../terraform/failure.ts'
import type { Plan, RenderedRoot } from '../target.ts'
import { writeAccountFile } from './account-file.ts'
import type { Ports } from './ports.ts'
import { openSession } from './session.ts'

export async function planRoot(ports: Ports, root: RenderedRoot, slot: number, interrupt: AbortSignal): Promise<Plan> {
  const directory = path.join(root.repository, root.rendering.directory)
  const run = { id: 'plan', since: ports.clock.now().toISOString(), unclean: false, interrupt }
  const session = await openSession(ports, { name: root.name, directory, stateKey: stateKey(root.document), run })
  await writeAccountFile(ports, root, slot)
  await ports.output.step('preparing Terraform', () => session.init(true))
  const outcome = await session.change(`planning ${root.name}`, (options) => session.terraform.plan(options))
  if (outcome.failure !== null) throw toError(outcome.failure, root.name)
  const { add, change, destroy } = outcome.changes
  return { add, change, destroy, resources: outcome.resources.map(({ address, action }) => ({ address, action })) }
}
