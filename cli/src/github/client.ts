import type { PullRequestAnswer } from '../sync/facts.ts'
import { commentsOf } from './comments.ts'
import { type ConnectionOptions, connect } from './connection.ts'
import { type Deployments, deploymentsOf } from './deployments.ts'
import { type Issues, issuesOf } from './issues.ts'
import { currentName, listPullRequests, type NamedPullRequest, readPullRequest } from './pull-requests.ts'
import { type RepositoryFacts, readRepository } from './repository.ts'
import { type Settings, settingsOf } from './settings.ts'
import { type StickyComment, stickyComment } from './sticky-comment.ts'
import { type RunAttempt, readRunAttempt } from './workflow-runs.ts'

/** What DevTool needs of GitHub, for one repository. */
export interface GitHub {
  /** `owner/name`, as it was given. */
  readonly repository: string
  /** Every open pull request, and the named ones in whatever state they are. */
  pullRequests(named: readonly number[]): Promise<PullRequestAnswer>
  pullRequest(number: number): Promise<NamedPullRequest>
  /** What a repository is called now that may have been renamed since; `undefined` if GitHub knows none. */
  currentName(repository: string): Promise<string | undefined>
  /** The same one for the same number. */
  comment(pullRequest: number): StickyComment
  readonly deployments: Deployments
  readonly issues: Issues
  /** One attempt of a run of a workflow of this repository. */
  runAttempt(id: number, attempt: number): Promise<RunAttempt>
  /** What the repository is to whoever is to trust its workflows. */
  facts(): Promise<RepositoryFacts>
  readonly settings: Settings
}

export interface GitHubOptions extends ConnectionOptions {
  /** The label that asks for a preview: when it was added is looked up. */
  label: string | null
}

/** Makes no request and loads nothing until something is asked. */
export function createGitHub(options: GitHubOptions): GitHub {
  const { label } = options
  const connection = connect(options)
  const comments = new Map<number, StickyComment>()
  return {
    repository: options.repository,
    pullRequests: (named) => listPullRequests(connection, named, label),
    pullRequest: (number) => readPullRequest(connection, number, label),
    currentName: (repository) => currentName(connection, repository),
    comment: (number) => {
      const comment = comments.get(number) ?? stickyComment(commentsOf(connection, number), options.clock)
      comments.set(number, comment)
      return comment
    },
    deployments: deploymentsOf(connection),
    issues: issuesOf(connection),
    runAttempt: (id, attempt) => readRunAttempt(connection, id, attempt),
    facts: () => readRepository(connection),
    settings: settingsOf(connection),
  }
}
