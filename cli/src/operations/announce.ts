import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import type { GitHub } from '../github/client.ts'
import type { Deployment, DeploymentRequest } from '../github/deployments.ts'
import { environmentFiles } from '../github/environment-files.ts'
import { workflowRun } from '../github/workflow-run.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Report, ReportHead, Situation } from '../rendering/comment-report.ts'
import type { PullRequestFacts } from '../sync/facts.ts'

type AnnounceContext = Pick<Context, 'clock' | 'output' | 'variables' | 'files' | 'random'>

/** What is so. `at` is now unless it says otherwise. */
export type News = Situation & Pick<ReportHead, 'environment' | 'commit'> & { at?: string }

/** Says on GitHub what becomes of the environment of one pull request. What GitHub does not take is a warning: the environment comes first. */
export interface Announcer {
  /** What is so for the moment. Returns at once. */
  show(news: News): void
  /** What is so in the end: the comment says it, and the summary of the job. `urgent`: this process is about to be ended. */
  settle(news: News, options?: { urgent?: boolean }): Promise<void>
  /** Starts a deployment, which the pull request shows; null if GitHub takes none. */
  deploy(request: Omit<DeploymentRequest, 'logUrl' | 'pullRequest'>): Promise<Deployment | null>
  /** What is deployed is said to be, and nothing else. */
  deployed(record: Pick<EnvironmentRecord, 'name' | 'commit' | 'url'>): Promise<void>
  /** Nothing is deployed any more. */
  undeploy(): Promise<void>
  /** Something that was to be said in the end, GitHub did not take. */
  readonly missed: boolean
  /** Does what may fail without harm. */
  attempt<Value>(work: () => Promise<Value>): Promise<Value | null>
}

export async function createAnnouncer(context: AnnounceContext, github: GitHub, facts: PullRequestFacts): Promise<Announcer> {
  const { clock, output, variables } = context
  const { isSameNews, renderComment, renderSummary } = await import('../rendering/comment.ts')
  const { number, title, branch, url } = facts
  const logUrl = workflowRun(variables)?.url ?? null
  const { summary } = environmentFiles(context)

  const reportOf = (news: News): Report => ({ pullRequest: { number, title, branch, url }, at: clock.now().toISOString(), logUrl, ...news })

  let missed = false
  const attempt = async <Value>(work: () => Promise<Value>): Promise<Value | null> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      output.warn(error.message)
      missed = true
      return null
    }
  }

  return {
    attempt,
    get missed() {
      return missed
    },
    show: (news) => github.comment(number).show(renderComment(reportOf(news))),
    settle: async (news, { urgent = false } = {}) => {
      const report = reportOf(news)
      const body = renderComment(report)
      const isSame = (existing: string): boolean => isSameNews(existing, body)
      await Promise.all([attempt(() => github.comment(number).settle(body, { isSame, urgent })), summary(renderSummary(report))])
    },
    deploy: (request) =>
      attempt(async () => {
        const deployment = await github.deployments.create({ ...request, pullRequest: number, logUrl })
        await deployment.inProgress()
        return deployment
      }),
    deployed: async ({ name, commit, url }) => {
      if (commit === null || url === null) return
      await attempt(() => github.deployments.hold({ pullRequest: number, commit, name, url, logUrl }))
    },
    undeploy: async () => {
      await attempt(() => github.deployments.deactivate(number))
    },
  }
}
