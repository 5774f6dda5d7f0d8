import type { Context } from '../context.ts'
import { ConflictError, UserError } from '../errors.ts'
import type { GitHub } from '../github/client.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { ServiceAddress } from '../rendering/comment-report.ts'
import type { SyncAction } from '../sync/action.ts'
import type { PullRequestFacts } from '../sync/facts.ts'
import type { RenderedRoot } from '../targets/target.ts'
import { type Announcer, createAnnouncer, type News } from './announce.ts'
import { applyEnvironment } from './apply.ts'
import { buildProjectImages, hasBuilds } from './build-images.ts'
import { chooseName } from './create.ts'
import { nextCommand } from './next-command.ts'
import { notePhases, type Phases } from './phases.ts'
import type { Project } from './project.ts'
import { promiseToTell } from './promise-to-tell.ts'
import { requireDocument, writeRoot } from './root.ts'

export type DeployContext = Pick<
  Context,
  | 'files'
  | 'run'
  | 'git'
  | 'variables'
  | 'clock'
  | 'random'
  | 'output'
  | 'assets'
  | 'processes'
  | 'interrupt'
  | 'aws'
  | 'target'
  | 'openStore'
  | 'registry'
  | 'leases'
  | 'github'
>

interface Deploy {
  action: SyncAction
  /** As GitHub calls it now. */
  repository: string
  github: GitHub
  facts: PullRequestFacts
  build: boolean
  records: readonly EnvironmentRecord[]
}

/** Applies this checkout as the environment of its pull request, and says there how that goes. */
export async function deployPreview(context: DeployContext, project: Project, deploy: Deploy): Promise<EnvironmentRecord> {
  const { action, github, facts } = deploy
  const promise = await promiseToTell(context, project, { repository: deploy.repository, pullRequest: facts.number })
  const announcer = await createAnnouncer(context, github, facts)
  const before = deploy.records.find(({ name }) => name === action.environment)
  const about = { environment: before?.name ?? null, commit: facts.commit }
  const services = before === undefined ? [] : addresses(before)
  const show = (): void => announcer.show({ ...about, state: 'applying', phases: phases.list(), services })
  const phases = notePhases(context.output, context.clock, show)
  show()
  const noted = { ...context, output: phases.output }
  try {
    const root = await render(noted, project, deploy, before, (name) => {
      about.environment = name
    })
    const deployment = announcer.deploy({ commit: facts.commit, name: root.name })
    try {
      const record = await applyEnvironment(noted, project, root, { takeOver: false })
      const started = await deployment
      await announcer.settle(readyNews(record))
      if (record.url !== null) await announcer.attempt(async () => started?.succeed(record.url ?? ''))
      await promise.keep(announcer)
      return record
    } catch (error) {
      const started = await deployment
      await announcer.attempt(async () => started?.fail(firstLine(error)))
      throw error
    }
  } catch (error) {
    await tellFailure(context, project, announcer, { error, about, phases })
    // where another run works on it, that one has not said how it ends
    if (!(error instanceof ConflictError)) await promise.keep(announcer)
    throw error
  }
}

/** Claims the name, builds what there is to build and renders with what was built. */
async function render(
  context: DeployContext,
  project: Project,
  { facts, repository, build }: Deploy,
  before: EnvironmentRecord | undefined,
  named: (name: string) => void,
): Promise<RenderedRoot> {
  const source = {
    name: before?.name,
    pullRequest: facts.number,
    source: { repository, branch: facts.branch },
    target: 'aws' as const,
    template: undefined,
    ttl: undefined,
    images: {},
  }
  const { document } = await chooseName(context, project, source, { mustClaim: true })
  named(document.name)
  const root = await writeRoot(context, project, document, { overwrite: false, images: {} })
  if (!build || !hasBuilds(project.blueprint)) return root
  const request = { services: [], environment: document.name, architecture: undefined }
  await Promise.all([buildProjectImages(context, project, request), prepare(context, project, root)])
  return writeRoot(context, project, await requireDocument(context, project, document.name), { overwrite: false, images: {} })
}

/** What fails here fails again when it is its turn, and is told then. */
async function prepare(context: DeployContext, project: Project, root: RenderedRoot): Promise<void> {
  try {
    await (await context.target(project, 'aws')).prepare(root, context.interrupt)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
  }
}

/** What is said of an environment that is ready: by whoever made it so, and by whoever finds it so. */
export function readyNews(record: EnvironmentRecord): News {
  const { name, commit, updatedAt, expiresAt, seconds = null } = record
  return { state: 'ready', environment: name, commit, at: updatedAt ?? '', services: addresses(record), seconds, expiresAt }
}

function addresses({ services }: EnvironmentRecord): ServiceAddress[] {
  return services.map(({ name, url }) => ({ name, url }))
}

async function tellFailure(
  context: DeployContext,
  project: Project,
  announcer: Announcer,
  { error, about, phases }: { error: unknown; about: Pick<News, 'environment' | 'commit'>; phases: Phases },
): Promise<void> {
  // whoever works on it says how that ends
  if (error instanceof ConflictError && phases.list().length === 0) return
  const [cause = '', ...lines] = (error instanceof UserError ? error.message : 'a bug of DevTool: the log says more').split('\n')
  const kept = about.environment === null ? undefined : await recordedFailure(context, project, about.environment)
  const failure = kept ?? { phase: phases.list().at(-1)?.name ?? 'render', resource: null, message: cause, lines }
  // what started and did not answer says why in its log; trying again would not help
  const command =
    failure.phase === 'readiness'
      ? `devtool env logs ${about.environment}`
      : nextCommand(context.variables, `devtool env apply ${about.environment ?? '<name>'}`)
  const card = { phase: failure.phase, resource: failure.resource, cause: failure.message, lines: failure.lines, command }
  const urgent = context.interrupt.aborted
  await announcer.settle({ ...about, state: 'failed', action: 'apply', failure: card, phases: phases.list() }, { urgent })
}

/** Why this apply failed, as the registry has it; `undefined` if it did not come that far. */
async function recordedFailure(context: DeployContext, project: Project, name: string): Promise<EnvironmentRecord['failure'] | undefined> {
  try {
    const record = await context.registry(await context.openStore(project, 'aws')).get(name)
    return record?.status === 'failed' ? (record.failure ?? undefined) : undefined
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

function firstLine(error: unknown): string {
  return error instanceof UserError ? (error.message.split('\n')[0] ?? '') : 'a bug of DevTool'
}
