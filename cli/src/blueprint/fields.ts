import * as z from 'zod'

/**
 * The leaves of the blueprint. Each carries one sentence that says what is allowed: the error message, the JSON Schema and the
 * reference page all print that sentence, so they cannot drift apart.
 */
export interface FieldMeta {
  description: string
  allowed?: string
  examples?: unknown[]
  [key: string]: unknown
}

/** A leaf before its description: the schema and the sentence that says what it allows. */
export interface Leaf<T> {
  schema: z.ZodType<T, T>
  allowed: string
}

export function text(pattern: RegExp, maximum: number, allowed: string): Leaf<string> {
  return { schema: z.string(allowed).max(maximum, allowed).regex(pattern, allowed), allowed }
}

export function whole(minimum: number, maximum: number): Leaf<number> {
  const allowed = `a whole number from ${minimum} to ${maximum}`
  return { schema: z.int(allowed).min(minimum, allowed).max(maximum, allowed), allowed }
}

export function choice<const T extends readonly [string, ...string[]]>(...values: T): Leaf<T[number]> {
  const allowed = values.join(', ')
  return { schema: z.enum(values, allowed) as unknown as z.ZodType<T[number], T[number]>, allowed }
}

export const flag: Leaf<boolean> = { schema: z.boolean('true, false'), allowed: 'true, false' }

/** A key that must be given. */
export function required<T>(leaf: Leaf<T>, description: string, ...examples: T[]) {
  return leaf.schema.meta(meta(leaf, description, examples))
}

/** A key that may be left out; a blueprint then holds `null`. */
export function nullable<T>(leaf: Leaf<T>, description: string, ...examples: T[]) {
  return leaf.schema.nullable().default(null).meta(meta(leaf, description, examples))
}

/** A key that may be left out; a blueprint then holds `value`. */
export function defaulted<T extends string | number | boolean>(leaf: Leaf<T>, value: T, description: string, ...examples: T[]) {
  return leaf.schema.default(value as never).meta(meta(leaf, description, examples)) as unknown as z.ZodDefault<z.ZodType<T, T>>
}

/** A key of an override: left out, the blueprint's own value stays. */
export function override<T>(leaf: Leaf<T>, description: string, ...examples: T[]) {
  return leaf.schema.optional().meta(meta(leaf, description, examples))
}

function meta<T>(leaf: Leaf<T>, description: string, examples: T[]): FieldMeta {
  return examples.length === 0 ? { description, allowed: leaf.allowed } : { description, allowed: leaf.allowed, examples }
}
