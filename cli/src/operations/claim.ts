import type { Context } from '../context.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { expiry } from '../environment/expiry.ts'
import { ConflictError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Registry } from '../registry/registry.ts'
import { MIGRATIONS_IMAGE } from './images.ts'
import { directoryOf } from './root.ts'

type ClaimContext = Pick<Context, 'clock'>

/** The same pull request, or without one the same branch: then a second `create` or `apply` means the same environment. */
export function isSameSource(record: EnvironmentRecord, document: EnvironmentDocument): boolean {
  if (record.pinned || document.pinned) return record.pinned === document.pinned
  if (record.pullRequest !== null || document.pullRequest !== null) return record.pullRequest === document.pullRequest
  return record.branch === document.branch
}

export function newRecord(document: EnvironmentDocument, now: Date): EnvironmentRecord {
  return {
    schema: 1,
    name: document.name,
    target: document.target,
    template: document.template,
    pinned: document.pinned,
    status: 'claimed',
    url: null,
    directory: directoryOf(document.name),
    project: document.project,
    pullRequest: document.pullRequest,
    branch: document.branch,
    commit: document.commit,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    expiresAt: expiry(now, document.ttl)?.toISOString() ?? null,
    services: Object.entries(document.images)
      .filter(([name]) => name !== MIGRATIONS_IMAGE)
      .map(([name, image]) => ({ name, image, url: null, status: null })),
    slot: null,
    ttl: document.ttl,
    serial: 0,
    unclean: false,
    failure: null,
  }
}

/** Takes the name for this document, or finds that it already belongs to it. `undefined`: someone else has it. */
export async function tryClaim(
  context: ClaimContext,
  registry: Registry,
  document: EnvironmentDocument,
): Promise<EnvironmentRecord | undefined> {
  const known = await registry.get(document.name)
  const claimed = known === undefined ? await registry.claim(newRecord(document, context.clock.now())) : undefined
  if (claimed !== undefined) return claimed
  const holder = known ?? (await registry.get(document.name))
  return holder !== undefined && isSameSource(holder, document) ? registry.withSlot(holder) : undefined
}

/** As `tryClaim`, for a name that must be this one. */
export async function claimName(context: ClaimContext, registry: Registry, document: EnvironmentDocument): Promise<EnvironmentRecord> {
  const record = await tryClaim(context, registry, document)
  if (record !== undefined) return record
  const holder = await registry.get(document.name)
  const whose = holder?.pullRequest != null ? `pull request #${holder.pullRequest}` : `branch ${holder?.branch ?? '(none)'}`
  throw new ConflictError(`could not claim the name ${document.name}: it belongs to ${whose}`, {
    hint: `devtool env create takes a free name; devtool env show ${document.name} shows who uses this one`,
  })
}
