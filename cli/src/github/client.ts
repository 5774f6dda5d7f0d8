import type { PullRequestAnswer, PullRequestFacts } from '../sync/facts.ts'
import { commentsOf } from './comments.ts'
import { type ConnectionOptions, connect } from './connection.ts'
import { type Deployments, deploymentsOf } from './deployments.ts'
import { listPullRequests, readPullRequest } from './pull-requests.ts'
import { type StickyComment, stickyComment } from './sticky-comment.ts'

/** What DevTool needs of GitHub, for one repository. */
export interface GitHub {
  /** Every open pull request, and the named ones in whatever state they are. */
  pullRequests(named: readonly number[]): Promise<PullRequestAnswer>
  pullRequest(number: number): Promise<PullRequestFacts>
  /** The same one for the same number. */
  comment(pullRequest: number): StickyComment
  readonly deployments: Deployments
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
    pullRequests: (named) => listPullRequests(connection, named, label),
    pullRequest: (number) => readPullRequest(connection, number, label),
    comment: (number) => {
      const comment = comments.get(number) ?? stickyComment(commentsOf(connection, number), options.clock)
      comments.set(number, comment)
      return comment
    },
    deployments: deploymentsOf(connection),
  }
}
