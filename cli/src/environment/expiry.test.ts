import { describe, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { expiry, parseTtl } from './expiry.ts'

test.each([
  ['1m', 60_000],
  ['30m', 1_800_000],
  ['72h', 259_200_000],
  ['14d', 1_209_600_000],
  ['90d', 7_776_000_000],
])('%s', (ttl, milliseconds) => {
  expect(parseTtl(ttl)).toBe(milliseconds)
})

test.each(['', '72', 'h', '0h', '72 h', '1w', '91d', '1e3h', '-1h', '72H', 'x'.repeat(10_000)])('%j is not a time to live', (ttl) => {
  expect(() => parseTtl(ttl)).toThrow(UsageError)
})

test('says what is allowed', () => {
  expect(() => parseTtl('3w')).toThrow('could not read the time to live "3w": not a duration')
})

describe('expiry', () => {
  const start = new Date('2026-11-21T10:00:00.000Z')

  test('counts from the start', () => {
    expect(expiry(start, '72h')?.toISOString()).toBe('2026-11-24T10:00:00.000Z')
    expect(start.toISOString()).toBe('2026-11-21T10:00:00.000Z')
  })

  test('without a time to live there is none', () => {
    expect(expiry(start, null)).toBeNull()
  })
})
