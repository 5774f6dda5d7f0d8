import type { Context } from '../context.ts'
import { petnames, pullRequestSeed } from '../environment/petname.ts'
import { ConflictError, UserError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import { isRemoval, type SyncAction, type SyncPlan } from '../sync/action.ts'
import type { PullRequestAnswer } from '../sync/facts.ts'
import { planSync } from '../sync/plan.ts'
import { destroyEnvironment } from './destroy.ts'
import { openHome } from './home.ts'
import type { Project } from './project.ts'

type SyncContext = Pick<Context, 'clock' | 'output' | 'processes' | 'interrupt' | 'target' | 'openStore' | 'registry' | 'leases' | 'github'>

/** What became of one removal. */
export interface SyncOutcome {
  environment: string
  /** `left`: another run works on it, and the next sync looks again. */
  outcome: 'destroyed' | 'left' | 'failed'
  /** Why it was left or failed. */
  reason: string | null
}

/** How many environments are removed at the same time: each is a Terraform. */
const AT_ONCE = 3

/** Compares what GitHub says of the pull requests with what the registry has. Changes nothing. */
export async function planSweep(context: SyncContext, project: Project, options: { maxDestroys: number }): Promise<SyncPlan> {
  const { registry } = await openHome(context, project, 'aws')
  const github = await context.github(project)
  const records = await registry.list((error) => context.output.warn(String((error as Error).message)))
  const known = [...new Set(records.flatMap(({ pullRequest }) => pullRequest ?? []))]
  const answer = await context.output.step('asking GitHub for the pull requests', () => github.pullRequests(known))
  const { project: name, previews, environments } = project.blueprint
  return planSync({
    project: name,
    now: context.clock.now(),
    answer,
    notFound: answer.complete ? known.filter((number) => !answer.pullRequests.some((fact) => fact.number === number)) : [],
    records: records.map((record) => withOwnPullRequest(record, answer.repository)),
    tombstones: await tombstones(registry, answer, records),
    pinned: Object.keys(environments).filter((each) => environments[each]?.pinned === true),
    // who works on an environment is settled by its lease when its turn comes
    leases: [],
    previews,
    options,
  })
}

/** The number of a pull request says nothing in another repository: such an environment is only held to its own time to live. */
function withOwnPullRequest(record: EnvironmentRecord, repository: string): EnvironmentRecord {
  const foreign = record.repository != null && record.repository.toLowerCase() !== repository.toLowerCase()
  return foreign ? { ...record, pullRequest: null } : record
}

/** Of the pull requests that have no environment: what is known of the one that they had. */
async function tombstones(
  registry: { getDestroyed(name: string): Promise<EnvironmentRecord | undefined> },
  answer: PullRequestAnswer,
  records: readonly EnvironmentRecord[],
): Promise<EnvironmentRecord[]> {
  const without = answer.pullRequests.filter(
    ({ number, state }) => state === 'open' && !records.some((record) => record.pullRequest === number),
  )
  const found = await Promise.all(
    without.map(({ number }) => {
      const [name = ''] = petnames(pullRequestSeed(answer.repository, number))
      return registry.getDestroyed(name)
    }),
  )
  return found.filter((record) => record !== undefined)
}

/**
 * Carries out the removals of a plan. What is to be made or brought up to date is not done here: it needs the code of its pull request, which
 * only the workflow of that pull request has.
 */
export async function carryOutRemovals(context: SyncContext, project: Project, plan: SyncPlan): Promise<SyncOutcome[]> {
  const removals = plan.actions.filter(isRemoval)
  const outcomes: SyncOutcome[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let action = removals[next++]; action !== undefined && !context.interrupt.aborted; action = removals[next++]) {
      outcomes.push(await remove(context, project, action))
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, removals.length) }, worker))
  return outcomes.sort((one, other) => (one.environment < other.environment ? -1 : 1))
}

async function remove(context: SyncContext, project: Project, { environment }: SyncAction): Promise<SyncOutcome> {
  const name = environment ?? ''
  try {
    await destroyEnvironment(context, project, name, { takeOver: false })
    return { environment: name, outcome: 'destroyed', reason: null }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { environment: name, outcome: error instanceof ConflictError ? 'left' : 'failed', reason: error.message }
  }
}
