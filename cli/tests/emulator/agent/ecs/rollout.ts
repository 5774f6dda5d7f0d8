export interface Counts {
  /** Tasks that run or are on their way there. */
  live: number
  /** Of these, the ones that serve: running, and healthy where somebody checks. */
  ready: number
}

export interface RolloutInput {
  desired: number
  minimumPercent: number
  maximumPercent: number
  primary: Counts
  /** Tasks of earlier deployments. */
  others: Counts
  /** False while the deployment waits after failures, or has failed. */
  mayStart: boolean
}

export interface RolloutStep {
  start: number
  /** Of earlier deployments, to be taken from those that do not serve first. */
  stopOthers: number
  stopPrimary: number
}

/** What the deployment controller does next: never fewer that serve than the minimum, never more that live than the maximum. */
export function nextStep(input: RolloutInput): RolloutStep {
  const { desired, primary, others } = input
  const minimum = Math.ceil((desired * input.minimumPercent) / 100)
  const maximum = Math.floor((desired * input.maximumPercent) / 100)
  const room = maximum - primary.live - others.live
  const spare = Math.max(0, primary.ready + others.ready - minimum)
  return {
    start: input.mayStart ? Math.max(0, Math.min(desired - primary.live, room)) : 0,
    stopOthers: others.live - others.ready + Math.min(others.ready, spare),
    stopPrimary: Math.max(0, primary.live - desired),
  }
}

/** So many failed tasks fail a deployment. */
export function failureThreshold(desired: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desired * 0.5)))
}

export interface Limits {
  /** So long must a task without any check run before it counts as healthy. */
  steadyMs: number
  /** The wait after the first failed task; doubled with each further one. */
  backoffMs: number
  longestBackoffMs: number
  /** A rollback is shown at least so long before it is complete, as ECS looks only every few seconds. */
  rollbackMs: number
}

// ECS leaves most of a minute between two tries; those who look every two seconds still see each of them
export const LIMITS: Limits = { steadyMs: 1_000, backoffMs: 3_000, longestBackoffMs: 30_000, rollbackMs: 5_000 }
