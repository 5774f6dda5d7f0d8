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

/**
 * When an environment ends whose time to live starts anew at `start`, ISO 8601: a deployment does not cut short what a person asked for with
 * `env extend`. Null: never.
 */
export function renewedExpiry(start: Date, ttl: string | null, extendedUntil: string | null | undefined): string | null {
  const end = expiry(start, ttl)?.toISOString() ?? null
  return end === null ? null : later(end, extendedUntil ?? end)
}

/**
 * When an environment ends that is extended at `now`, ISO 8601: after `asked` if a person named a duration, which may be less than what is left;
 * otherwise after its `ttl`, and never sooner than it would have. Both are durations of the blueprint, so it is 90 days from now at the most.
 * Null: never, as before.
 */
export function extendedExpiry(
  now: Date,
  { expiresAt, ttl }: { expiresAt: string | null; ttl: string },
  asked: string | undefined,
): string | null {
  const end = new Date(now.getTime() + parseTtl(asked ?? ttl)).toISOString()
  if (asked !== undefined) return end
  return expiresAt === null ? null : later(end, expiresAt)
}

function later(one: string, other: string): string {
  return Date.parse(one) > Date.parse(other) ? one : other
}
