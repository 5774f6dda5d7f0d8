import path from 'node:path'
import { findExisting } from '../../aws/existing.ts'
import { hcl } from '../../rendering/hcl.ts'
import type { Ports } from './ports.ts'
import type { Session } from './session.ts'

/**
 * Terraform writes its state at most every 20 seconds. What a killed run created after its last write exists, is in no state, and would
 * stand in the way of the next apply or outlive a destroy. Its names and tags are ours, so it can be found: what the plan would create
 * and the account already has is imported instead.
 */
const IMPORTS_FILE = 'adopted.devtool.tf'

export async function adoptExisting(ports: Ports, session: Session, environment: string): Promise<string[]> {
  const { files, output, aws, project } = ports
  const file = path.join(session.directory, IMPORTS_FILE)
  await files.remove(file)
  const creations = await session.terraform.withPlanFile(async (planFile) => {
    const outcome = await session.change('looking for what an interrupted run left behind', (options) =>
      session.terraform.plan({ ...options, out: planFile }),
    )
    if (!outcome.ok) return []
    const changes = await session.terraform.showPlan({ directory: session.directory, planFile })
    return changes.filter((change) => change.actions.length === 1 && change.actions[0] === 'create')
  })
  const wanted = creations.map(({ address, type, after }) => ({ address, type, values: after ?? {} }))
  const found = wanted.length === 0 ? new Map<string, string>() : await findExisting(aws, wanted, { project, environment })
  if (found.size === 0) return []
  const blocks = [...found].map(([address, id]) => `import {\n  to = ${address}\n  id = ${hcl(id)}\n}\n`)
  await files.write(file, blocks.join('\n'))
  output.info(`found ${found.size} that no state knew: ${[...found.keys()].join(', ')}`)
  return [...found.keys()]
}

export async function forgetAdopted(ports: Ports, directory: string): Promise<void> {
  await ports.files.remove(path.join(directory, IMPORTS_FILE))
}
