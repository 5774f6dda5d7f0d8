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

function stage(times: Record<string, string | null>, expire: (name: string) => Promise<void> = async () => undefined) {
  const specs = Object.entries(times).map(([name, expiresAt]) => ({ name, expiresAt, project: 'shop', root: '/shop' }) as LocalSpec)
  const expired: string[] = []
  const ports = {
    clock: { now: () => new Date(), sleep: (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds)) },
    log: () => undefined,
    expire: async ({ name }: { name: string }) => {
      expired.push(name)
      await expire(name)
      specs.splice(
        specs.findIndex((spec) => spec.name === name),
        1,
      )
    },
  } as unknown as SupervisorPorts
  return { expired, specs, expiry: keepExpiry(ports, { specs: () => specs } as unknown as Environments) }
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
  })
  expiry.look()
  await vi.advanceTimersByTimeAsync(61_000)
  expect(expired).toEqual(['busy'])
  expect(specs).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(61_000)
  expect(expired).toEqual(['busy', 'busy'])
  expect(specs).toHaveLength(0)
})
