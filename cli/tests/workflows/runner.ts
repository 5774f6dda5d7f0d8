import type { Delivery } from './events.ts'
import { type Contexts, entries, evaluate, holds, items, member, parse, type Standing, type Token, textOf } from './expressions.ts'
import type { Call, RunnerMachine } from './machine.ts'
import { runShell } from './shell.ts'

export interface JobRun {
  result: 'skipped' | 'success' | 'failure'
  /** As the job names it. */
  environment: unknown
  concurrency: unknown
  outputs: Record<string, string>
  summary: string
  log: string
  /** The actions that it used, with what they were given. */
  actions: { uses: string; with: Record<string, string> }[]
}

export interface WorkflowRun {
  /** The group in which the whole run waits its turn. */
  group: string | undefined
  jobs: Record<string, JobRun>
  calls: Call[]
  /** Command lines of DevTool, in the order in which they were started. */
  devtool: string[]
}

export interface RunOptions {
  delivery: Delivery
  /** Repository variables. */
  variables?: Record<string, string>
  /** Told when a step has been started. */
  started?: (step: string, pid: number) => Promise<void>
}

type Outcome = 'success' | 'failure' | 'skipped'

interface JobScope {
  contexts: Contexts
  /** Variables of the job that grow from step to step. */
  env: Record<string, string>
  paths: string[]
}

/** Runs what a workflow would run for one event: conditions, order, outputs and `run:` steps; actions are only noted, and AWS gives stand-ins. */
export async function runWorkflow(machine: RunnerMachine, name: string, text: string, options: RunOptions): Promise<WorkflowRun> {
  const workflow = parse(name, text)
  const { github, inputs } = options.delivery
  const contexts = { github, inputs, vars: options.variables ?? {}, secrets: {} }
  const group = member(workflow, 'concurrency', 'group')
  const jobs: Record<string, JobRun> = {}
  const ids = entries(member(workflow, 'jobs')).map(([id]) => id)
  for (let waiting = ids; waiting.length > 0; ) {
    const ready = waiting.filter((id) => needsOf(workflow, id).every((need) => jobs[need] !== undefined))
    if (ready.length === 0) throw new Error(`${name}: jobs that need each other: ${waiting.join(', ')}`)
    for (const id of ready) jobs[id] = await runJob(machine, workflow, id, { ...options, contexts, jobs })
    waiting = waiting.filter((id) => !ready.includes(id))
  }
  const calls = await machine.calls()
  const devtool = calls.filter(({ program, signal }) => program === 'devtool' && signal === undefined).map(({ args }) => args.join(' '))
  return { group: group === undefined ? undefined : textOf(evaluate(group, contexts)), jobs, calls, devtool }
}

function needsOf(workflow: Token, id: string): string[] {
  const needs = evaluate(member(workflow, 'jobs', id, 'needs'), {})
  return needs === undefined ? [] : [needs].flat().map(String)
}

interface JobOptions extends RunOptions {
  contexts: Contexts
  jobs: Readonly<Record<string, JobRun>>
}

