import type { Context } from '../context.ts'
import { environmentFiles } from '../github/environment-files.ts'
import { type PlanReport, renderPlanSummary } from '../rendering/plan-summary.ts'

/** Hands a plan to the steps and the people of a workflow: its outputs `plan` and `changes`, and the summary of the job. */
export async function tellPlan(context: Pick<Context, 'files' | 'random' | 'variables'>, report: PlanReport): Promise<void> {
  const { outputs, summary } = environmentFiles(context)
  await outputs({ plan: report.plan?.id ?? '', changes: String(report.plan !== null) })
  await summary(renderPlanSummary(report))
}
