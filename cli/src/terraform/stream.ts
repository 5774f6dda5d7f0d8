import type { Clock } from '../system/clock.ts'
import type { Run } from '../system/run.ts'
import { childEnvironment, type Redact, type Variables } from './child-environment.ts'
import type { Diagnostic } from './diagnostics.ts'
import type { Engine } from './engine.ts'
import { checkVersion, type Output, parseEvent, type TerraformEvent } from './events.ts'
import { advance, noProgress, type Progress } from './progress.ts'

/** What every run of the engine takes. */
export interface RunOptions {
  /** The root folder, absolute. */
  directory: string
  /** More variables for the child, such as `TF_VAR_...`. Never put a secret into an argument. */
  environment?: Variables
  /** Every event as it comes, with the progress after it. */
  onEvent?: (event: TerraformEvent, progress: Progress) => void
  /** Called in the tick of the spawn, so that the caller can record who works on this environment. */
  onSpawn?: (pid: number) => void
  /** Firing it sends the engine one SIGINT; the run then still waits for the engine to save its state and let go of the lock. */
  signal?: AbortSignal
}

export interface StreamResult {
  exitCode: number
  /** The signal had fired before the engine ended. */
  interrupted: boolean
  diagnostics: Diagnostic[]
  progress: Progress
  /** Of the last `outputs` message. */
  outputs: Record<string, Output>
  /** Addresses and actions that the plan announced, without `noop`. */
  planned: { address: string; action: string; reason: string | null }[]
  /** What the refresh found to be otherwise than the state has it. */
  drifted: { address: string; action: string }[]
  /** The last things said, for an error message. */
  lines: string[]
}

export interface StreamDependencies {
  run: Run
  clock: Clock
  engine: Engine
  variables: Variables
  redact: Redact
}

const KEPT_LINES = 20
const LINES_OF_ONE = 9
const KEPT_DIAGNOSTICS = 200

/**
 * Runs the engine with `-json` and folds its stream; memory stays flat however much it says. Does not throw for a failed run.
 * An error thrown by `onEvent`, or a message format we cannot read, ends the engine by one SIGINT before it is thrown: the
 * engine is never left behind.
 */
export async function runStream(dependencies: StreamDependencies, args: readonly string[], options: RunOptions): Promise<StreamResult> {
  const { run, clock, engine, variables, redact } = dependencies
  const own = new AbortController()
  const result: StreamResult = {
    exitCode: 130,
    interrupted: true,
    diagnostics: [],
    progress: noProgress,
    outputs: {},
    planned: [],
    drifted: [],
    lines: [],
  }
  if (fired(options)) return result
  let fault: unknown
  const take = (event: TerraformEvent): void => {
    const refusal = checkVersion(event)
    if (refusal !== undefined) throw refusal
    fold(result, event)
    options.onEvent?.(event, result.progress)
  }
  const { exitCode, stderr } = await run(engine.command, args, {
    cwd: options.directory,
    env: childEnvironment(variables, options.directory, options.environment),
    allowFailure: true,
    ownGroup: true,
    interrupt: options.signal === undefined ? own.signal : AbortSignal.any([options.signal, own.signal]),
    ...(options.onSpawn === undefined ? {} : { onSpawn: options.onSpawn }),
    onLine: (line) => {
      if (fault !== undefined) return
      try {
        const event = parseEvent(line, redact, clock.now().getTime())
        if (event !== undefined) take(event)
      } catch (error) {
        fault = error
        own.abort()
      }
    },
  })
  if (fault !== undefined) throw fault
  for (const line of stderr.split('\n')) if (line.trim() !== '') keep(result, redact(line.trimEnd()))
  return { ...result, exitCode, interrupted: fired(options) }
}

function fired({ signal }: RunOptions): boolean {
  return signal?.aborted === true
}

function keep(result: StreamResult, line: string): void {
  result.lines.push(line)
  if (result.lines.length > KEPT_LINES) result.lines.shift()
}

function fold(result: StreamResult, event: TerraformEvent): void {
  result.progress = advance(result.progress, event)
  if (event.type === 'diagnostic') {
    const { diagnostic } = event
    if (result.diagnostics.length < KEPT_DIAGNOSTICS) result.diagnostics.push(diagnostic)
    if (diagnostic.severity === 'error') {
      const where = diagnostic.address ?? diagnostic.location
      const said = `${where === null ? '' : `${where}: `}${diagnostic.summary}\n${diagnostic.detail}`
        .split('\n')
        .filter((line) => line.trim() !== '')
      // the rest of a long one is general advice (what a lock is for), which would push the other errors out
      for (const line of said.slice(0, LINES_OF_ONE)) keep(result, line.trimEnd())
    }
  } else if (event.type === 'outputs') result.outputs = event.outputs
  else if (event.type === 'message' && event.level !== 'info') keep(result, event.text)
  else if (event.type === 'planned' && event.action !== 'noop' && event.action !== 'read') {
    result.planned.push({ address: event.address, action: event.action, reason: event.reason })
  } else if (event.type === 'drift') result.drifted.push({ address: event.address, action: event.action })
}
