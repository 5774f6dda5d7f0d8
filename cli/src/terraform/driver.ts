import path from 'node:path'
import { ConflictError, ToolError } from '../errors.ts'
import type { Clock } from '../system/clock.ts'
import type { Files } from '../system/files.ts'
import type { Run } from '../system/run.ts'
import { childEnvironment, createRedactor } from './child-environment.ts'
import { classify, type Diagnostic, lockInfo } from './diagnostics.ts'
import type { Engine } from './engine.ts'
import type { Counts, Output } from './events.ts'
import { failureOf, type Phase, type TerraformFailure } from './failure.ts'
import { type InitOptions, type InitResult, initialise } from './init.ts'
import type { Progress } from './progress.ts'
import type { CacheDependencies } from './provider-cache.ts'
import { runEnvironment } from './providers.ts'
import { ERRORED_STATE, type PlannedChange, parseOutputs, parsePlan, parseState, type StateSummary } from './state.ts'
import { type RunOptions, runStream, type StreamResult } from './stream.ts'

export interface ChangeOptions extends RunOptions {
  targets?: readonly string[]
  /** `false`: trust the state; for a destroy whose data sources can no longer be read. */
  refresh?: boolean
  /** How long to wait for somebody else's state lock; Terraform's own default is not at all. */
  lockTimeoutSeconds?: number
  parallelism?: number
  /**
   * `false`: takes no lock, for a role that cannot write. A plan that is made so is refused when it is applied if the state has changed since.
   */
  lock?: boolean
}

export interface PlanOptions extends ChangeOptions {
  /** Where to save the plan. A plan file holds a copy of the state: keep it in a folder of `withPlanFile`. */
  out?: string
  destroy?: boolean
}

/** What came of a plan, an apply or a destroy. A failure is a value here, so that the caller can record it before he throws `toError`. */
export interface Outcome {
  ok: boolean
  failure: TerraformFailure | null
  interrupted: boolean
  exitCode: number
  /** Plan: what would change. Otherwise: what did, counted by ourselves, so it is right after a failure too. */
  changes: Counts
  /** What the plan announced. */
  resources: { address: string; action: string; reason: string | null }[]
  /** What the refresh found to be otherwise than the state has it. */
  drifted: { address: string; action: string }[]
  /** After an apply; values of outputs that are not sensitive. No second process is needed for them. */
  outputs: Record<string, Output>
  warnings: Diagnostic[]
  progress: Progress
  /** The engine ended by itself and the state knows what it did; otherwise the account may hold what no state knows. */
  stateSaved: boolean
  /** Path of an `errored.tfstate`: the state could not be saved. It holds secrets, must not be lost and is what `pushState` takes. */
  rescuedState: string | null
}

export interface TerraformDependencies extends CacheDependencies {
  run: Run
  clock: Clock
  engine: Engine
}

type At = Pick<RunOptions, 'directory' | 'environment' | 'signal'>

export interface Terraform {
  readonly engine: Engine
  init(options: InitOptions): Promise<InitResult>
  plan(options: PlanOptions): Promise<Outcome>
  /** Plan and apply in one process: one start of the providers, one refresh. */
  apply(options: ChangeOptions): Promise<Outcome>
  /** Applies exactly what a plan file says; refuses when the state has changed since. */
  applyPlan(options: ChangeOptions & { planFile: string }): Promise<Outcome>
  destroy(options: ChangeOptions): Promise<Outcome>
  /** A path for a plan file in a folder that only this user can enter, removed afterwards. */
  withPlanFile<T>(work: (planFile: string) => Promise<T>): Promise<T>
  outputs(options: At): Promise<Record<string, Output>>
  showPlan(options: At & { planFile: string }): Promise<PlannedChange[]>
  state(options: At): Promise<StateSummary>
  /** Saves an `errored.tfstate` to the backend and removes it. Terraform refuses one that is older than what the backend has. */
  pushState(options: At & { file: string }): Promise<void>
}

