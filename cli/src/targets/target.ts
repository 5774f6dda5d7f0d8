import type { ResolvedBlueprint } from '../blueprint/blueprint.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import type { Environment } from '../environment/environment.ts'
import { ConflictError, ToolError } from '../errors.ts'
import type { EndedRun } from '../registry/lease.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { PlanBasis } from '../registry/saved-plan.ts'

/** What a target makes of an environment: its input, and where its code is. */
export interface Root {
  name: string
  document: EnvironmentDocument
  /** As this environment sees it. */
  blueprint: ResolvedBlueprint
  /** The repository's root; the paths of the rendering are relative to it, as are those in a bundle. */
  repository: string
  /** What Terraform runs on. Null on target local, which needs none. */
  rendering: Rendering | null
}

export interface Rendering {
  directory: string
  /** The folder with the shared modules. */
  modules: string
}

/** A root that was rendered. */
export interface RenderedRoot extends Root {
  rendering: Rendering
}

/** What tells the Terraform locks that a run may break from all others. */
export interface Locks {
  /** Who Terraform says that this run is. */
  own: Pick<EndedRun, 'user' | 'host'>
  /** Runs that have provably ended, and whose lock may be there. */
  ended: readonly EndedRun[]
  /** Told whether a lock of one of them, or of this run, may be left when this run is over. */
  left(may: boolean): void
  /** @throws ConflictError if another run has taken over: nothing is this run's to break any more */
  confirm(): Promise<void>
}

/** The run on whose behalf a target works. */
export interface Run {
  /** The lease's id; children of the run carry it as `DEVTOOL_RUN`. */
  id: string
  /** When the run took the lease. */
  since: string
  /** An earlier run may have made resources that no state knows. */
  unclean: boolean
  /** Fires on Ctrl-C, and when another run takes over. */
  interrupt: AbortSignal
  locks: Locks
}

export interface PlannedResource {
  address: string
  action: string
}

export interface Plan {
  add: number
  change: number
  destroy: number
  resources: PlannedResource[]
}

/** A plan that is kept to be applied later. It holds a copy of the state: it is as secret as that. */
export interface PlanFile {
  bytes: Uint8Array
  basis: PlanBasis
}

/** Something that is not as it was applied. */
export interface Difference {
  address: string
  /** What an apply would do about it; `none` where the difference is in what the configuration leaves to AWS. */
  action: string
}

export interface Applied {
  /** Addresses of what was made, changed or removed. */
  changed: string[]
  url: string | null
  services: Environment['services']
}

/** An apply that failed: where, why, and what had been made by then. */
export class ApplyFailure extends ToolError {
  readonly failure: { phase: string; resource: string | null; message: string; lines: string[] }
  readonly seen: Partial<Applied>

  constructor(
    message: string,
    failure: ApplyFailure['failure'],
    options: { hint?: string; seen?: Partial<Applied>; cause?: unknown } = {},
  ) {
    super(message, options)
    this.failure = failure
    this.seen = options.seen ?? {}
  }
}

/** Something of an environment that still exists. */
export interface Leftover {
  type: string
  id: string
}

/** An environment that is to be removed. */
export interface Doomed {
  name: string
  project: string
  template: string
  pinned: boolean
  /** Whether it was ever applied. */
  applied: boolean
  /** Look for what is left everywhere, as an earlier run may have been cut off. */
  thorough: boolean
  /** SHA-256 of the bundle of its last apply; undefined if that was by a version that wrote none down. */
  bundle?: string | undefined
}

/** An environment as its last apply left it. */
export type AppliedEnvironment = Pick<Doomed, 'name' | 'template' | 'pinned' | 'bundle'>

/** The target refused to begin: nothing was touched, and the environment is as it was. */
export class RefusedError extends ToolError {}

/** The same, because of a Terraform lock that is not ours to break. */
export class LockedError extends ConflictError {}

export function isRefusal(error: unknown): boolean {
  return error instanceof RefusedError || error instanceof LockedError
}

/** Where an environment runs. */
export interface Target {
  plan(root: Root, slot: number, interrupt: AbortSignal): Promise<Plan>
  /**
   * A plan to be applied later, made without a lock and without writing anything where the environment is. `file` is null if nothing would change.
   * `unclean`: what an earlier run may have left, and no state knows, is looked for and taken over by the plan.
   */
  planToFile(root: Root, slot: number, request: { unclean: boolean; interrupt: AbortSignal }): Promise<Plan & { file: PlanFile | null }>
  /** Does what takes time and changes nothing but this checkout, so that it is done when `apply` begins. */
  prepare(root: Root, interrupt: AbortSignal): Promise<void>
  /**
   * Makes it so and returns when it answers. `onChanging` is called right before the first thing is changed, `onSettled` as soon as what was
   * changed is recorded in the state, also when the apply failed: between the two a crash leaves the environment unclean.
   * With a plan exactly that is done, or nothing: it never plans anew.
   */
  apply(root: Root, slot: number, run: Run, hooks: ApplyHooks, plan?: PlanFile): Promise<Applied>
  /** All that is not as the last apply made it. Takes no lock and changes nothing. */
  findDrift(applied: AppliedEnvironment, interrupt: AbortSignal): Promise<Difference[]>
  /** Removes it, working from the bundle of its last apply, and looks for what is left. */
  destroy(environment: Doomed, run: Run): Promise<Leftover[]>
  /** Makes what ends an environment by itself know when that is: on target local the supervisor; in the account the registry says it alone. */
  keepUntil(name: string, expiresAt: string | null): Promise<void>
  /** Called when the registry has forgotten an environment: what was there for the last one goes too. */
  close(): Promise<void>
}

export interface LogRequest {
  name: string
  project: string
  template: string
  /** Null: all of them, the migrations too. */
  service: string | null
  /** How many lines of the past, of each service. */
  lines: number
  /** Goes on with what comes, until `interrupt` fires. */
  follow: boolean
  interrupt: AbortSignal
}

export interface LogLine {
  service: string
  /** ISO 8601 in UTC. */
  time: string
  text: string
}

/** Looks at environments and changes nothing. */
export interface Observer {
  /** The records with what can be seen right now: a service may have died since its last apply. */
  observe(records: readonly EnvironmentRecord[]): Promise<EnvironmentRecord[]>
  logs(request: LogRequest, onLine: (line: LogLine) => void): Promise<void>
}

export interface ApplyHooks {
  /** `bundle`: SHA-256 of what it takes to remove what is about to be made, which the target has kept. */
  onChanging(bundle?: string): Promise<void>
  onSettled(): Promise<void>
}
