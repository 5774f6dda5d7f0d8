const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `35 s`, `1 min 20 s`, `3 h 5 min`, `2 days 3 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < MINUTE) return `${whole} s`
  if (whole < HOUR) return both(whole, MINUTE, 'min', 1, 's')
  if (whole < DAY) return both(whole, HOUR, 'h', MINUTE, 'min')
  return both(whole, DAY, whole < 2 * DAY ? 'day' : 'days', HOUR, 'h')
}

function both(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % large) / small)
  return `${Math.floor(seconds / large)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`
}

/** An ISO 8601 instant as `2026-11-24 12:00 UTC`. */
export function day(instant: string): string {
  const milliseconds = Date.parse(instant)
  return Number.isNaN(milliseconds) ? 'an unknown time' : `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
