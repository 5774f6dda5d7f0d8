import * as z from 'zod/mini'
import { environment } from '../environment/environment.ts'
import { UserError } from '../errors.ts'

/** Why the last run failed, for whoever looks at the environment later. */
export const failure = z.object({
  phase: z.string(),
  resource: z.nullable(z.string()),
  message: z.string(),
  lines: z.array(z.string()),
})

/** What the registry holds of an environment: what everyone sees, and what only DevTool needs. */
export const environmentRecord = z.extend(environment, {
  schema: z.literal(1),
  /** `null` for the moment between claiming the name and claiming a slot. */
  slot: z.nullable(z.int().check(z.minimum(1), z.maximum(999))),
  ttl: z.nullable(z.string()),
  /** Until when a person wants it to live, ISO 8601: a deployment starts its time to live anew and does not cut this. */
  extendedUntil: z.optional(z.nullable(z.string())),
  /** `owner/name` of the repository whose pull request it belongs to; null without one. */
  repository: z.optional(z.nullable(z.string())),
  /** How long its last apply took until it was ready. */
  seconds: z.optional(z.number()),
  /** How often it was applied. */
  serial: z.int().check(z.minimum(0)),
  /** SHA-256 of the bundle that destroying works from, hexadecimal; absent where it was last applied by a version that wrote none down. */
  bundle: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
  /**
   * Terraform was started and has not been seen to end. It saves its state at most every 20 s, so until the account has been searched
   * there may be resources that no state knows.
   */
  unclean: z.boolean(),
  failure: z.nullable(failure),
  /**
   * Of the claim that made it, and no other's: a writer whose reply was lost finds out by the text whether the object is its own, and two claims of
   * one moment would write the same.
   */
  claim: z.optional(z.string()),
})

export type EnvironmentRecord = z.infer<typeof environmentRecord>
export type Failure = z.infer<typeof failure>

export function parseRecord(body: string, location: string): EnvironmentRecord {
  const broken = (why: string): UserError =>
    new UserError(`could not read the registry record ${location}: ${why}`, {
      hint: 'the bucket is versioned: restore the last good version of that object, then run the command again',
    })
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw broken('it is not JSON')
  }
  const parsed = environmentRecord.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw broken(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it does not have the shape of a record'}`)
}
