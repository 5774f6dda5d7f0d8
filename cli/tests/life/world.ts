import { type Answering, createAnswering } from '../github/answering.ts'
import { type Account, createAccount } from './account.ts'
import { createBucket } from './bucket.ts'
import { type Chance, chanceOf } from './chance.ts'
import type { Process } from './process.ts'
import { createPulls, type Pulls } from './pulls.ts'
import type { Story } from './story.ts'
import { createTimeline, type Timeline } from './timeline.ts'

/** Everything that one seed's life takes place in. */
export interface World {
  readonly seed: number
  readonly story: Story
  readonly timeline: Timeline
  readonly bucket: ReturnType<typeof createBucket>
  readonly account: Account
  readonly github: Answering
  readonly pulls: Pulls
  readonly processes: Process[]
  /** When somebody did something to a pull request last. */
  readonly changedAt: Map<number, number>
  /** Pull requests that were closed while a run was at work on them. */
  readonly closedWhileApplying: Set<number>
  /** When the repository was renamed last; 0 for never. */
  renamedAt(): number
  /** What happened, a line each, for whoever has to understand a failure. */
  readonly trace: string[]
  note(text: string): void
  chance(label: string): Chance
  /** Of its services none comes up. */
  isBroken(commit: string): boolean
  /** AWS refuses its service. */
  refuses(commit: string): boolean
  newCommit(): string
  /** Notes what must not be applied, or removed. */
  checkApply(process: Process, what: { name: string; commit: string; pullRequest: number | null }): void
  checkDestroy(environment: string): void
  /** All services of an environment were seen to answer. */
  ready(environment: string): void
  /** Nothing of it was found any more. */
  gone(environment: string): void
}

export function createWorld(seed: number, story: Story): World {
  const chance = chanceOf(seed)
  const timeline = createTimeline()
  const account = createAccount()
  const github = createAnswering()
  const pulls = createPulls(github.state)
  const trace: string[] = []
  const commits = chance.fork('commits')
  const flaws = new Map<string, 'broken' | 'refused' | null>()
  /** Of strangers: nothing of them must ever run. */
  const strangers = (): string[] =>
    [...github.state.pullRequests.values()].filter((one) => one.headRepository !== github.state.repository).map(({ commit }) => commit)

  return {
    seed,
    story,
    timeline,
    account,
    github,
    pulls,
    trace,
    bucket: createBucket(),
    processes: [],
    changedAt: new Map(),
    closedWhileApplying: new Set(),
    renamedAt: () => pulls.renamedAt,
    chance: (label) => chance.fork(label),
    note: (text) => void trace.push(`${clockTime(timeline.now)} ${text}`),
    isBroken: (commit) => flaws.get(commit) === 'broken',
    refuses: (commit) => flaws.get(commit) === 'refused',
    newCommit: () => {
      const commit = Array.from({ length: 5 }, () =>
        commits
          .below(2 ** 32)
          .toString(16)
          .padStart(8, '0'),
      ).join('')
      flaws.set(commit, commits.happens(story.broken) ? commits.pick(['broken', 'refused'] as const) : null)
      return commit
    },
    checkApply: (process, { name, commit, pullRequest }) => {
      if (strangers().includes(commit)) account.faults.push(`process ${process.number} applies ${commit} of a stranger`)
      if (pullRequest === null) account.faults.push(`process ${process.number} applies ${name}, which has no pull request`)
    },
    checkDestroy: (environment) => {
      if (NEIGHBOURS.includes(environment)) account.faults.push(`${environment} is removed, which is none of theirs`)
    },
    gone: (environment) => {
      const last = account.happenings.findLast((each) => each.environment === environment)
      if (last?.what === 'gone') return
      account.happenings.push({ what: 'gone', environment, pullRequest: null, commit: null, at: timeline.now })
    },
    ready: (environment) => {
      const commit = account.things.get(`${environment}/service`)?.commit ?? null
      account.happenings.push({ what: 'ready', environment, pullRequest: null, commit, at: timeline.now })
    },
  }
}

/** Environments that nothing of a pull request may touch. */
export const NEIGHBOURS = ['production', 'made-by-hand', 'of-others']

function clockTime(time: number): string {
  return new Date(time).toISOString().slice(5, 23).replace('T', ' ')
}
