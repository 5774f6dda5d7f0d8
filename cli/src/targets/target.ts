import type { ResolvedBlueprint } from '../blueprint/blueprint.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import type { Environment } from '../environment/environment.ts'
import { ToolError } from '../errors.ts'
import type { EnvironmentRecord } from '../registry/record.ts'

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

/** The run on whose behalf a target works. */
export interface Run {
  /** The lease's id; children of the run carry it as `DEVTOOL_RUN`. */
  id: string
  /** When the run took the lease. */
  since: string
  /** An earlier run may have made resources that no state knows. */
  unclean: boolean
  /** Fires on Ctrl-C. */
  interrupt: AbortSignal
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

/** Where an environment runs. */
export interface Target {
  plan(root: Root, slot: number, interrupt: AbortSignal): Promise<Plan>
  /**
   * Makes it so and returns when it answers. `onChanging` is called right before the first thing is changed, `onSettled` as soon as what was
   * changed is recorded in the state, also when the apply failed: between the two a crash leaves the environment unclean.
   */
  apply(root: Root, slot: number, run: Run, hooks: ApplyHooks): Promise<Applied>
  /** Removes it, working from the bundle of its last apply, and looks for what is left. */
  destroy(
    environment: { name: string; project: string; template: string; pinned: boolean; applied: boolean; thorough: boolean },
    run: Run,
  ): Promise<Leftover[]>
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
  onChanging(): Promise<void>
  onSettled(): Promise<void>
}
