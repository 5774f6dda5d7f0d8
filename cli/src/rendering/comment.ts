import { code, link, plain } from './comment-escape.ts'
import { failureCard, leftTable, nextStep, phaseList, serviceTable } from './comment-parts.ts'
import type { Report, Situation } from './comment-report.ts'
import { day, duration } from './comment-time.ts'

/** Begins the comment, unseen: by it the comment is found again. */
export const COMMENT_MARKER = '<!-- devtool:env -->'

/** Characters that GitHub takes in a comment: below 65,536. */
const LONGEST = 65_000
/** What a log leaves to the rest. */
const LEAST_REST = 30_000
/** Rows of a table, from all that are likely to none. */
const ROWS = [60, 20, 5, 0]

type Of<TState extends Situation['state']> = Extract<Report, { state: TState }>

/** The sticky comment on the pull request. */
export function renderComment(report: Report): string {
  return fitted(report, [COMMENT_MARKER], [])
}

/** Whether two comments say the same, apart from when that was so and which run says it. */
export function isSameNews(one: string, other: string): boolean {
  return newsOf(one) === newsOf(other)
}

function newsOf(comment: string): string {
  const foot = comment.lastIndexOf('<sub>')
  const [commit = ''] = /(?<=^<sub>Commit `)[0-9a-f]+/.exec(comment.slice(foot)) ?? []
  return `${comment.slice(0, foot)}${commit}`
}

/** The summary of the job, which is read away from the pull request. */
export function renderSummary(report: Report): string {
  const { number, title, branch, url } = report.pullRequest
  const about = `Pull request ${link(`${number}: ${title}`, url)}, branch ${code(branch)}.`
  return fitted(report, [], [about])
}

function fitted(report: Report, before: readonly string[], about: readonly string[]): string {
  for (const rows of ROWS) {
    const write = (log: number): string =>
      `${[...before, heading(report), ...about, ...middle(report, rows, log), footer(report)].filter((block) => block !== '').join('\n\n')}\n`
    const rest = write(0).length
    if (rest <= LEAST_REST || rows === 0) return write(LONGEST - rest)
  }
  throw new Error('no number of rows is left')
}

function heading(report: Report): string {
  const name = report.environment === null ? '' : ` ${code(report.environment)}`
  const words: Record<Situation['state'], string> = {
    waiting: `⏳ Preview${name} is waiting`,
    applying: `🔄 Preview${name} is being set up`,
    ready: `✅ Preview${name} is ready`,
    failed: `❌ Preview${name} failed`,
    expired: `💤 Preview${name} has expired`,
    destroying: `🔄 Preview${name} is being removed`,
    destroyed: `⚪ Preview${name} is gone`,
    leaked: `⚠️ Something of preview${name} is left`,
    unavailable: 'ℹ️ No preview for this pull request',
  }
  const failedToGo = report.state === 'failed' && report.action === 'destroy'
  return `### ${failedToGo ? `❌ Preview${name} could not be removed` : words[report.state]}`
}

/** `rows` of each table at most, `log` characters of the log. */
function middle(report: Report, rows: number, log: number): string[] {
  switch (report.state) {
    case 'waiting':
      return [report.reason === null ? 'It starts as soon as it is its turn.' : `Why: ${plain(report.reason, 500)}`]
    case 'applying':
      return [phaseList(report.phases, rows), ...stillAnswering(report, rows)]
    case 'ready':
      return ready(report, rows)
    case 'failed':
      return [failureCard(report.failure, report.logUrl, log), phaseList(report.phases, rows)]
    case 'expired':
      return [
        `Its time was over at ${day(report.expiredAt)}. **0 resources left**, checked at ${day(report.at)}.`,
        'A push brings a new one, and so does the label, added again.',
      ]
    case 'destroying':
      return [`Why: ${plain(report.reason, 500)}`, phaseList(report.phases, rows)]
    case 'destroyed':
      return destroyed(report)
    case 'leaked':
      return leaked(report, rows)
    case 'unavailable':
      return [unavailable(report)]
  }
}

function stillAnswering({ services }: Of<'applying'>, rows: number): string[] {
  return services.length === 0 ? [] : ['Until then the earlier version answers:', serviceTable(services, rows)]
}

function ready({ services, seconds, expiresAt }: Of<'ready'>, rows: number): string[] {
  const took = seconds === null ? '' : `Ready after ${duration(seconds)}. `
  return [serviceTable(services, rows), `${took}${expiresAt === null ? 'It does not expire.' : `It lives until ${day(expiresAt)}.`}`]
}

function destroyed({ reason, destroyedAt, livedSeconds }: Of<'destroyed'>): string[] {
  const lived = livedSeconds === null ? '' : ` It lived for ${duration(livedSeconds)}.`
  return [
    `**0 resources left**, checked at ${day(destroyedAt)}: the state is empty and a search of the account finds nothing.${lived}`,
    `Why: ${plain(reason, 500)}`,
  ]
}

function leaked({ left, command, logUrl }: Of<'leaked'>, rows: number): string[] {
  const count = `**${left.length} ${left.length === 1 ? 'resource' : 'resources'} left**`
  return [`${count}, which may cost money:`, leftTable(left, rows), ...nextStep(command, logUrl)]
}

function unavailable({ why }: Of<'unavailable'>): string {
  if (why.kind === 'fork') {
    return 'It comes from a fork. Previews run with credentials of this repository, so they are made for its own branches only. Nothing is wrong with the pull request.'
  }
  if (why.kind === 'unwanted') return `Why: ${plain(why.reason, 300)}. Nothing is wrong with the pull request.`
  return `There is no room: ${plain(why.reason, 300)}. A push, or the label added again, asks anew. Nothing is wrong with the pull request.`
}

function footer({ commit, logUrl, at, state }: Report): string {
  const parts = [
    ...(commit === null || state === 'unavailable' ? [] : [`Commit ${code(commit.slice(0, 7))}`]),
    `as of ${day(at)}`,
    ...(logUrl === null ? [] : [link('log', logUrl)]),
  ]
  return `<sub>${parts.join(' · ')}</sub>`
}
