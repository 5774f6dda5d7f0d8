import * as z from 'zod'
import { ToolError } from '../errors.ts'
import type { Output } from './events.ts'

/** One resource that a state holds, without its attributes: they may be secret. */
export interface StateResource {
  address: string
  type: string
  id: string | null
}

export interface StateSummary {
  /** `null` when there is no state at all. */
  lineage: string | null
  serial: number
  /** Managed resources only; a state is empty when there are none. */
  resources: StateResource[]
}

export interface PlannedChange {
  address: string
  type: string
  /** `['delete', 'create']` is a replacement. */
  actions: string[]
  /** What is known of it afterwards, without sensitive values; `null` for a deletion. */
  after: Record<string, unknown> | null
}

/** Where Terraform writes a state that it could not save, in the folder of the root. */
export const ERRORED_STATE = 'errored.tfstate'

const stateFile = z.looseObject({
  lineage: z.string().optional(),
  serial: z.number().optional(),
  resources: z
    .array(
      z.looseObject({
        module: z.string().optional(),
        mode: z.string(),
        type: z.string(),
        name: z.string(),
        instances: z.array(
          z.looseObject({
            index_key: z.union([z.string(), z.number()]).optional(),
            attributes: z.looseObject({ id: z.unknown() }).nullish(),
          }),
        ),
      }),
    )
    .optional(),
})

const planFile = z.looseObject({
  resource_changes: z
    .array(
      z.looseObject({
        address: z.string(),
        mode: z.string(),
        type: z.string(),
        change: z.looseObject({ actions: z.array(z.string()), after: z.unknown(), after_sensitive: z.unknown() }),
      }),
    )
    .optional(),
})

const outputFile = z.record(z.string(), z.looseObject({ sensitive: z.boolean(), value: z.unknown() }))

/** Reads `state pull`. An empty answer is a state that was never written. */
export function parseState(stdout: string): StateSummary {
  if (stdout.trim() === '') return { lineage: null, serial: 0, resources: [] }
  const state = read(stateFile, stdout, 'state')
  const resources = (state.resources ?? [])
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ module, type, name, instances }) =>
      instances.map(({ index_key: key, attributes }) => ({
        address: `${module === undefined ? '' : `${module}.`}${type}.${name}${key === undefined ? '' : `[${JSON.stringify(key)}]`}`,
        type,
        id: typeof attributes?.id === 'string' ? attributes.id : null,
      })),
    )
  return { lineage: state.lineage ?? null, serial: state.serial ?? 0, resources }
}

/** Reads `show -json <plan file>`: the changes, with every sensitive value taken out. */
export function parsePlan(stdout: string): PlannedChange[] {
  return (read(planFile, stdout, 'plan').resource_changes ?? [])
    .filter(({ mode, change }) => mode === 'managed' && change.actions.join() !== 'no-op')
    .map(({ address, type, change }) => ({
      address,
      type,
      actions: change.actions,
      after: withoutSensitive(change.after, change.after_sensitive) as Record<string, unknown> | null,
    }))
}

/** Reads `output -json`. A sensitive output keeps its name and loses its value. */
export function parseOutputs(stdout: string): Record<string, Output> {
  const outputs = read(outputFile, stdout, 'outputs')
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { sensitive, value }]) => [name, sensitive ? { sensitive } : { sensitive, value }]),
  )
}

/** `mask` mirrors the value: `true` where it is sensitive. */
function withoutSensitive(value: unknown, mask: unknown): unknown {
  if (mask === true) return null
  if (typeof value !== 'object' || value === null || typeof mask !== 'object' || mask === null) return value ?? null
  if (Array.isArray(value)) return value.map((item, index) => withoutSensitive(item, (mask as unknown[])[index]))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutSensitive(item, (mask as Record<string, unknown>)[key])]),
  )
}

/** Warnings (a deprecated backend argument) may stand before or after the JSON on stdout: the JSON starts at a line of its own. */
function read<T>(schema: z.ZodType<T>, stdout: string, what: string): T {
  const parsed = schema.safeParse(firstJson(stdout))
  if (parsed.success) return parsed.data
  throw new ToolError(`could not read the ${what} that the engine printed: ${parsed.error.issues[0]?.message ?? 'it is no JSON'}`)
}

function firstJson(stdout: string): unknown {
  const start = /^\{/m.exec(stdout)?.index
  if (start === undefined) return undefined
  const body = stdout.slice(start)
  for (const end of [body.length, body.indexOf('\n}\n') + 3, body.indexOf('\n') + 1]) {
    try {
      if (end > 3 || end === body.length) return JSON.parse(body.slice(0, end))
    } catch {
      // not where it ends
    }
  }
  return undefined
}
