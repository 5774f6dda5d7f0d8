import type { Context } from '../context.ts'
import { extendedExpiry, parseTtl } from '../environment/expiry.ts'
import { UserError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import { anewHint } from './anew.ts'
import { requireRecord } from './find.ts'
import { findHome } from './home.ts'
import type { Project } from './project.ts'

type ExtendContext = Pick<Context, 'clock' | 'output' | 'target' | 'openStore' | 'registry'>

export interface ExtendRequest {
  name: string
  /** From now on, as `ttl` in devtool.yaml; undefined: the environment's own time to live. */
  duration: string | undefined
}

/**
 * Lets an environment live longer, also one whose time is up and that nobody has removed yet. Needs no lease: it changes when the environment ends
 * and nothing of it, and each write of the record looks at what is there.
 */
export async function extendEnvironment(context: ExtendContext, project: Project, request: ExtendRequest): Promise<EnvironmentRecord> {
  const { clock, output } = context
  const { name, duration } = request
  if (duration !== undefined) parseTtl(duration)
  const { previews, environments } = project.blueprint
  if (environments[name]?.pinned === true) throw pinned(name)
  const { kind, registry } = await findHome(context, project, name)
  refuseWhatEnds(await requireRecord(registry, name))
  const extended = await registry.update(name, (current) => {
    refuseWhatEnds(current)
    const expiresAt = extendedExpiry(clock.now(), { expiresAt: current.expiresAt, ttl: current.ttl ?? previews.ttl }, duration)
    return { ...current, expiresAt, extendedUntil: expiresAt }
  })
  if (extended.expiresAt === null) output.info(`${name} does not expire: devtool env extend ${name} 14d would give it an end`)
  // in the account nothing but the registry says when an environment ends
  if (kind === 'local') await (await context.target(project, kind)).keepUntil(name, extended.expiresAt)
  return extended
}

function refuseWhatEnds(record: EnvironmentRecord): void {
  const { name, status } = record
  if (record.pinned) throw pinned(name)
  if (status === 'destroyed') throw new UserError(`could not extend ${name}: it is destroyed`, { hint: anewHint(record) })
  if (status === 'destroying' || status === 'leaked') {
    const what = status === 'destroying' ? 'it is being destroyed' : 'it was destroyed, and something of it is left'
    throw new UserError(`could not extend ${name}: ${what}`, {
      hint: `devtool env destroy ${name} brings that to its end; then ${anewHint(record)}`,
    })
  }
}

function pinned(name: string): UserError {
  return new UserError(`could not extend ${name}: it is pinned, and a pinned environment never expires`)
}
