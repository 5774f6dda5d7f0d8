import { branchPattern } from '../blueprint/forms.ts'
import { resolveBlueprint } from '../blueprint/resolve.ts'
import type { Context } from '../context.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { parseTtl } from '../environment/expiry.ts'
import { refuseName } from '../environment/names.ts'
import { branchSeed, petnames, pullRequestSeed } from '../environment/petname.ts'
import { ConflictError, UsageError, UserError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Registry } from '../registry/registry.ts'
import { claimName, newRecord, tryClaim } from './claim.ts'
import { findLocal, openHome } from './home.ts'
import { defaultImages } from './images.ts'
import type { Project } from './project.ts'
import { readDocument } from './root.ts'

type CreateContext = Pick<Context, 'files' | 'git' | 'variables' | 'clock' | 'output' | 'assets' | 'openStore' | 'registry'>

export interface CreateRequest {
  name: string | undefined
  pullRequest: number | undefined
  /** Of the pull request, as GitHub says it: better than the checkout, which has a detached head. */
  source?: { repository: string; branch: string }
  target: EnvironmentDocument['target']
  template: 'preview' | 'dedicated' | undefined
  ttl: string | undefined
  images: Record<string, string>
}

export interface Chosen {
  document: EnvironmentDocument
  record: EnvironmentRecord
  /** Why the name could not be claimed now; it is then claimed by the first apply. */
  unclaimed: string | undefined
}

/** Decides the name and, where the registry can be reached, claims it. Needs no account unless `mustClaim`. */
export async function chooseName(
  context: CreateContext,
  project: Project,
  request: CreateRequest,
  options: { mustClaim: boolean },
): Promise<Chosen> {
  const input = await describeSource(context, project, request)
  if (request.target === 'aws' && request.name !== undefined) await refuseLocalName(context, project, request.name)
  let unclaimed: string | undefined
  let registry: Registry | undefined
  try {
    registry = (await openHome(context, project, request.target)).registry
    const claimed = await claim(context, project, registry, request, input)
    if (claimed !== undefined) return { ...claimed, unclaimed: undefined }
  } catch (error) {
    // Without an account everything but the claim can be done; a name that someone holds is another matter.
    if (options.mustClaim || registry !== undefined || !(error instanceof UserError)) throw error
    unclaimed = error.message
  }
  for (const name of candidates(request, input)) {
    const existing = await readInput(context, project, request, name)
    if (existing !== undefined && request.name === undefined && existing.pullRequest !== (input.pullRequest ?? -1)) continue
    const document = completeDocument(project, request, { ...input, name }, existing)
    const record = { ...newRecord(project, document, context.clock.now()), createdAt: null, updatedAt: null, expiresAt: null }
    return { document, record, unclaimed }
  }
  throw new UserError('could not find a free name', { hint: 'choose one: devtool env create <name>' })
}

type Source = Omit<EnvironmentDocument, 'name' | 'images'> & { seed: string }

async function describeSource(context: CreateContext, project: Project, request: CreateRequest): Promise<Source> {
  const { blueprint } = project
  if (request.target === 'local') refuseForLocal(project, request)
  const named = request.name !== undefined && Object.hasOwn(blueprint.environments, request.name) ? request.name : null
  const resolved = resolveBlueprint(blueprint, named)
  if (request.name !== undefined) checkName(request.name)
  if (request.ttl !== undefined) checkTtl(request.ttl)
  const head = await context.git.head(project.root)
  const repository = request.pullRequest === undefined ? null : (request.source?.repository ?? (await requireRepository(context, project)))
  const headRef = request.source?.branch ?? (context.variables['GITHUB_HEAD_REF'] || undefined)
  const checkedOut = (request.pullRequest === undefined ? undefined : headRef) ?? head?.branch ?? null
  const branch = checkedOut !== null && branchPattern.test(checkedOut) ? checkedOut : null
  const commit = head?.commit ?? null
  return {
    schema: 1,
    project: blueprint.project,
    template: request.template ?? resolved.template,
    target: request.target,
    pinned: resolved.pinned,
    repository,
    pullRequest: request.pullRequest ?? null,
    branch: resolved.pinned ? null : branch,
    commit,
    ttl: resolved.pinned ? null : (request.ttl ?? blueprint.previews.ttl),
    modules: resolved.modules,
    seed:
      repository === null
        ? branchSeed(blueprint.project, branch ?? commit ?? 'detached', request.target)
        : pullRequestSeed(repository, request.pullRequest as number),
  }
}

