import { ToolError } from '../errors.ts'
import type { Redact } from './child-environment.ts'
import { type Diagnostic, parseDiagnostic } from './diagnostics.ts'

export type Action = 'noop' | 'create' | 'read' | 'update' | 'replace' | 'delete' | 'move' | 'import' | 'forget' | 'other'

export interface Counts {
  add: number
  change: number
  destroy: number
  import: number
}

export interface Output {
  sensitive: boolean
  /** Absent when the output is sensitive or not known yet. */
  value?: unknown
  /** What a plan would do to it, where that is something. */
  action?: Action
}

/** A thing done to one resource. */
export interface Step {
  address: string
  resourceType: string
  action: Action
}

/**
 * What `-json` says, typed. Names after developer.hashicorp.com/terraform/internals/machine-readable-ui; `at` is milliseconds since
 * the epoch. Every text is redacted and no event carries configuration, state or a sensitive value: safe to show and to keep.
 */
export type TerraformEvent = { at: number } & (
  | { type: 'version'; product: 'terraform' | 'tofu'; version: string; ui: string }
  | ({ type: 'planned' | 'drift'; reason: string | null; importing: boolean } & Step)
  | ({ type: 'started' | 'progress' | 'errored' } & Step)
  | ({ type: 'completed'; id: string | null } & Step)
  | { type: 'refreshing' | 'refreshed'; address: string }
  | { type: 'summary'; operation: 'plan' | 'apply' | 'destroy'; counts: Counts }
  | { type: 'outputs'; outputs: Record<string, Output> }
  | { type: 'diagnostic'; diagnostic: Diagnostic }
  | { type: 'waiting-for-lock' }
  | { type: 'message'; level: 'info' | 'warn' | 'error'; text: string }
)

/** The message format that this parser was written against; an unknown minor version is fine, an unknown major is not. */
const UI_MAJOR = '1'

const ACTIONS = new Set<string>(['noop', 'create', 'read', 'update', 'replace', 'delete', 'move', 'import'])
const LONGEST_TEXT = 4000

type Fields = Record<string, unknown>

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const count = (value: unknown): number => (typeof value === 'number' ? value : 0)

/**
 * Reads one line of a `-json` stream. `undefined` for what must not go further: blank lines, and the emergency state dump
 * (Terraform prints the whole state, secrets and all, when it can neither save it nor write `errored.tfstate`).
 * Lines that are no JSON (a crash, a provider writing to stdout) and unknown types come back as messages.
 *
 * @param now the time of events that carry none
 */
export function parseEvent(line: string, redact: Redact, now: number): TerraformEvent | undefined {
  if (line.trim() === '') return undefined
  const raw = parseObject(line)
  // a fragment of JSON is most likely a piece of a state
  if (raw === undefined) return /^\s*["{}[\]]/.test(line) ? undefined : message(now, 'info', redact(line))
  if ('state' in raw) return undefined
  const at = Date.parse(text(raw['@timestamp'])) || now
  switch (raw['type']) {
    case 'version': {
      const product = 'tofu' in raw ? 'tofu' : 'terraform'
      return { type: 'version', at, product, version: text(raw[product]), ui: text(raw['ui']) }
    }
    case 'planned_change':
    case 'resource_drift': {
      const change = fields(raw['change'])
      const reason = text(change['reason']) || null
      const step = stepOf(change)
      return { type: raw['type'] === 'planned_change' ? 'planned' : 'drift', at, ...step, reason, importing: 'importing' in change }
    }
    case 'apply_start':
      return { type: 'started', at, ...stepOf(fields(raw['hook'])) }
    case 'apply_progress':
      return { type: 'progress', at, ...stepOf(fields(raw['hook'])) }
    case 'apply_errored':
      return { type: 'errored', at, ...stepOf(fields(raw['hook'])) }
    case 'apply_complete': {
      const hook = fields(raw['hook'])
      return { type: 'completed', at, ...stepOf(hook), id: hook['id_key'] === 'id' ? redact(text(hook['id_value'])) || null : null }
    }
    case 'refresh_start':
      return { type: 'refreshing', at, address: stepOf(fields(raw['hook'])).address }
    case 'refresh_complete':
      return { type: 'refreshed', at, address: stepOf(fields(raw['hook'])).address }
    case 'change_summary':
      return summary(at, fields(raw['changes']))
    case 'outputs':
      return { type: 'outputs', at, outputs: outputsOf(fields(raw['outputs'])) }
    case 'diagnostic':
      return { type: 'diagnostic', at, diagnostic: parseDiagnostic(fields(raw['diagnostic']), redact) }
    case 'state_lock_acquire':
      return { type: 'waiting-for-lock', at }
    // what a provisioner prints is the program's own and may be anything
    case 'provision_progress':
      return undefined
    default: {
      const level = raw['@level'] === 'error' || raw['@level'] === 'warn' ? raw['@level'] : 'info'
      return message(at, level, redact(text(raw['@message'])))
    }
  }
}

/** Refuses a message format whose meaning may have changed. */
export function checkVersion(event: TerraformEvent): ToolError | undefined {
  if (event.type !== 'version' || event.ui.split('.')[0] === UI_MAJOR) return undefined
  return new ToolError(
    `could not read what ${event.product} ${event.version} says: its -json format is version ${event.ui || 'unknown'}, DevTool reads ${UI_MAJOR}.x`,
    { hint: 'update DevTool, or name an older engine with DEVTOOL_TERRAFORM' },
  )
}

function parseObject(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}

function message(at: number, level: 'info' | 'warn' | 'error', content: string): TerraformEvent | undefined {
  const trimmed = content.trim()
  return trimmed === '' ? undefined : { type: 'message', at, level, text: trimmed.slice(0, LONGEST_TEXT) }
}

function stepOf(source: Fields): Step {
  const resource = fields(source['resource'])
  return { address: text(resource['addr']), resourceType: text(resource['resource_type']), action: actionOf(source['action']) }
}

function actionOf(value: unknown): Action {
  if (value === 'remove' || value === 'forget') return 'forget'
  return typeof value === 'string' && ACTIONS.has(value) ? (value as Action) : 'other'
}

function summary(at: number, changes: Fields): TerraformEvent {
  const operation = changes['operation'] === 'apply' || changes['operation'] === 'destroy' ? changes['operation'] : 'plan'
  const counts = {
    add: count(changes['add']),
    change: count(changes['change']),
    destroy: count(changes['remove']),
    import: count(changes['import']),
  }
  return { type: 'summary', at, operation, counts }
}

function outputsOf(source: Fields): Record<string, Output> {
  return Object.fromEntries(
    Object.entries(source).map(([name, value]) => {
      const output = fields(value)
      const sensitive = output['sensitive'] === true
      const action = actionOf(output['action'])
      const planned = 'action' in output && action !== 'noop' ? { action } : {}
      return [name, { sensitive, ...(sensitive || !('value' in output) ? {} : { value: output['value'] }), ...planned }]
    }),
  )
}
