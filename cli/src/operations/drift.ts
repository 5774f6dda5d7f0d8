import type { Context } from '../context.ts'
import { NotFoundError, UserError } from '../errors.ts'
import { environmentFiles } from '../github/environment-files.ts'
import type { Issue } from '../github/issues.ts'
import { workflowRun } from '../github/workflow-run.ts'
import { describeRun } from '../registry/lease-object.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import { planAgain } from '../registry/saved-plan.ts'
import { code, plain } from '../rendering/comment-escape.ts'
import { DRIFT_LABEL, type DriftReport, driftMarker, driftTitle, renderDrift, renderDriftNote } from '../rendering/drift-issue.ts'
import type { Difference } from '../targets/target.ts'
import { requireRecord } from './find.ts'
import { findHome } from './home.ts'
import type { Project } from './project.ts'

type DriftContext = Pick<
  Context,
  'clock' | 'files' | 'github' | 'interrupt' | 'leases' | 'openStore' | 'output' | 'random' | 'registry' | 'target' | 'variables'
>

export interface DriftResult {
  name: string
  /** Null: a run works on the environment, and it was not looked at. */
  drifted: boolean | null
  /** All that differs from what was applied, also what an apply would leave as it is: that has the action `none`. */
  resources: Difference[]
  /** With `--issue`: what was opened, edited or closed. */
  issue: Issue | null
}

/** Compares an environment with what was applied last. Takes no lease and changes nothing in the account. */
export async function lookForDrift(
  context: DriftContext,
  project: Project,
  name: string,
  options: { issue: boolean },
): Promise<DriftResult> {
  const home = await findHome(context, project, name)
  const record = await requireRecord(home.registry, name)
  requireApplied(record)
  const leases = context.leases(home.store)
  const { summary } = environmentFiles(context)
  const skip = async (why: string): Promise<DriftResult> => {
    context.output.info(`${name} was not looked at: ${why}`)
    await summary(`### Drift\n\n${code(name)} was not looked at: ${plain(why)}`)
    return { name, drifted: null, resources: [], issue: null }
  }
  const working = async (): Promise<string | undefined> => {
    const lease = await leases.holder(name)
    return lease === undefined ? undefined : `${describeRun(lease)} works on it (${lease.operation} since ${lease.since})`
  }
  const before = await working()
  if (before !== undefined) return skip(before)
  if (record.unclean) context.output.warn(`the last run on ${name} was cut off: what it made and no state knows is not in this`)
  const target = await context.target(project, home.kind)
  const resources = await target.findDrift(record, context.interrupt)
  // what a run that began meanwhile has changed is no drift
  const meanwhile = await working()
  if (meanwhile !== undefined) return skip(meanwhile)
  if ((await home.registry.get(name))?.serial !== record.serial) return skip('a run began and ended meanwhile')

  const drifted = resources.some(({ action }) => action !== 'none')
  const report = reportOf(context, record, resources)
  await summary(`### Drift\n\n${renderDrift(report)}`)
  return { name, drifted, resources, issue: options.issue ? await tell(context, project, report, drifted) : null }
}

function requireApplied({ name, status, serial }: EnvironmentRecord): void {
  if (status === 'destroyed') throw new NotFoundError(`could not look for drift in ${name}: it was destroyed`, { hint: 'devtool env list' })
  if (serial > 0) return
  throw new UserError(`could not look for drift in ${name}: it was never applied`, { hint: `devtool env apply ${name}` })
}

function reportOf({ clock, variables }: DriftContext, { name, pinned }: EnvironmentRecord, resources: readonly Difference[]): DriftReport {
  const command = pinned ? planAgain(name) : `devtool env apply ${name}`
  return { name, resources, command, at: clock.now().toISOString(), logUrl: workflowRun(variables)?.url ?? null }
}

async function tell(context: DriftContext, project: Project, report: DriftReport, drifted: boolean): Promise<Issue | null> {
  const { issues } = await context.github(project)
  const topic = { label: DRIFT_LABEL, marker: driftMarker(report.name), title: driftTitle(report.name) }
  const text = renderDrift(report)
  return drifted ? issues.say(topic, text) : issues.close(topic, text, renderDriftNote(report))
}
