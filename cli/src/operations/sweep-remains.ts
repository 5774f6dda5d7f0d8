import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import type { GitHub } from '../github/client.ts'
import type { Lease } from '../registry/lease-object.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import { forgetUntold, listUntold, type Untold } from '../registry/untold.ts'
import type { SyncPlan } from '../sync/action.ts'
import { giveBackEnded, silentLeases } from './ended-leases.ts'
import { openHome } from './home.ts'
import type { Project } from './project.ts'
import type { RemovalContext } from './remove-preview.ts'
import { judgeEnd } from './run-end.ts'
import { lookAt } from './sync-pull-request.ts'
import { tellAsItIs } from './tell-as-it-is.ts'

type RemainsContext = RemovalContext & Pick<Context, 'github'>

/** What runs that died have left, where nothing else is left to be done: what they owed to pull requests, leases, and slots of claims. */
export async function sweepRemains(context: RemainsContext, project: Project): Promise<void> {
  const { store, registry } = await openHome(context, project, 'aws')
  const judge = judgeEnd(context, project)
  const byPullRequest = new Map<string, Untold[]>()
  for (const untold of await listUntold(store)) {
    const key = `${untold.repository}#${untold.pullRequest}`
    byPullRequest.set(key, [...(byPullRequest.get(key) ?? []), untold])
  }
  for (const owed of byPullRequest.values()) {
    if (context.interrupt.aborted) return
    try {
      // where one is still at work, that one tells
      const verdicts = await Promise.all(owed.map((untold) => judge(asLease(untold))))
      const [first] = owed
      if (first === undefined || !verdicts.every(({ ended }) => ended) || !(await isTold(context, project, first))) continue
      await Promise.all(owed.map((untold) => forgetUntold(store, untold)))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      context.output.warn(error.message)
    }
  }
  await giveBackEnded(context, project)
  await registry.tidy()
}

/** How much a sweep would look at; changes nothing. What waits for the code of its pull request is left to the run that has it. */
export async function countRemains(
  context: Pick<Context, 'openStore' | 'registry' | 'leases' | 'clock'>,
  project: Project,
  plan: SyncPlan,
): Promise<number> {
  const { store } = await openHome(context, project, 'aws')
  const waiting = plan.actions.filter(({ kind }) => kind === 'update').map(({ pullRequest }) => pullRequest)
  const untold = (await listUntold(store)).filter(({ pullRequest }) => !waiting.includes(pullRequest))
  return untold.length + (await silentLeases(context, project)).length
}

function asLease({ run, repository, pullRequest, since, holder, workflow }: Untold): Lease {
  const name = `${repository}#${pullRequest}`
  return { schema: 1, name, run, operation: 'sync', since, renewedAt: since, endedAt: null, holder, workflow, ended: [] }
}

/** Says how it is. `false` while that is not the end: whoever brings it to its end says so. */
async function isTold(context: RemainsContext, project: Project, { repository, pullRequest }: Untold): Promise<boolean> {
  const github = await context.github(project)
  const seen = await lookAt(context, project, github, pullRequest)
  // of another repository there is nothing to be said here
  if (!(await isOne(github, seen.repository, repository))) return false
  const own = seen.records.filter((record) => record.pullRequest === pullRequest)
  if (!own.every(isSettled)) return false
  const { actions } = seen.plan
  const action = actions.find(({ environment }) => environment !== null) ?? actions[0]
  const record = own.find(({ name }) => name === action?.environment)
  const isTaken = await tellAsItIs(context, { ...seen, github, action, record, owed: true })
  // that it waits is not the end of it
  return isTaken && action?.kind !== 'create'
}

function isSettled({ status, unclean }: EnvironmentRecord): boolean {
  return status === 'claimed' || ((status === 'ready' || status === 'failed') && !unclean)
}

async function isOne(github: GitHub, now: string, then: string): Promise<boolean> {
  const isSame = (one: string): boolean => one.toLowerCase() === now.toLowerCase()
  return isSame(then) || isSame((await github.currentName(then)) ?? '')
}
