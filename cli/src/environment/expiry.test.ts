import { describe, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { expiry, extendedExpiry, parseTtl, renewedExpiry } from './expiry.ts'

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

const NOW = new Date('2026-11-21T10:00:00.000Z')
const at = (hours: number): string => new Date(NOW.getTime() + hours * 3_600_000).toISOString()

describe('a deployment', () => {
  test('starts the time to live anew', () => expect(renewedExpiry(NOW, '72h', undefined)).toBe(at(72)))
  test('does not cut an extension that reaches further', () => expect(renewedExpiry(NOW, '72h', at(200))).toBe(at(200)))
  test('is not held to one that is over, or that was shorter', () => {
    expect(renewedExpiry(NOW, '72h', at(-1))).toBe(at(72))
    expect(renewedExpiry(NOW, '72h', at(1))).toBe(at(72))
  })
  test('of what never ends changes nothing', () => expect(renewedExpiry(NOW, null, at(1))).toBeNull())
})

describe('an extension', () => {
  const record = { expiresAt: at(5), ttl: '72h' }

  test('is for the time to live, from now on', () => expect(extendedExpiry(NOW, record, undefined)).toBe(at(72)))
  test('of what has expired too', () => expect(extendedExpiry(NOW, { ...record, expiresAt: at(-9) }, undefined)).toBe(at(72)))
  test('takes nothing away that is left', () => expect(extendedExpiry(NOW, { ...record, expiresAt: at(99) }, undefined)).toBe(at(99)))
  test('for a duration that a person names is for that, longer or shorter', () => {
    expect(extendedExpiry(NOW, record, '14d')).toBe(at(14 * 24))
    expect(extendedExpiry(NOW, { ...record, expiresAt: at(99) }, '1h')).toBe(at(1))
  })
  test('of what never ends leaves it so, unless a person names a duration', () => {
    expect(extendedExpiry(NOW, { ...record, expiresAt: null }, undefined)).toBeNull()
    expect(extendedExpiry(NOW, { ...record, expiresAt: null }, '1h')).toBe(at(1))
  })
  test('is for 90 days at most, as the blueprint has it', () => {
    expect(extendedExpiry(NOW, record, '90d')).toBe(at(90 * 24))
    for (const longer of ['91d', '2161h', '12960m0', '1y', '-1h', 'for ever'])
      expect(() => extendedExpiry(NOW, record, longer)).toThrow(UsageError)
  })
})
