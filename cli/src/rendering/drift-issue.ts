import { code, fence, link } from './comment-escape.ts'
import { day } from './comment-time.ts'
import { resourceTable } from './plan-summary.ts'

export interface DriftReport {
  name: string
  /** `none`: an apply would leave it as it is. No values, so no secret ones. */
  resources: readonly { address: string; action: string }[]
  /** The command that puts it back. */
  command: string
  /** When this was so, ISO 8601. */
  at: string
  /** The run that says it. */
  logUrl: string | null
}

const HEAD = ['An apply would', 'Resource'] as const
/** Characters for each of the two tables: GitHub takes 65,536 in an issue. */
const ROOM = 30_000

export const DRIFT_LABEL = 'devtool:drift'

/** Begins the issue about an environment, unseen: by it the issue is found again. */
export function driftMarker(name: string): string {
  return `<!-- devtool:drift ${name} -->`
}

export function driftTitle(name: string): string {
  return `${name} is not as it was applied`
}

/** The issue, without its marker; the summary of the job, too. */
export function renderDrift(report: DriftReport): string {
  const { name, resources, command } = report
  const drifted = resources.filter(({ action }) => action !== 'none')
  const others = resources.filter(({ action }) => action === 'none')
  if (drifted.length === 0) return joined([`${code(name)} is as it was applied.`, ...left(others), footer(report)])
  const count = drifted.length === 1 ? '1 thing' : `${drifted.length} things`
  return joined([
    `${code(name)} is not as it was applied: an apply would put back ${count}.`,
    resourceTable(drifted, HEAD, ROOM),
    ...left(others),
    'Put it back, or take what was changed into the configuration:',
    fence(command, 'sh'),
    footer(report),
  ])
}

/** Said when the issue is closed. */
export function renderDriftNote({ name, at, logUrl }: DriftReport): string {
  const log = logUrl === null ? '' : ` (${link('log', logUrl)})`
  return `${code(name)} is as it was applied again, looked at ${day(at)}${log}.\n`
}

function left(others: DriftReport['resources']): string[] {
  if (others.length === 0) return []
  const summary = `${others.length} more differ from the state in what the configuration leaves to AWS; an apply leaves them as they are`
  return [`<details><summary>${summary}</summary>`, resourceTable(others, HEAD, ROOM), '</details>']
}

function footer({ at, logUrl }: DriftReport): string {
  return `<sub>${[`as of ${day(at)}`, ...(logUrl === null ? [] : [link('log', logUrl)])].join(' · ')}</sub>`
}

function joined(blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`
}
