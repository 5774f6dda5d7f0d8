import { CancelledError } from '../../errors.ts'
import { planAgain } from '../../registry/saved-plan.ts'
import type { ChangeOptions, Outcome } from '../../terraform/driver.ts'
import { ApplyFailure, type PlanFile, RefusedError, type RenderedRoot, type Run } from '../target.ts'
import { requireBasis } from './basis.ts'
import type { Ports } from './ports.ts'
import { lostFrom } from './recovery.ts'
import type { Session } from './session.ts'

/** Refuses a plan that can no longer do what it says. Nothing has been changed by then, but for what clearing remains did. */
export async function requirePlan(ports: Ports, session: Session, root: RenderedRoot, plan: PlanFile, run: Run): Promise<void> {
  await requireBasis(ports, session, root, plan.basis)
  if (!run.unclean) return
  // It was made after the run that was cut off had begun, or its basis would be another one; but maybe before that run had ended.
  const lost = await withFile(ports, session, plan, (planFile) => lostFrom(ports, session, planFile))
  if (lost.length === 0) return
  throw new RefusedError(
    `could not apply the saved plan of ${root.name}: an interrupted run made what it would make, and no state knows: ${lost.join(', ')}`,
    { hint: planAgain(root.name) },
  )
}

export function applyPlanFile(ports: Ports, session: Session, plan: PlanFile, options: ChangeOptions): Promise<Outcome> {
  return withFile(ports, session, plan, (planFile) => session.terraform.applyPlan({ ...options, planFile }))
}

function withFile<T>({ files }: Ports, { terraform }: Session, { bytes }: PlanFile, work: (planFile: string) => Promise<T>): Promise<T> {
  return terraform.withPlanFile(async (planFile) => {
    await files.write(planFile, bytes, { mode: 0o600 })
    return work(planFile)
  })
}

/** A plan cannot be gone on with: whatever is to be done next, another one is needed. */
export function needingAnother(error: Error, name: string): Error {
  const hint = `what it did until then is in the state; plan what is left of it: ${planAgain(name)}`
  if (error instanceof CancelledError) return new CancelledError(error.message, { hint, cause: error })
  if (!(error instanceof ApplyFailure)) return error
  return new ApplyFailure(error.message, error.failure, { hint, seen: error.seen, cause: error })
}
