import { code, cutMiddle, fence, httpAddress, link, plain } from './comment-escape.ts'
import type { FailureCard, LeftResource, Phase, ServiceAddress } from './comment-report.ts'
import { duration } from './comment-time.ts'

const MARKS: Record<Phase['status'], string> = { waiting: '▫️', running: '🔄', done: '✅', failed: '❌' }

export function phaseList(phases: readonly Phase[], rows: number): string {
  const items = phases.slice(0, rows).map(({ name, status, seconds }) => {
    const time =
      seconds === null ? '' : ` · ${status === 'failed' ? 'failed after ' : ''}${duration(seconds)}${status === 'running' ? ' so far' : ''}`
    return `- ${MARKS[status]} ${plain(name, 100)}${time}`
  })
  return withRest(items, phases.length, (left) => `- and ${left} more`).join('\n')
}

export function serviceTable(services: readonly ServiceAddress[], rows: number): string {
  const items = services
    .slice(0, rows)
    .map(({ name, url }) => `| ${plain(name, 64)} | ${url === null ? 'no address: a worker' : address(url)} |`)
  return table(['Service', 'Address'], items, services.length)
}

export function leftTable(left: readonly LeftResource[], rows: number): string {
  const items = left.slice(0, rows).map(({ kind, id }) => `| ${plain(kind, 64)} | ${plain(id, 200)} |`)
  return table(['Kind', 'Resource'], items, left.length)
}

/** What failed, why, what was said last and what to do. `log` characters of what was said. */
export function failureCard({ phase, resource, cause, lines, command }: FailureCard, logUrl: string | null, log: number): string {
  const where = resource === null ? '' : ` · **Resource** ${code(resource)}`
  const said =
    lines.length === 0 || log <= 0
      ? []
      : ['<details open><summary>Last lines</summary>', fence(cutMiddle(lines.join('\n'), log - 200), 'text'), '</details>']
  return [`**Phase** ${code(phase)}${where}`, `**Cause** ${plain(cause, 1_000)}`, ...said, ...nextStep(command, logUrl)].join('\n\n')
}

export function nextStep(command: string, logUrl: string | null): string[] {
  const log = logUrl === null ? '' : ` (and read the ${link('log of the run', logUrl)})`
  return [`**Next**, run this${log}:`, fence(command, 'sh')]
}

function address(url: string): string {
  const label = url.replace(/^https?:\/\//i, '').replace(/\/$/, '')
  return httpAddress(url) === null ? plain(url) : link(label, url)
}

/** `items` are rows of Markdown, the first of `total`. */
export function table(head: readonly [string, string], items: readonly string[], total: number): string {
  if (total === 0) return ''
  return [`| ${head.join(' | ')} |`, '| --- | --- |', ...withRest([...items], total, (left) => `| and ${left} more | |`)].join('\n')
}

function withRest(items: string[], total: number, words: (left: number) => string): string[] {
  const left = total - items.length
  return left === 0 ? items : [...items, words(left)]
}
