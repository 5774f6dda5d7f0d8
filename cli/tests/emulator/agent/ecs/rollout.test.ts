import { describe, expect, test } from 'vitest'
import { failureThreshold, nextStep } from './rollout.ts'

const none = { live: 0, ready: 0 }
const usual = { desired: 4, minimumPercent: 100, maximumPercent: 200, mayStart: true }

describe('nextStep', () => {
  test('starts all beside the old ones, and stops an old one for each that serves', () => {
    expect(nextStep({ ...usual, primary: none, others: { live: 4, ready: 4 } })).toEqual({ start: 4, stopOthers: 0, stopPrimary: 0 })
    expect(nextStep({ ...usual, primary: { live: 4, ready: 3 }, others: { live: 4, ready: 4 } }).stopOthers).toBe(3)
  })

  test('never more than the maximum: the first old one has to go before', () => {
    const tight = { ...usual, minimumPercent: 50, maximumPercent: 100 }
    expect(nextStep({ ...tight, primary: none, others: { live: 4, ready: 4 } })).toEqual({ start: 0, stopOthers: 2, stopPrimary: 0 })
    expect(nextStep({ ...tight, primary: none, others: { live: 2, ready: 2 } })).toEqual({ start: 2, stopOthers: 0, stopPrimary: 0 })
  })

  test('the minimum is rounded up, the maximum down', () => {
    const odd = { ...usual, desired: 3, minimumPercent: 50, maximumPercent: 150 }
    expect(nextStep({ ...odd, primary: none, others: { live: 3, ready: 3 } })).toEqual({ start: 1, stopOthers: 1, stopPrimary: 0 })
  })

  test('old ones that do not serve are no loss', () => {
    expect(nextStep({ ...usual, primary: none, others: { live: 4, ready: 1 } }).stopOthers).toBe(3)
  })

  test('a lower count', () => {
    expect(nextStep({ ...usual, desired: 1, primary: { live: 4, ready: 4 }, others: none })).toEqual({
      start: 0,
      stopOthers: 0,
      stopPrimary: 3,
    })
  })
})

test('failureThreshold is half of what is desired, between 3 and 200', () => {
  expect([1, 6, 7, 25, 1000].map(failureThreshold)).toEqual([3, 3, 4, 13, 200])
})
