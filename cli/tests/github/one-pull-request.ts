import { afterEach, expect } from 'vitest'
import type { TestContextOptions } from '../support/context.ts'
import type { FakeGitHub } from './fake-github.ts'
import { stage as atGitHub, type Stage } from './stage.ts'
import { addPullRequest, type FakePullRequest } from './state.ts'

export const A = 'a'.repeat(40)
export const B = 'b'.repeat(40)

interface Result {
  outcome: string
  reason: string
  environment: { name: string; status: string; url: string | null; commit: string } | null
}

const started: FakeGitHub[] = []

// whatever a test is about: nothing was asked that GitHub does not know
afterEach(async () => {
  const fakes = started.splice(0)
  await Promise.all(fakes.map((fake) => fake.stop()))
  expect(fakes.flatMap(({ faults }) => faults)).toEqual([])
})

/** The pull request 7 and a checkout of it, at `A` unless a test moves one of them. */
export interface OnePullRequest extends Stage {
  head: { branch: string | null; commit: string }
  pull: FakePullRequest
  sync(...flags: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>
  /** As `sync`, of which the result is wanted. */
  result(...flags: string[]): Promise<Result>
  comments(): string[]
}

export async function onePullRequest(pull: Partial<FakePullRequest> = {}, options: TestContextOptions = {}): Promise<OnePullRequest> {
  const head = { branch: null, commit: A }
  const made = await atGitHub({ ...options, head })
  started.push(made.fake)
  const sync: OnePullRequest['sync'] = (...flags) => made.run('env', 'sync', '--pr', '7', '--yes', '--no-build', ...flags)
  return {
    ...made,
    head,
    sync,
    pull: addPullRequest(made.fake.state, { number: 7, labels: ['preview'], commit: A, ...pull }),
    result: async (...flags) => {
      const { exitCode, stdout, stderr } = await sync('--json', ...flags)
      if (exitCode !== 0) throw new Error(stderr)
      return JSON.parse(stdout) as Result
    },
    comments: () => made.fake.state.comments.map(({ body }) => body),
  }
}

export const headings = (comments: string[]): string[] => comments.map((body) => /### (.*)/.exec(body)?.[1] ?? '')
export const deploymentStates = ({ fake }: Stage): string[] => fake.state.deployments.map(({ statuses }) => statuses.at(-1)?.state ?? '')
