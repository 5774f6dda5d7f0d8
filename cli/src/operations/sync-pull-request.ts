import type { Context } from '../context.ts'
import type { Environment } from '../environment/environment.ts'
import { UserError } from '../errors.ts'
import type { GitHub } from '../github/client.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Registry } from '../registry/registry.ts'
import { isRemoval, type SyncPlan } from '../sync/action.ts'
import type { PullRequestAnswer, PullRequestFacts } from '../sync/facts.ts'
import { planSync } from '../sync/plan.ts'
import { deployPreview } from './deploy-preview.ts'
import { openHome } from './home.ts'
import { publicView } from './present.ts'
import type { Project } from './project.ts'
import { removePreview } from './remove-preview.ts'
import { gatherFacts } from './sync-facts.ts'
import { tellAsItIs } from './tell-as-it-is.ts'

type SyncContext = Parameters<typeof deployPreview>[0] & Parameters<typeof removePreview>[0] & Pick<Context, 'github'>

export interface PullRequestRequest {
  pullRequest: number
  /** Builds and pushes the images first; otherwise those of the commit are taken to be there. */
  build: boolean
}

/** What `env sync --pr` prints. */
export interface PullRequestSync {
  pullRequest: number
  /**
   * - `applied`: made, or brought up to date
   * - `unchanged`: it was as it should be
   * - `destroyed`
   * - `none`: it has no environment and is to have none, or there is no room
   * - `superseded`: this checkout is not at the head of the pull request, and the run that is will see to it
   */
  outcome: 'applied' | 'unchanged' | 'destroyed' | 'none' | 'superseded'
  /** Why, for people. Holds nothing that an author of a pull request chose. */
  reason: string
  /** As it is now; the last that is known of one that was destroyed; null if there was none. */
  environment: Environment | null
}

/** After each change it is looked again: it may have been closed meanwhile, or opened again. */
const MOST_LOOKS = 4

/**
 * Makes the environment of one pull request what the pull request says now, whichever event this run was started for. What is destroyed needs
 * nothing of the checkout but the blueprint; what is applied is the checkout, and only if it is the head of the pull request.
 */
export async function syncPullRequest(context: SyncContext, project: Project, request: PullRequestRequest): Promise<PullRequestSync> {
  const github = await context.github(project)
  let done: PullRequestSync | undefined
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    let seen: Look
    try {
      seen = await lookAt(context, project, github, request.pullRequest)
    } catch (error) {
      if (done === undefined || !(error instanceof UserError)) throw error
      context.output.warn(`${error.message}: what became of it meanwhile is left to the next run`)
      return done
    }
    const next = await carryOut(context, project, { ...seen, github, build: request.build, isFirst: done === undefined })
    if (next === undefined) return done ?? assertNever()
    done = next
    if (next.outcome !== 'applied' && next.outcome !== 'destroyed') return next
  }
  return done ?? assertNever()
}

/** What there is to do for one pull request. Changes nothing. */
export async function planPullRequest(
  context: Pick<SyncContext, 'github'> & LookContext,
  project: Project,
  pullRequest: number,
): Promise<SyncPlan> {
  return (await lookAt(context, project, await context.github(project), pullRequest)).plan
}

interface Look {
  /** As GitHub calls it now. */
  repository: string
  facts: PullRequestFacts
  plan: SyncPlan
  records: readonly EnvironmentRecord[]
  registry: Registry
}

type LookContext = Pick<Context, 'clock' | 'output' | 'openStore' | 'registry'>

/** What there is to do for one pull request, as it and the registry are at this moment. */
export async function lookAt(context: LookContext, project: Project, github: GitHub, pullRequest: number): Promise<Look> {
  const { registry } = await openHome(context, project, 'aws')
  const read = async (): Promise<EnvironmentRecord[]> => registry.list((error) => context.output.warn(String((error as Error).message)))
  const [{ repository, facts }, records] = await Promise.all([github.pullRequest(pullRequest), read()])
  const planFor = async (answer: PullRequestAnswer): Promise<SyncPlan> => {
    const known = await gatherFacts(context, project, { registry, github, records, answer })
    return planSync({ ...known, options: { onlyPullRequest: pullRequest } })
  }
  const plan = await planFor({ repository, complete: false, pullRequests: [facts] })
  if (!plan.actions.some(({ because }) => because === 'limit')) return { repository, facts, plan, records, registry }
  // which of the others could go is known of the others only
  return { repository, facts, plan: await planFor(await github.pullRequests([pullRequest])), records, registry }
}

interface Step extends Look {
  github: GitHub
  build: boolean
  /** Nothing was changed by this run yet. */
  isFirst: boolean
}

/** `undefined`: a later look found nothing more to do. */
async function carryOut(context: SyncContext, project: Project, step: Step): Promise<PullRequestSync | undefined> {
  const { facts, isFirst } = step
  const { actions } = step.plan
  let last: PullRequestSync | undefined
  const result = (outcome: PullRequestSync['outcome'], reason: string, record: EnvironmentRecord | undefined): PullRequestSync => ({
    pullRequest: facts.number,
    outcome,
    reason,
    environment: record === undefined ? null : publicView(record),
  })
  for (const action of actions.filter(isRemoval)) {
    last = result('destroyed', action.reason, await removePreview(context, project, { ...step, action }))
  }
  if (last !== undefined) return last

  const action = actions.find(({ kind }) => kind === 'update' || kind === 'create')
  if (action !== undefined) {
    const head = await context.git.head(project.root)
    if (head?.commit !== action.commit) {
      const reason = `the pull request is at ${action.commit?.slice(0, 8)}, this checkout at ${head?.commit?.slice(0, 8) ?? 'no commit'}`
      if (isFirst)
        return result(
          'superseded',
          reason,
          step.records.find(({ name }) => name === action.environment),
        )
      context.output.info(`${reason}: the run of that commit goes on from here`)
      return undefined
    }
    const applied = await deployPreview(context, project, { ...step, action })
    return result('applied', action.reason, applied)
  }

  if (!isFirst) return undefined
  const left = actions.find(({ environment }) => environment !== null) ?? actions[0]
  const record = step.records.find(({ name }) => name === left?.environment)
  await tellAsItIs(context, { ...step, action: left, record })
  return result(record === undefined ? 'none' : 'unchanged', left?.reason ?? 'there is nothing to do', record)
}

function assertNever(): never {
  throw new Error('a sync that neither did nor found anything')
}
