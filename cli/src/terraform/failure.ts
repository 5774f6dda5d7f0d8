import { CancelledError, ConflictError, ToolError, type UserError } from '../errors.ts'
import { classify, type Diagnostic, type DiagnosticKind, type LockInfo, lockInfo, plainMessage } from './diagnostics.ts'
import type { StreamResult } from './stream.ts'

export type Phase = 'init' | 'plan' | 'apply' | 'destroy'

/** Why a run failed, for the registry and for people. Nothing in it is secret. */
export interface TerraformFailure {
  phase: Phase
  kind: DiagnosticKind
  /** The address of the resource that failed; `null` when it was not one resource. */
  resource: string | null
  /** One sentence. */
  message: string
  hint: string | null
  /** What was said last. */
  lines: string[]
  /** Who holds the state, when that is why. */
  lock: LockInfo | null
}

/** Kinds after which the same command may simply be run again. */
const PASSING = new Set<DiagnosticKind>(['throttled', 'dependency', 'cache-race'])

export function isPassing(failure: TerraformFailure): boolean {
  return PASSING.has(failure.kind)
}

/** Says what made a run fail; `null` for one that did not. */
export function failureOf(phase: Phase, result: StreamResult): TerraformFailure | null {
  if (result.exitCode === 0 || (phase === 'plan' && result.exitCode === 2)) return null
  const errors = result.diagnostics.filter((diagnostic) => diagnostic.severity === 'error')
  const cause = errors.find((error) => classify(error) !== 'interrupted') ?? errors[0]
  const lines = [...result.lines]
  const resource = cause?.address ?? Object.entries(result.progress.resources).find(([, { status }]) => status === 'errored')?.[0] ?? null
  const base = { phase, resource, lines, lock: null, hint: null }
  if (result.interrupted)
    return { ...base, kind: 'interrupted', message: 'it was interrupted', hint: 'run the same command again: it goes on from here' }
  if (cause === undefined) return { ...base, kind: 'other', message: silentDeath(result) }
  const kind = classify(cause)
  const lock = kind === 'state-lock' ? lockInfo(cause) : null
  return { ...base, kind, lock, message: lock === null ? message(cause) : heldBy(lock), hint: HINTS[kind] ?? null }
}

function silentDeath({ exitCode, lines }: StreamResult): string {
  if (exitCode === 137) return 'the engine was killed (out of memory, or SIGKILL)'
  return `the engine ended with exit code ${exitCode} and gave no reason${lines.length === 0 ? '' : `; last it said: ${lines.at(-1) ?? ''}`}`
}

function message(cause: Diagnostic): string {
  const summary = plainMessage(cause)
  const detail = plainMessage({ summary: cause.detail, detail: '' })
  // "Failed to install provider" says nothing without its detail; the summaries of the AWS provider say it all
  return detail === '' || summary.length > 80 ? summary : `${summary}: ${detail}`
}

function heldBy(lock: LockInfo): string {
  return `${lock.who || 'somebody'} has held the state lock since ${lock.created} (${lock.operation || 'unknown operation'}, lock ${lock.id})`
}

const HINTS: Partial<Record<DiagnosticKind, string>> = {
  'state-lock': 'wait for that run to end; when it is certainly dead, the next apply or destroy clears its lock',
  'already-exists': 'an earlier run was killed before it could note this resource; run the same command again, or devtool env destroy',
  credentials: 'get fresh AWS credentials (aws sso login, or set AWS_PROFILE), check with: devtool doctor',
  'access-denied': 'the AWS identity in use may not do this; see which it is with: devtool doctor',
  throttled: 'AWS asks for fewer calls at once; run the same command again',
  dependency: 'something still uses it; run the same command again in a minute',
  'bucket-missing': 'make the state bucket with: devtool bootstrap',
  'provider-unavailable':
    'go online, or name a folder that holds the provider: DEVTOOL_PROVIDER_MIRROR=/path (made by: terraform providers mirror)',
  'checksum-mismatch':
    'the provider on this machine is not the one in .terraform.lock.hcl; take it from its registry, or review the lock file',
  'stale-plan': 'the state changed after the plan was made; plan again',
  quota: 'raise the quota in the AWS console (Service Quotas), or destroy environments that nobody needs',
  'state-not-saved': 'run the same command again: it puts the state in its place, or finds by itself what the state does not know',
}

/** The error that a command shows. `subject` names what was worked on: `env calm-otter`. */
export function toError(failure: TerraformFailure, subject: string): UserError {
  const where = failure.resource === null ? '' : `${failure.resource}: `
  const what = `could not ${failure.phase} ${subject}: ${where}${failure.message}`
  if (failure.kind === 'interrupted')
    return new CancelledError(`${failure.phase} of ${subject} was interrupted`, { hint: failure.hint ?? '' })
  const options = failure.hint === null ? {} : { hint: failure.hint }
  return failure.kind === 'state-lock' ? new ConflictError(what, options) : new ToolError(what, options)
}
