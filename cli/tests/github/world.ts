import { afterEach, expect } from 'vitest'
import { createGitHub, type GitHub } from '../../src/github/client.ts'
import type { Clock } from '../../src/system/clock.ts'
import { type FakeGitHub, type FakeGitHubOptions, startFakeGitHub } from './fake-github.ts'

export interface World {
  fake: FakeGitHub
  github: GitHub
  clock: FakeClock
  /** A second run of the tool. */
  another(): GitHub
}

export interface FakeClock extends Clock {
  time: number
  slept: number[]
}

const started: FakeGitHub[] = []

// whatever a test is about: nothing was asked that GitHub does not know
afterEach(async () => {
  const fakes = started.splice(0)
  await Promise.all(fakes.map((fake) => fake.stop()))
  expect(fakes.flatMap(({ faults }) => faults)).toEqual([])
})

/** Sleeps in no time, which the clock then shows. */
export function fakeClock(): FakeClock {
  const clock: FakeClock = {
    time: Date.UTC(2026, 10, 21, 12),
    slept: [],
    now: () => new Date(clock.time),
    sleep: async (milliseconds) => {
      clock.slept.push(milliseconds)
      clock.time += milliseconds
    },
    every: () => async () => undefined,
  }
  return clock
}

export interface WorldOptions extends FakeGitHubOptions {
  /** What the tool has instead of the right token. */
  given?: string
  timeout?: number
  note?: (text: string) => void
}

/** GitHub, and the tool that talks to it; a second of waiting is a millisecond. */
export async function world(options: WorldOptions = {}): Promise<World> {
  const fake = await startFakeGitHub(options)
  started.push(fake)
  const clock = fakeClock()
  const variables = { GITHUB_TOKEN: options.given ?? fake.rules.token, GITHUB_API_URL: `${fake.url}/` }
  const { timeout = 5_000, note } = options
  const shared = { repository: fake.state.repository, label: 'preview', variables, clock, version: '1.2.3', timeout, second: 1 }
  const another = (): GitHub => createGitHub(note === undefined ? shared : { ...shared, note })
  return { fake, clock, another, github: another() }
}