export function createTerraform(dependencies: TerraformDependencies): Terraform {
  const { run, files, engine, variables } = dependencies
  const stream = { ...dependencies, redact: createRedactor(variables) }
  const skipped = new Map<string, InitOptions>()

  const init = async (options: InitOptions): Promise<InitResult> => {
    const result = await initialise(stream, options)
    if (result.skipped) skipped.set(options.directory, options)
    else skipped.delete(options.directory)
    return result
  }

  const change = async (phase: Phase, args: string[], options: ChangeOptions): Promise<Outcome> => {
    const environment = { ...options.environment, ...(await runEnvironment(dependencies)) }
    const all = [...args.slice(0, 1), '-input=false', '-json', '-no-color', ...flags(options), ...args.slice(1)]
    const outcome = await outcomeOf(files, phase, await runStream(stream, all, { ...options, environment }), options.directory)
    const earlier = skipped.get(options.directory)
    if (outcome.failure?.kind !== 'not-initialised' || earlier === undefined) return outcome
    await init({ ...earlier, reuse: false })
    return change(phase, args, options)
  }

  const read = async (args: string[], options: At): Promise<string> => {
    const environment = { ...options.environment, ...(await runEnvironment(dependencies)) }
    const result = await run(engine.command, args, {
      cwd: options.directory,
      env: childEnvironment(variables, options.directory, environment),
      allowFailure: true,
      ownGroup: true,
      ...(options.signal === undefined ? {} : { interrupt: options.signal }),
    })
    if (result.exitCode !== 0) throw readError(args, options.directory, result.exitCode, stream.redact(result.stderr))
    return result.stdout
  }

  return {
    engine,
    init,
    plan: (options) => {
      const extra = [...(options.destroy === true ? ['-destroy'] : []), ...(options.out === undefined ? [] : [`-out=${options.out}`])]
      return change('plan', ['plan', '-detailed-exitcode', ...extra], options)
    },
    apply: (options) => change('apply', ['apply', '-auto-approve'], options),
    applyPlan: (options) => change('apply', ['apply', options.planFile], { ...options, targets: [] }),
    destroy: (options) => change('destroy', ['destroy', '-auto-approve'], options),
    withPlanFile: async (work) => {
      const folder = await files.temporaryFolder('devtool-plan-')
      try {
        return await work(path.join(folder, 'plan.tfplan'))
      } finally {
        await files.remove(folder)
      }
    },
    outputs: async (options) => parseOutputs(await read(['output', '-json', '-no-color'], options)),
    showPlan: async (options) => parsePlan(await read(['show', '-json', '-no-color', options.planFile], options)),
    state: async (options) => parseState(await read(['state', 'pull', '-no-color'], options)),
    pushState: async (options) => {
      await read(['state', 'push', '-no-color', options.file], options)
      await files.remove(options.file)
    },
  }
}

function flags({ targets, refresh, lockTimeoutSeconds, parallelism, lock }: ChangeOptions): string[] {
  return [
    ...(targets ?? []).map((target) => `-target=${target}`),
    ...(refresh === false ? ['-refresh=false'] : []),
    ...(lock === false ? ['-lock=false'] : []),
    ...(lockTimeoutSeconds === undefined ? [] : [`-lock-timeout=${lockTimeoutSeconds}s`]),
    ...(parallelism === undefined ? [] : [`-parallelism=${parallelism}`]),
  ]
}

async function outcomeOf(files: Files, phase: Phase, result: StreamResult, directory: string): Promise<Outcome> {
  const failure = failureOf(phase, result)
  const rescue = path.join(directory, ERRORED_STATE)
  return {
    ok: failure === null,
    failure,
    interrupted: result.interrupted,
    exitCode: result.exitCode,
    changes: phase === 'plan' ? (result.progress.planned ?? result.progress.done) : result.progress.done,
    resources: result.planned,
    drifted: result.drifted,
    outputs: result.outputs,
    warnings: result.diagnostics.filter((diagnostic) => diagnostic.severity === 'warning' && classify(diagnostic) !== 'deprecation'),
    progress: result.progress,
    stateSaved: result.exitCode < 128 && !result.diagnostics.some((diagnostic) => classify(diagnostic) === 'state-not-saved'),
    rescuedState: failure !== null && (await files.exists(rescue)) ? rescue : null,
  }
}

/** These commands have no `-json`; their error stands in a box of its own on stderr. */
function readError(args: readonly string[], directory: string, exitCode: number, stderr: string): Error {
  const plain = stderr
    .replace(/\u001b\[[\d;]*m/g, '')
    .replace(/^[│╷╵]\s?/gm, '')
    .trim()
  const what = `could not ${args
    .slice(0, 2)
    .filter((word) => !word.startsWith('-'))
    .join(' ')} in ${directory}`
  const lock = lockInfo({ summary: plain, detail: '' })
  if (lock !== null) return new ConflictError(`${what}: ${lock.who} has held the state lock since ${lock.created} (lock ${lock.id})`)
  const reason = plain
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return new ToolError(
    `${what}: ${
      reason
        .slice(0, 6)
        .join(' ')
        .replace(/^Error: /, '') || `exit code ${exitCode}`
    }`,
  )
}
