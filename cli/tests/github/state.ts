/** What the tests' GitHub holds. A test reads it, and changes it as people would on the page. */
export interface GitHubState {
  repository: string
  /** What it was called before; it still answers to it. */
  formerNames: string[]
  /** Whose token it is, as GitHub says it to the token's owner. */
  viewer: string
  pullRequests: Map<number, FakePullRequest>
  comments: FakeComment[]
  deployments: FakeDeployment[]
  /** How much was made: the ids come of it. */
  made: number
}

export interface FakePullRequest {
  number: number
  state: 'open' | 'closed'
  merged: boolean
  draft: boolean
  title: string
  labels: string[]
  /** Labels that were added, the oldest first; those that it has, unless a test says otherwise. */
  labelled: { name: string; at: string }[]
  branch: string
  commit: string
  headRepository: string | null
  /** As REST says it: `dependabot[bot]`. */
  author: string
  createdAt: string
  updatedAt: string
}

export interface FakeComment {
  id: number
  pullRequest: number
  author: string
  body: string
  createdAt: string
  updatedAt: string
  /** How often it was edited. */
  edits: number
}

export interface FakeDeployment {
  id: number
  sha: string
  task: string
  environment: string
  description: string
  payload: unknown
  createdAt: string
  statuses: FakeStatus[]
}

export interface FakeStatus {
  state: string
  description: string
  environmentUrl: string
  logUrl: string
}

export function emptyState(repository: string, viewer: string): GitHubState {
  return { repository, formerNames: [], viewer, pullRequests: new Map(), comments: [], deployments: [], made: 0 }
}

/** A pull request from a branch of the repository itself, with what is not said filled in. */
export function addPullRequest(state: GitHubState, given: Partial<FakePullRequest> & { number: number }): FakePullRequest {
  const { number, labels = [] } = given
  const createdAt = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString().replace('.000', '')
  const made: FakePullRequest = {
    state: 'open',
    merged: false,
    draft: false,
    title: `Change ${number}`,
    labels: [],
    labelled: labels.map((name) => ({ name, at: createdAt })),
    branch: `change-${number}`,
    commit: number.toString(16).padStart(40, '0'),
    headRepository: state.repository,
    author: 'octocat',
    createdAt,
    updatedAt: '2026-11-21T12:00:00Z',
    ...given,
  }
  state.pullRequests.set(number, made)
  return made
}
