import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from './clock.ts'

describe('every', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('goes on until it is told to end', async () => {
    const work = vi.fn(async () => undefined)
    const end = systemClock.every(1_000, work)
    await vi.advanceTimersByTimeAsync(3_500)
    expect(work).toHaveBeenCalledTimes(3)
    await end()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(work).toHaveBeenCalledTimes(3)
  })

  test('never begins before the last time is over, and ends when that is', async () => {
    let finish = (): void => undefined
    const work = vi.fn(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve
        }),
    )
    const end = systemClock.every(1_000, work)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(work).toHaveBeenCalledTimes(1)
    const ended = vi.fn()
    const ending = end().then(ended)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(ended).not.toHaveBeenCalled()
    finish()
    await ending
    await vi.advanceTimersByTimeAsync(5_000)
    expect(work).toHaveBeenCalledTimes(1)
  })
})

test('every keeps no process alive', async () => {
  const alive = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = alive()
  const end = systemClock.every(3_600_000, async () => undefined)
  const waiting = systemClock.sleep(3_600_000, AbortSignal.timeout(20))
  expect(alive()).toBe(before + 1)
  await Promise.all([end(), waiting])
  expect(alive()).toBe(before)
})
