import type { Context } from '../context.ts'
import { ConflictError, NotFoundError, UserError } from '../errors.ts'
import type { GitHub } from '../github/client.ts'
import { isRemoval, type SyncAction, type SyncPlan } from '../sync/action.ts'
import { planSync } from '../sync/plan.ts'
import { destroyEnvironment } from './destroy.ts'
import { openHome } from './home.ts'
import type { Project } from './project.ts'
import { promiseToTell } from './promise-to-tell.ts'
import { type RemovalContext, removePreview } from './remove-preview.ts'
import { gatherFacts } from './sync-facts.ts'
import { lookAt } from './sync-pull-request.ts'

type SyncContext = RemovalContext & Pick<Context, 'github'>

/** What became of one removal. */
export interface SyncOutcome {
  environment: string
  /** `left`: another run works on it, or it is wanted again; the next sync looks again. */
  outcome: 'destroyed' | 'left' | 'failed'
  /** Why it was left or failed. */
  reason: string | null
}

/** How many environments are removed at the same time: each is a Terraform. */
const AT_ONCE = 3

/** Compares what GitHub says of the pull requests with what the registry has. Changes no environment. */
export async function planSweep(
  context: Pick<SyncContext, 'clock' | 'output' | 'openStore' | 'registry' | 'github'>,
  project: Project,
  options: { maxDestroys: number },
): Promise<SyncPlan> {
  const { registry } = await openHome(context, project, 'aws')
  const github = await context.github(project)
  const records = await registry.list((error) => context.output.warn(String((error as Error).message)))
  const known = [...new Set(records.flatMap(({ pullRequest }) => pullRequest ?? []))]
  const answer = await context.output.step('asking GitHub for the pull requests', () => github.pullRequests(known))
  const notFound = answer.complete ? known.filter((number) => !answer.pullRequests.some((fact) => fact.number === number)) : []
  return planSync({ ...(await gatherFacts(context, project, { registry, github, records, answer })), notFound, options })
}

/**
 * Carries out the removals of a plan. What is to be made or brought up to date is not done here: it needs the code of its pull request, which
 * only the workflow of that pull request has.
 */
export async function carryOutRemovals(context: SyncContext, project: Project, plan: SyncPlan): Promise<SyncOutcome[]> {
  const github = await context.github(project)
  const removals = plan.actions.filter(isRemoval)
  const outcomes: SyncOutcome[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let action = removals[next++]; action !== undefined && !context.interrupt.aborted; action = removals[next++]) {
      outcomes.push(await remove(context, project, github, action))
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, removals.length) }, worker))
  return outcomes.sort((one, other) => (one.environment < other.environment ? -1 : 1))
}

async function remove(context: SyncContext, project: Project, github: GitHub, action: SyncAction): Promise<SyncOutcome> {
  const environment = action.environment ?? ''
  try {
    return await removeIfStill(context, project, github, action)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { environment, outcome: error instanceof ConflictError ? 'left' : 'failed', reason: error.message }
  }
}

/** The plan may be minutes old by the time that it is an environment's turn: its pull request is looked at once more. */
async function removeIfStill(context: SyncContext, project: Project, github: GitHub, action: SyncAction): Promise<SyncOutcome> {
  const environment = action.environment ?? ''
  const seen = await lookAgain(context, project, github, action)
  if (seen === undefined) {
    // GitHub does not show the pull request now: what is so is told by a sweep that sees it
    if (action.pullRequest !== null)
      await promiseToTell(context, project, { repository: github.repository, pullRequest: action.pullRequest })
    await destroyEnvironment(context, project, environment, { takeOver: false, expiredOnly: action.kind === 'expire' })
    return { environment, outcome: 'destroyed', reason: null }
  }
  const { facts, plan, repository } = seen
  const now = plan.actions.find((each) => each.environment === environment)
  if (now === undefined) return { environment, outcome: 'destroyed', reason: null }
  if (!isRemoval(now)) return { environment, outcome: 'left', reason: now.reason }
  await removePreview(context, project, { action: now, github, facts, repository })
  return { environment, outcome: 'destroyed', reason: null }
}

/** `undefined` where there is no pull request to look at: that one is gone does not keep an environment whose time is up. */
async function lookAgain(
  context: SyncContext,
  project: Project,
  github: GitHub,
  { pullRequest, because }: SyncAction,
): Promise<Awaited<ReturnType<typeof lookAt>> | undefined> {
  if (pullRequest === null) return undefined
  try {
    return await lookAt(context, project, github, pullRequest)
  } catch (error) {
    if (because === 'expired' && error instanceof NotFoundError) return undefined
    throw error
  }
}