/** Where the registry settles the name: the one asked for, the one this pull request has, or the first free one. */
async function claim(
  context: CreateContext,
  project: Project,
  registry: Registry,
  request: CreateRequest,
  source: Source,
): Promise<{ document: EnvironmentDocument; record: EnvironmentRecord } | undefined> {
  if (request.name !== undefined) {
    const document = completeDocument(
      project,
      request,
      { ...source, name: request.name },
      await readInput(context, project, request, request.name),
    )
    return { document, record: await claimName(context, registry, project, document) }
  }
  let told = false
  for (const name of candidates(request, source)) {
    const holder = await registry.get(name)
    if (holder?.target === 'local' && holder.directory === project.root && holder.branch === source.branch) {
      // a checkout has one environment a branch: asking again means the same one
      const document = completeDocument(
        project,
        { ...request, ttl: request.ttl ?? holder.ttl ?? undefined },
        { ...source, name },
        undefined,
      )
      return { document, record: holder }
    }
    if (holder !== undefined && request.pullRequest === undefined) {
      // A pull request has one environment; a branch gets another one each time it asks.
      if (request.target === 'aws' && !told && holder.branch === source.branch && holder.pullRequest === null) {
        context.output.info(`this branch already has ${name}; devtool env apply ${name} would bring that one up to date`)
        told = true
      }
      continue
    }
    const document = completeDocument(project, request, { ...source, name }, await readInput(context, project, request, name))
    const record = await claimFresh(context, registry, project, document, request)
    if (record !== undefined) return { document, record }
  }
  return undefined
}

function claimFresh(
  context: CreateContext,
  registry: Registry,
  project: Project,
  document: EnvironmentDocument,
  request: CreateRequest,
): Promise<EnvironmentRecord | undefined> {
  if (request.pullRequest !== undefined) return tryClaim(context, registry, project, document)
  return registry.claim(newRecord(project, document, context.clock.now()))
}

/** What is in `envs/<name>` already; an environment of this machine has nothing there. */
async function readInput(
  context: CreateContext,
  project: Project,
  request: CreateRequest,
  name: string,
): Promise<EnvironmentDocument | undefined> {
  const found = await readDocument(context, project, name)
  if (found === undefined || request.target === 'aws') return found
  throw new ConflictError(`could not use the name ${name} on this machine: envs/${name} is an environment of the account`, {
    hint: 'devtool env create --target local, without a name, takes a free one',
  })
}

/** Commands take a name and no target: one name is one environment. */
async function refuseLocalName(context: CreateContext, project: Project, name: string): Promise<void> {
  if ((await findLocal(context, project, name)) === undefined) return
  throw new ConflictError(`could not use the name ${name} in the account: an environment of this machine has it`, {
    hint: `devtool env create, without a name, takes a free one; devtool env destroy ${name} frees this one`,
  })
}

function refuseForLocal({ blueprint }: Project, { name, pullRequest, template, images }: CreateRequest): void {
  const flag =
    pullRequest !== undefined ? '--pr' : template !== undefined ? '--template' : Object.keys(images).length > 0 ? '--image' : null
  if (flag !== null) throw new UsageError(`could not use ${flag} with --target local: it runs the code of this checkout, without images`)
  if (name === undefined || !Object.hasOwn(blueprint.environments, name)) return
  throw new UsageError(`could not use the name ${name} on this machine: it is one of environments in devtool.yaml`)
}

/** How many names are tried before giving up; the chance of needing more is nil. */
const ATTEMPTS = 500

function* candidates(request: CreateRequest, source: Source): Generator<string> {
  if (request.name !== undefined) {
    yield request.name
    return
  }
  let attempt = 0
  for (const name of petnames(source.seed)) {
    yield name
    attempt += 1
    if (attempt === ATTEMPTS) return
  }
}

/** An input that is there already keeps what a person may have put into it, and a pinned one what it runs: deploying it is changing that file. */
function completeDocument(
  project: Project,
  request: CreateRequest,
  source: Source & { name: string },
  found: EnvironmentDocument | undefined,
): EnvironmentDocument {
  const { seed: _, ...fields } = source
  const same =
    found !== undefined && found.pinned === source.pinned && found.pullRequest === source.pullRequest && found.branch === source.branch
  const existing = same ? found : undefined
  const commit = existing?.pinned === true ? existing.commit : source.commit
  const usual = source.target === 'local' ? {} : defaultImages(project.blueprint, commit)
  const images = { ...usual, ...(existing?.commit === commit ? existing.images : {}) }
  return {
    ...fields,
    commit,
    template: request.template ?? existing?.template ?? fields.template,
    ttl: request.ttl ?? existing?.ttl ?? fields.ttl,
    modules: existing?.modules ?? fields.modules,
    images,
  }
}

function checkName(name: string): void {
  const allowed = refuseName(name)
  if (allowed === undefined) return
  throw new UsageError(`could not use the name ${name}: allowed is ${allowed}`, {
    hint: 'devtool env create, without a name, takes a free one',
  })
}

function checkTtl(ttl: string): void {
  parseTtl(ttl)
}

async function requireRepository(context: CreateContext, project: Project): Promise<string> {
  const repository = context.variables['GITHUB_REPOSITORY'] || (await context.git.repository(project.root))
  if (repository !== undefined && repository !== '') return repository
  throw new UsageError('could not tell which repository the pull request belongs to', {
    hint: 'set GITHUB_REPOSITORY=owner/name, or add the GitHub remote: git remote add origin git@github.com:owner/name.git',
  })
}
