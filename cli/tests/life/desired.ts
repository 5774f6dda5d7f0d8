import type { FakePullRequest, GitHubState } from '../github/state.ts'
import type { Happening } from './account.ts'
import { LABEL } from './pulls.ts'

const TTL_MS = 72 * 3_600_000

/**
 * Which pull requests are to have an environment, read off what people did and what the account has seen. It shares nothing with the program, so
 * that the two can disagree.
 */
export function desired(state: GitHubState, happenings: readonly Happening[], now: number): number[] {
  return asking(state)
    .filter((one) => !isOver(one, happenings, now, 'applying') && !isOver(one, happenings, now, 'trying'))
    .map(({ number }) => number)
}

/**
 * Those that may have one all the same: a run that died before its Terraform began may have tried a commit or not, and that the time of one was
 * up is not remembered over a renaming of the repository.
 */
export function allowed(state: GitHubState, happenings: readonly Happening[], now: number, renamedAt: number): number[] {
  return asking(state)
    .filter((one) => {
      const isForgotten = (lastTry(one, happenings, 'trying')?.at ?? 0) < renamedAt
      return isForgotten || !isOver(one, happenings, now, 'applying') || !isOver(one, happenings, now, 'trying')
    })
    .map(({ number }) => number)
}

function asking(state: GitHubState): FakePullRequest[] {
  return [...state.pullRequests.values()].filter(
    (one) => one.state === 'open' && one.labels.includes(LABEL) && one.headRepository === state.repository,
  )
}

type Try = 'trying' | 'applying'

function lastTry({ number }: FakePullRequest, happenings: readonly Happening[], counts: Try): Happening | undefined {
  return happenings.findLast(({ what, pullRequest }) => what === counts && pullRequest === number)
}

/** Its time was up, and nobody has asked for it since: by a commit that it did not run, or by adding the label. */
function isOver(one: FakePullRequest, happenings: readonly Happening[], now: number, counts: Try): boolean {
  const last = lastTry(one, happenings, counts)
  if (last === undefined || last.commit !== one.commit) return false
  const own = happenings.filter(({ environment }) => environment === last.environment)
  const gone = own.slice(own.indexOf(last)).find(({ what }) => what === 'gone')
  const before = own.findLastIndex(({ what }, index) => what === 'gone' && index < own.indexOf(last))
  const ended = until(own.slice(before + 1))
  if ((gone?.at ?? now) < ended) return false
  const labelled = Date.parse(one.labelled.findLast(({ name }) => name === LABEL)?.at ?? '')
  return !(labelled > (gone?.at ?? ended))
}

/** When the time of a life is up: it is counted anew from each try, and from when it was ready. */
function until(life: readonly Happening[]): number {
  const last = life.findLast(({ what }) => what === 'trying' || what === 'ready')
  return (last?.at ?? 0) + TTL_MS
}
