import type { EnvironmentRecord } from '../../src/registry/record.ts'
import { COMMENT_MARKER } from '../../src/rendering/comment.ts'
import type { GitHubState } from '../github/state.ts'

/** What is wrong, by what kind of wrong it is. */
export interface Problem {
  kind: 'leak' | 'lock' | 'environment' | 'comment' | 'deployment' | 'fault'
  text: string
}

type Known = Pick<EnvironmentRecord, 'name' | 'pullRequest' | 'status'>

interface Circumstances {
  /** Pull requests that wait for somebody to start a run: what is said of what is there may be old, of what is gone not. */
  excused: readonly number[]
  /** Whether an environment of this commit does not come up. */
  fails(commit: string): boolean
}

const LIVELY = /is being set up|is ready|is waiting|is being removed/

/** Where GitHub says otherwise than it is, in the comments and in what it shows as deployed. */
export function saidWrong(state: GitHubState, records: readonly Known[], circumstances: Circumstances): Problem[] {
  return [...state.pullRequests.values()].flatMap(({ number, commit }) => {
    const record = records.find(({ pullRequest }) => pullRequest === number)
    const comment = comments(state, number, commit, record, circumstances).map((text): Problem => ({ kind: 'comment', text }))
    const deployment = deployments(state, number, commit, record, circumstances).map((text): Problem => ({ kind: 'deployment', text }))
    return [...comment, ...deployment].map(({ kind, text }) => ({ kind, text: `#${number}: ${text}` }))
  })
}

type Check = (state: GitHubState, number: number, commit: string, record: Known | undefined, circumstances: Circumstances) => string[]

const comments: Check = (state, number, commit, record, { excused, fails }) => {
  const isOwn = (one: GitHubState['comments'][number]): boolean =>
    one.pullRequest === number && one.author === state.viewer && one.body.startsWith(COMMENT_MARKER)
  const own = state.comments.filter(isOwn)
  const body = own[0]?.body ?? ''
  const heading = body.split('\n').find((line) => line.startsWith('###')) ?? 'nothing'
  const double = own.length > 1 ? [`${own.length} comments`] : []
  // of what is wanted and not there it is right to say that it waits
  if (record === undefined && excused.includes(number) && / is waiting/.test(heading)) return double
  if (record === undefined) return LIVELY.test(heading) ? [...double, `there is nothing, and the comment says: ${heading}`] : double
  if (excused.includes(number)) return double
  const right = fails(commit) ? / failed/ : /is ready/
  if (right.test(heading) && body.includes(commit.slice(0, 7))) return double
  return [...double, `it is ${record.status} at ${commit.slice(0, 7)}, and the comment says: ${heading}`]
}

const deployments: Check = (state, number, commit, record, { excused, fails }) => {
  const own = state.deployments.filter(({ task }) => task === `deploy:pr-${number}`)
  const stateOf = ({ statuses }: (typeof own)[number]): string => statuses.at(-1)?.state ?? 'pending'
  const lively = own.filter((each) => !['inactive', 'failure', 'error'].includes(stateOf(each)))
  const shown = lively.map((each) => `${each.id} of ${each.sha.slice(0, 8)} is ${stateOf(each)}`).join(', ')
  if (record === undefined) return lively.length === 0 ? [] : [`there is nothing, and it is shown as deployed: ${shown}`]
  if (excused.includes(number) || fails(commit)) return []
  const [only] = lively
  const isRight = lively.length === 1 && only?.sha === commit && stateOf(only) === 'success'
  return isRight ? [] : [`it is deployed at ${commit.slice(0, 8)}, and shown is: ${shown || 'nothing'}`]
}
