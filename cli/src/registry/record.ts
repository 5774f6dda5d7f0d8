import * as z from 'zod'
import { environment } from '../environment/environment.ts'
import { UserError } from '../errors.ts'

/** Why the last run failed, for whoever looks at the environment later. */
export const failure = z.object({
  phase: z.string(),
  resource: z.string().nullable(),
  message: z.string(),
  lines: z.array(z.string()),
})

/** What the registry holds of an environment: what everyone sees, and what only DevTool needs. */
export const environmentRecord = environment.extend({
  schema: z.literal(1),
  slot: z.number().int().min(1).max(999),
  ttl: z.string().nullable(),
  /** How often it was applied; the bundle of that serial is what destroy works from. */
  serial: z.number().int().min(0),
  /**
   * Terraform was started and has not been seen to end. It saves its state at most every 20 s, so until the account has been searched
   * there may be resources that no state knows.
   */
  unclean: z.boolean(),
  failure: failure.nullable(),
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
