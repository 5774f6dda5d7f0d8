/** In the order in which they are carried out: what is known first, then what makes room, then what needs it. */
export const ACTION_KINDS = ['ask', 'destroy', 'expire', 'update', 'create', 'reportLeak', 'warn', 'leave'] as const

/**
 * - `ask`: look this pull request up by its number, then plan again with what is found (`SyncInput.notFound` where nothing is)
 * - `destroy`, `expire`: remove the environment and prove it
 * - `update`: apply the head commit to an environment that is there, or to what an earlier run left of it
 * - `create`: apply the head commit to a new environment
 * - `reportLeak`: tell people; nothing is changed
 * - `warn`: tell people that it expires soon; it is left as it is
 * - `leave`: nothing
 */
export type ActionKind = (typeof ACTION_KINDS)[number]

/** Why, for programs. */
export type Because =
  | 'wanted'
  | 'new-commit'
  | 'labelled-again'
  | 'failed'
  | 'interrupted'
  | 'half-destroyed'
  | 'closed'
  | 'merged'
  | 'unlabelled'
  | 'fork'
  | 'expired'
  | 'expires-soon'
  | 'leaked'
  | 'not-in-registry'
  | 'missing'
  | 'not-found'
  | 'answer-incomplete'
  | 'up-to-date'
  | 'busy'
  | 'limit'
  | 'destroy-cap'
  | 'second-environment'
  | 'no-pull-request'
  | 'pinned'
  | 'local'
  | 'platform'
  | 'other-project'

/** One thing to do or to leave. The same shape is printed as JSON; `null` where there is none. */
export interface SyncAction {
  kind: ActionKind
  /** The name; null for one that has none yet. */
  environment: string | null
  pullRequest: number | null
  because: Because
  /** Why, for people. Holds nothing that an author of a pull request chose. */
  reason: string
  /** What is to run: of `create` and `update`. */
  commit: string | null
  /** Of `create`: the environment whose removal by this plan makes the room; if that fails, there is none. */
  inPlaceOf: string | null
  /** Of `leave` for `limit`: the environment that has been idle longest. Nobody takes it away; a person may. */
  couldGo: string | null
}

export interface SyncPlan {
  project: string
  repository: string
  /** At most one for each environment and each pull request without one, in the order in which they are carried out. */
  actions: readonly SyncAction[]
  /** What holds for the whole run, for people. */
  notes: readonly string[]
}

/** Whether carrying it out changes anything in the account. */
export function isChange({ kind }: SyncAction): boolean {
  return kind === 'create' || kind === 'update' || isRemoval({ kind })
}

export function isRemoval({ kind }: Pick<SyncAction, 'kind'>): boolean {
  return kind === 'destroy' || kind === 'expire'
}
