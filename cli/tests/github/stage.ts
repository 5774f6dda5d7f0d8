import { createGitHub, type GitHub } from '../../src/github/client.ts'
import type { Clock } from '../../src/system/clock.ts'
import { type TestContext, type TestContextOptions, testContext } from '../support/context.ts'
import { type FakeGitHub, startFakeGitHub } from './fake-github.ts'

/** The program in process, with a target that does what it is told, before the tests' GitHub. */
export interface Stage extends TestContext {
  fake: FakeGitHub
}

export async function stage(options: TestContextOptions = {}): Promise<Stage> {
  const fake = await startFakeGitHub({ repository: 'acme/shop' })
  const variables = { GITHUB_TOKEN: fake.rules.token, GITHUB_API_URL: fake.url }
  const settings = { repository: 'acme/shop', label: 'preview', variables, version: '0.0.0', second: 1 }
  const github = (): GitHub => createGitHub({ ...settings, clock: hurriedClock() })
  return { ...(await testContext({ ...options, github })), fake }
}

/** Nobody waits on it: who sleeps moves it on. */
export function hurriedClock(): Clock {
  let ahead = 0
  return {
    now: () => new Date(Date.now() + ahead),
    sleep: async (milliseconds) => {
      ahead += milliseconds
    },
    every: () => async () => undefined,
  }
}
