import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LocalSpec } from '../spec.ts'
import type { Environments } from './environments.ts'
import { keepExpiry } from './expiry.ts'
import type { SupervisorPorts } from './ports.ts'

const START = new Date('2026-11-21T08:00:00Z')

beforeEach(() => {
  vi.useFakeTimers({ now: START })
})
afterEach(() => {
  vi.useRealTimers()
})

function stage(times: Record<string, string | null>, expire: (name: string) => Promise<string | null | undefined> = async () => undefined) {
  const specs = Object.entries(times).map(([name, expiresAt]) => ({ name, expiresAt, project: 'shop', root: '/shop' }) as LocalSpec)
  const expired: string[] = []
  const ports = {
    clock: { now: () => new Date(), sleep: (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds)) },
    log: () => undefined,
    expire: async ({ name }: { name: string }) => {
      expired.push(name)
      const later = await expire(name)
      if (later !== undefined) return later
      specs.splice(
        specs.findIndex((spec) => spec.name === name),
        1,
      )
      return undefined
    },
  } as unknown as SupervisorPorts
  const keepUntil = async (name: string, expiresAt: string | null): Promise<boolean> => {
    for (const spec of specs) if (spec.name === name) spec.expiresAt = expiresAt
    return true
  }
  return { expired, specs, expiry: keepExpiry(ports, { specs: () => specs, keepUntil } as unknown as Environments) }
}

test('each environment goes when its time is over, and never one that has none', async () => {
  const { expired, expiry } = stage({ soon: '2026-11-21T08:01:00Z', later: '2026-11-21T09:00:00Z', never: null })
  expiry.look()
  await vi.advanceTimersByTimeAsync(59_000)
  expect(expired).toEqual([])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(expired).toEqual(['soon'])
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(expired).toEqual(['soon', 'later'])
  expect(vi.getTimerCount()).toBe(0)
})

test('one whose time was over while nothing ran goes at once', async () => {
  const { expired, expiry } = stage({ old: '2026-11-20T08:00:00Z' })
  expiry.look()
  await vi.advanceTimersByTimeAsync(0)
  expect(expired).toEqual(['old'])
})

test('a time beyond what a timer can count is waited for', async () => {
  const { expired, expiry } = stage({ far: '2026-12-31T08:00:00Z' })
  expiry.look()
  await vi.advanceTimersByTimeAsync(30 * 86_400_000)
  expect(expired).toEqual([])
  await vi.advanceTimersByTimeAsync(11 * 86_400_000)
  expect(expired).toEqual(['far'])
})

test('one that cannot be removed now is tried again, with the time it has by then', async () => {
  let refusals = 0
  const { expired, specs, expiry } = stage({ busy: '2026-11-21T08:01:00Z' }, async () => {
    refusals += 1
    if (refusals === 1) throw new Error('someone is working on it')
    return undefined
  })
  expiry.look()
  await vi.advanceTimersByTimeAsync(61_000)
  expect(expired).toEqual(['busy'])
  expect(specs).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(61_000)
  expect(expired).toEqual(['busy', 'busy'])
  expect(specs).toHaveLength(0)
})

test('one that the registry has extended is not removed, and goes when that is over', async () => {
  const later = ['2026-11-21T10:00:00Z', undefined]
  const { expired, expiry } = stage({ extended: '2026-11-21T08:01:00Z' }, async () => later.shift())
  expiry.look()
  await vi.advanceTimersByTimeAsync(61_000)
  expect(expired).toEqual(['extended'])
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(expired).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(expired).toHaveLength(2)
  expect(vi.getTimerCount()).toBe(0)
})

test('one that never ends any more is left for good', async () => {
  const { expired, specs, expiry } = stage({ kept: '2026-11-21T08:01:00Z' }, async () => null)
  expiry.look()
  await vi.advanceTimersByTimeAsync(10 * 86_400_000)
  expect([expired, specs.length, vi.getTimerCount()]).toEqual([['kept'], 1, 0])
})
