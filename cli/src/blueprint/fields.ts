import * as z from 'zod/mini'

/**
 * The leaves of the blueprint. Each carries one sentence that says what is allowed: the error message, the JSON Schema and the
 * reference page all print that sentence, so they cannot drift apart. `zod/mini` because it loads in a quarter of the time of `zod`.
 */
export type Schema<T> = z.ZodMiniType<T, T>

/** A leaf before its description: the schema and the sentence that says what it allows. */
export interface Leaf<T> {
  schema: Schema<T>
  allowed: string
}

export function text(pattern: RegExp, maximum: number, allowed: string): Leaf<string> {
  return { schema: z.string(allowed).check(z.maxLength(maximum, { error: allowed, abort: true }), z.regex(pattern, allowed)), allowed }
}

export function whole(minimum: number, maximum: number): Leaf<number> {
  const allowed = `a whole number from ${minimum} to ${maximum}`
  return { schema: z.int(allowed).check(z.minimum(minimum, allowed), z.maximum(maximum, allowed)), allowed }
}

export function choice<const T extends readonly [string, ...string[]]>(...values: T): Leaf<T[number]> {
  const allowed = values.join(', ')
  return { schema: z.enum(values, allowed) as unknown as Schema<T[number]>, allowed }
}

export const flag: Leaf<boolean> = { schema: z.boolean('true, false'), allowed: 'true, false' }

/** A key that must be given. */
export function required<T>(leaf: Leaf<T>, description: string, ...examples: T[]) {
  return describe(leaf.schema, leaf.allowed, description, examples)
}

/** A key that may be left out or empty; a blueprint then holds `null`. */
export function nullable<T>(leaf: Leaf<T>, description: string, ...examples: T[]) {
  return describe(z._default(z.nullable(leaf.schema), null), leaf.allowed, description, examples)
}

/** A key that may be left out; a blueprint then holds `value`. */
export function defaulted<T>(leaf: Leaf<T>, value: NoInfer<T>, description: string, ...examples: T[]) {
  return describe(z._default(leaf.schema, value as never), leaf.allowed, description, examples)
}

/** A key of an override: left out, the blueprint's own value stays. */
export function override<T>(leaf: Leaf<T>, description: string, ...examples: T[]) {
  return describe(z.optional(leaf.schema), leaf.allowed, description, examples)
}

/** A mapping with these keys and no others. */
export function keys<T extends z.core.$ZodShape>(shape: T, allowed: string) {
  return z.strictObject(shape, allowed)
}

/** Puts the texts of a key into zod's registry, from where the JSON Schema and the reference page take them. */
export function describe<T extends z.ZodMiniType>(
  schema: T,
  allowed: string | undefined,
  description: string,
  examples: unknown[] = [],
): T {
  z.globalRegistry.add(schema, {
    description,
    ...(allowed === undefined ? {} : { allowed }),
    ...(examples.length === 0 ? {} : { examples }),
  })
  return schema
}
