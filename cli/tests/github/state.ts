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
  /** Each attempt is one. */
  workflowRuns: FakeWorkflowRun[]
  issues: FakeIssue[]
  identity: FakeIdentity
  /** Of the repository's Actions, by name. */
  variables: Map<string, string>
  environments: Map<string, FakeEnvironment>
  /** `free`: a private repository without required reviewers and timers. */
  plan: 'enterprise' | 'free'
  /** Whether the token may set labels: where it may not, GitHub drops them. */
  labelling: boolean
  /** How much was made: the ids come of it. */
  made: number
}

export interface FakeIdentity {
  id: number
  ownerId: number
  createdAt: string
  defaultBranch: string
  /** How its tokens name it, as GitHub says it. */
  subject: { use_default: boolean; include_claim_keys?: string[]; use_immutable_subject?: boolean; sub_claim_prefix?: string }
}

export interface FakeEnvironment {
  /** Patterns of the branches that may name it; null for any. */
  branches: string[] | null
  reviewers: { type: 'User' | 'Team'; id: number }[]
  selfReviewPrevented: boolean
  waitTimer: number
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

export interface FakeWorkflowRun {
  id: number
  attempt: number
  status: 'requested' | 'queued' | 'waiting' | 'pending' | 'in_progress' | 'completed'
  /** Null until it is completed. */
  conclusion: 'success' | 'failure' | 'cancelled' | 'timed_out' | null
}

export interface FakeIssue {
  number: number
  state: 'open' | 'closed'
  reason: 'completed' | 'not_planned' | 'reopened' | null
  title: string
  body: string
  labels: string[]
  author: string
  createdAt: string
  updatedAt: string
}

export function emptyState(repository: string, viewer: string): GitHubState {
  return {
    repository,
    formerNames: [],
    viewer,
    pullRequests: new Map(),
    comments: [],
    deployments: [],
    workflowRuns: [],
    issues: [],
    identity: {
      id: 1_296_269,
      ownerId: 9_919,
      createdAt: '2026-09-01T12:00:00Z',
      defaultBranch: 'main',
      subject: { use_default: true, use_immutable_subject: true, sub_claim_prefix: `repo:${repository.replace('/', '@9919/')}@1296269` },
    },
    variables: new Map(),
    environments: new Map(),
    plan: 'enterprise',
    labelling: true,
    made: 0,
  }
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
