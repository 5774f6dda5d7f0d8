import type { Context } from '../context.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { expiry } from '../environment/expiry.ts'
import { ConflictError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Registry } from '../registry/registry.ts'
import { MIGRATIONS_IMAGE } from './images.ts'
import type { Project } from './project.ts'
import { directoryOf } from './root.ts'

type ClaimContext = Pick<Context, 'clock'>

/**
 * The same pull request, or without one the same branch, or on this machine the same checkout: then a second `create` or `apply` means the
 * same environment.
 */
function isSameSource(record: EnvironmentRecord, project: Project, document: EnvironmentDocument): boolean {
  if (document.target === 'local') return record.directory === project.root
  if (record.pinned || document.pinned) return record.pinned === document.pinned
  if (record.pullRequest !== null || document.pullRequest !== null) return record.pullRequest === document.pullRequest
  return record.branch === document.branch
}

export function newRecord(project: Project, document: EnvironmentDocument, now: Date): EnvironmentRecord {
  const images = document.target === 'local' ? localImages(project) : Object.entries(document.images)
  return {
    schema: 1,
    name: document.name,
    target: document.target,
    template: document.template,
    pinned: document.pinned,
    status: 'claimed',
    url: null,
    directory: document.target === 'local' ? project.root : directoryOf(document.name),
    project: document.project,
    pullRequest: document.pullRequest,
    branch: document.branch,
    commit: document.commit,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    expiresAt: expiry(now, document.ttl)?.toISOString() ?? null,
    services: images.filter(([name]) => name !== MIGRATIONS_IMAGE).map(([name, image]) => ({ name, image, url: null, status: null })),
    slot: null,
    ttl: document.ttl,
    repository: document.repository,
    serial: 0,
    unclean: false,
    failure: null,
  }
}

/** What runs here has no image. */
function localImages(project: Project): [string, null][] {
  return Object.keys(project.blueprint.services).map((name) => [name, null])
}

/** Takes the name for this document, or finds that it already belongs to it. `undefined`: someone else has it. `slot` is the one it would like. */
export async function tryClaim(
  context: ClaimContext,
  registry: Registry,
  project: Project,
  document: EnvironmentDocument,
  slot: number | null = null,
): Promise<EnvironmentRecord | undefined> {
  const known = await registry.get(document.name)
  const claimed = known === undefined ? await registry.claim({ ...newRecord(project, document, context.clock.now()), slot }) : undefined
  if (claimed !== undefined) return claimed
  const holder = known ?? (await registry.get(document.name))
  return holder !== undefined && isSameSource(holder, project, document) ? registry.withSlot(holder) : undefined
}

/** As `tryClaim`, for a name that must be this one. */
export async function claimName(
  context: ClaimContext,
  registry: Registry,
  project: Project,
  document: EnvironmentDocument,
  slot?: number,
): Promise<EnvironmentRecord> {
  const record = await tryClaim(context, registry, project, document, slot)
  if (record !== undefined) return record
  const holder = await registry.get(document.name)
  const whose = ownerOf(holder)
  throw new ConflictError(`could not claim the name ${document.name}: it belongs to ${whose}`, {
    hint: `devtool env create takes a free name; devtool env show ${document.name} shows who uses this one`,
  })
}

function ownerOf(holder: EnvironmentRecord | undefined): string {
  if (holder?.target === 'local') return `the checkout ${holder.directory}`
  return holder?.pullRequest != null ? `pull request #${holder.pullRequest}` : `branch ${holder?.branch ?? '(none)'}`
}