async function runJob(machine: RunnerMachine, workflow: Token, id: string, options: JobOptions): Promise<JobRun> {
  const part = (...keys: string[]): Token | undefined => member(workflow, 'jobs', id, ...keys)
  const results = needsOf(workflow, id).map((need) => [need, options.jobs[need]] as const)
  const needs = Object.fromEntries(results.map(([need, run]) => [need, { result: run?.result, outputs: run?.outputs ?? {} }]))
  const contexts = { ...options.contexts, needs }
  const standing = {
    succeeded: results.every(([, run]) => run?.result === 'success'),
    failed: results.some(([, run]) => run?.result === 'failure'),
  }
  const run: JobRun = { result: 'skipped', environment: null, concurrency: null, outputs: {}, summary: '', log: '', actions: [] }
  if (!holds(part('if'), contexts, standing)) return run
  run.environment = evaluate(part('environment'), contexts) ?? null
  run.concurrency = evaluate(part('concurrency'), contexts) ?? null
  const env = { ...strings(evaluate(member(workflow, 'env'), contexts)), ...strings(evaluate(part('env'), contexts)) }
  const scope: JobScope = { contexts, env, paths: [] }
  const steps: Record<string, { outputs: Record<string, string>; outcome: Outcome }> = {}
  let failed = false
  for (const [number, step] of items(part('steps')).entries()) {
    const within = { ...contexts, steps, env: scope.env, runner: { temp: machine.temporary } }
    const status: Standing = { succeeded: !failed, failed }
    const key = textOf(evaluate(member(step, 'id'), within)) || `step-${number}`
    if (!holds(member(step, 'if'), within, status)) {
      steps[key] = { outputs: {}, outcome: 'skipped' }
      continue
    }
    const done = await runStep(machine, { workflow, id, step, number, within, scope, run, started: options.started })
    steps[key] = done
    if (done.outcome === 'failure') failed = true
  }
  run.result = failed ? 'failure' : 'success'
  run.outputs = strings(evaluate(part('outputs'), { ...contexts, steps }))
  return run
}

interface StepOptions {
  workflow: Token
  id: string
  step: Token
  number: number
  within: Contexts
  scope: JobScope
  run: JobRun
  started: RunOptions['started']
}

async function runStep(machine: RunnerMachine, options: StepOptions): Promise<{ outputs: Record<string, string>; outcome: Outcome }> {
  const { workflow, id, step, number, within, scope, run } = options
  const said = (key: string): string | undefined => {
    const value = evaluate(member(step, key), within)
    return value === undefined ? undefined : textOf(value)
  }
  const uses = said('uses')
  if (uses !== undefined) {
    const given = strings(evaluate(member(step, 'with'), within))
    run.actions.push({ uses, with: given })
    if (uses.startsWith('aws-actions/configure-aws-credentials@')) {
      // which role a later step has can be read from the key
      Object.assign(scope.env, { AWS_ACCESS_KEY_ID: `key-of-${given['role-to-assume']}`, AWS_REGION: given['aws-region'] ?? '' })
    }
    return { outputs: {}, outcome: 'success' }
  }
  const usual = (key: string): string | undefined => {
    const places = [member(workflow, 'jobs', id, 'defaults', 'run', key), member(workflow, 'defaults', 'run', key)]
    return places.flatMap((place) => (place === undefined ? [] : [textOf(evaluate(place, within))]))[0]
  }
  const name = said('name') ?? ''
  const done = await runShell(
    machine,
    {
      script: said('run') ?? '',
      shell: said('shell') ?? usual('shell'),
      folder: said('working-directory') ?? usual('working-directory') ?? '.',
      env: {
        ...variablesOf(within['github'] as Delivery['github']),
        PATH: [...scope.paths, machine.path].join(':'),
        ...scope.env,
        ...strings(evaluate(member(step, 'env'), within)),
      },
      ...(options.started === undefined ? {} : { started: (pid: number) => options.started?.(name, pid) ?? Promise.resolve() }),
    },
    number,
  )
  Object.assign(scope.env, done.exported)
  scope.paths.unshift(...done.paths)
  run.summary += done.summary
  run.log += `${name}: ${done.log}\n`
  return { outputs: done.outputs, outcome: done.exitCode === 0 ? 'success' : 'failure' }
}

/** Those of the variables of every step that DevTool reads. */
function variablesOf(github: Delivery['github']): Record<string, string> {
  const names = ['event_name', 'ref', 'repository', 'run_id', 'run_attempt', 'sha', 'actor'] as const
  return Object.fromEntries(names.map((name) => [`GITHUB_${name.toUpperCase()}`, textOf(github[name])]))
}

function strings(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries((value ?? {}) as object).map(([key, each]) => [key, textOf(each)]))
}
