import { createHash } from 'node:crypto'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { stateKey } from '../../environment/names.ts'
import { type PlanBasis, planAgain } from '../../registry/saved-plan.ts'
import { parseState } from '../../terraform/state.ts'
import { RefusedError, type RenderedRoot } from '../target.ts'
import { packBundle } from './bundle.ts'
import type { Ports } from './ports.ts'
import type { Session } from './session.ts'

const LOCK = '.terraform.lock.hcl'

/** What a plan made now is made from. After init, which may have something to add to the lock file. */
export async function basisOf(ports: Ports, session: Session, root: RenderedRoot): Promise<PlanBasis> {
  const { files } = ports
  const { directory, modules } = root.rendering
  const { product, version } = session.terraform.engine
  const { bytes } = await packBundle(files, root.repository, [directory, modules])
  return {
    // of the archive before it is compressed, which another version of zlib does in another way
    rendering: sha256(gunzipSync(bytes)),
    lockFile: sha256((await files.readBytes(path.join(session.directory, LOCK))) ?? new Uint8Array()),
    engine: `${product} ${version}`,
    state: await stateOf(ports, root),
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function stateOf({ states }: Ports, root: RenderedRoot): Promise<PlanBasis['state']> {
  const object = await states.get(stateKey(root.document))
  const { lineage, serial } = parseState(object?.body ?? '')
  return { lineage, serial }
}

/** Refuses a plan whose basis is not there any more. */
export async function requireBasis(ports: Ports, session: Session, root: RenderedRoot, planned: PlanBasis): Promise<void> {
  const now = await basisOf(ports, session, root)
  const again = planAgain(root.name)
  const refuse = (why: string, hint = again): never => {
    throw new RefusedError(`could not apply the saved plan of ${root.name}: ${why}`, { hint })
  }
  if (now.engine !== planned.engine) {
    refuse(`it was made by ${planned.engine}, and this is ${now.engine}`, `use ${planned.engine}, or plan again: ${again}`)
  }
  if (now.lockFile !== planned.lockFile) refuse(`${root.rendering.directory}/${LOCK} is not what it was planned with`)
  if (now.rendering !== planned.rendering) {
    refuse(`what is in ${root.rendering.directory}, in ${root.rendering.modules} or known of the account is not what was planned`)
  }
  if (now.state.lineage !== planned.state.lineage || now.state.serial !== planned.state.serial) {
    refuse(`it is stale, as the state has changed since (serial ${planned.state.serial} then, ${now.state.serial} now)`)
  }
}
