import { code, fence, plain } from './comment-escape.ts'
import { table } from './comment-parts.ts'
import { day } from './comment-time.ts'

/** A plan for people who are asked to approve it. It holds no values, so no secret ones. */
export interface PlanReport {
  name: string
  changes: { add: number; change: number; destroy: number }
  resources: readonly { address: string; action: string }[]
  /** Null if nothing would change. */
  plan: { id: string; expiresAt: string; commit: string } | null
  /** The command that applies it. */
  apply: string | null
}

/** Characters for the table: a summary of a job takes a mebibyte. */
const ROOM = 250_000

export function renderPlanSummary({ name, changes, resources, plan, apply }: PlanReport): string {
  if (plan === null || apply === null) return `### Plan of ${code(name)}: nothing to change\n`
  const { add, change, destroy } = changes
  const counts = [`**${add}** to add`, `**${change}** to change`, `**${destroy}** to destroy`].join(', ')
  return [
    `### Plan of ${code(name)}: ${counts}`,
    resources.length === 0 ? 'Only its outputs change.' : resourceTable(resources, ['Action', 'Resource'], ROOM),
    `Made at commit ${code(plan.commit)}. Until ${day(plan.expiresAt)} exactly this is applied by`,
    fence(apply, 'sh'),
  ].join('\n\n')
}

/** Addresses hold whatever a key of `for_each` does. `room`: about how many characters it may take. */
export function resourceTable(
  resources: readonly { address: string; action: string }[],
  head: readonly [string, string],
  room: number,
): string {
  const rows: string[] = []
  let left = room
  for (const { address, action } of resources) {
    const row = `| ${plain(action, 40)} | ${plain(address, 300)} |`
    left -= row.length + 1
    if (left < 0) break
    rows.push(row)
  }
  return table(head, rows, resources.length)
}
