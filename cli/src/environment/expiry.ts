import { durationAllowed, durationPattern } from '../blueprint/forms.ts'
import { UsageError } from '../errors.ts'

const unitMilliseconds = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * The milliseconds of a time to live such as `72h`.
 *
 * @throws UsageError for any other form.
 */
export function parseTtl(ttl: string): number {
  if (!durationPattern.test(ttl)) {
    throw new UsageError(`could not read the time to live ${JSON.stringify(ttl.slice(0, 40))}: not a duration`, {
      hint: `allowed: ${durationAllowed}`,
    })
  }
  return Number(ttl.slice(0, -1)) * unitMilliseconds[ttl.slice(-1) as keyof typeof unitMilliseconds]
}

/** When an environment ends that lives for `ttl` from `start` on; null: never. */
export function expiry(start: Date, ttl: string | null): Date | null {
  return ttl === null ? null : new Date(start.getTime() + parseTtl(ttl))
}
