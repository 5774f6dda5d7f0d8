import type { Context } from '../context.ts'
import { CancelledError, ConflictError } from '../errors.ts'
import type { GitHub } from '../github/client.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { SyncAction } from '../sync/action.ts'
import type { PullRequestFacts } from '../sync/facts.ts'
import { type Announcer, createAnnouncer, type News } from './announce.ts'
import { destroyEnvironment, LeftoversError } from './destroy.ts'
import { nextCommand } from './next-command.ts'
import { notePhases } from './phases.ts'
import type { Project } from './project.ts'
import { promiseToTell } from './promise-to-tell.ts'

export type RemovalContext = Pick<
  Context,
  | 'clock'
  | 'output'
  | 'processes'
  | 'interrupt'
  | 'target'
  | 'openStore'
  | 'registry'
  | 'leases'
  | 'variables'
  | 'files'
  | 'random'
  | 'github'
>

/** Removes the environment of a pull request and says so there: that it goes, and when it is gone the proof, or what is left. */
export async function removePreview(
  context: RemovalContext,
  project: Project,
  removal: { action: SyncAction; github: GitHub; facts: PullRequestFacts; repository: string },
): Promise<EnvironmentRecord> {
  const { action, github, facts, repository } = removal
  const name = action.environment ?? ''
  const promise = await promiseToTell(context, project, { repository, pullRequest: facts.number })
  const announcer = await createAnnouncer(context, github, facts)
  const head = { environment: name, commit: facts.commit }
  const phases = notePhases(context.output, context.clock, () =>
    announcer.show({ ...head, state: 'destroying', reason: action.reason, phases: phases.list() }),
  )
  try {
    const last = await destroyEnvironment({ ...context, output: phases.output }, project, name, {
      takeOver: false,
      expiredOnly: action.kind === 'expire',
      repository,
    })
    await Promise.all([announcer.settle(goneNews(last, action)), announcer.undeploy()])
    await promise.keep(announcer)
    return last
  } catch (error) {
    // whoever works on it says how that ends
    if (!(error instanceof ConflictError)) await tellFailure(context, announcer, error, { ...head, phases: phases.list() })
    throw error
  }
}

/** What is said of an environment that is gone: by whoever destroyed it, and by whoever finds it gone. */
export function goneNews(last: EnvironmentRecord, { because, reason }: Pick<SyncAction, 'because' | 'reason'>): News {
  const { name, commit, createdAt, updatedAt, expiresAt } = last
  const at = updatedAt ?? ''
  if (because === 'expired') return { state: 'expired', environment: name, commit, at, expiredAt: expiresAt ?? at }
  const livedSeconds = createdAt === null ? null : Math.round((Date.parse(at) - Date.parse(createdAt)) / 1000)
  return { state: 'destroyed', environment: name, commit, at, reason, destroyedAt: at, livedSeconds }
}

async function tellFailure(
  context: RemovalContext,
  announcer: Announcer,
  error: unknown,
  about: Pick<News, 'environment' | 'commit'> & { phases: ReturnType<ReturnType<typeof notePhases>['list']> },
): Promise<void> {
  const { phases, ...head } = about
  const command = nextCommand(context.variables, `devtool env destroy ${about.environment}`)
  if (error instanceof LeftoversError) {
    const left = error.leftovers.map(({ type, id }) => ({ kind: type, id }))
    return announcer.settle({ ...head, state: 'leaked', left, command })
  }
  const [cause = '', ...lines] = error instanceof Error ? error.message.split('\n') : ['a bug of DevTool']
  const failure = { phase: 'destroy', resource: null, cause, lines, command }
  const urgent = error instanceof CancelledError || context.interrupt.aborted
  await announcer.settle({ ...head, state: 'failed', action: 'destroy', failure, phases }, { urgent })
}
