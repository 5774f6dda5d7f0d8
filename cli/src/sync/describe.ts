import { ACTION_KINDS, type ActionKind, type SyncPlan } from './action.ts'

const WORDS: Record<ActionKind, string> = {
  ask: 'ask',
  destroy: 'destroy',
  expire: 'expire',
  update: 'update',
  create: 'create',
  reportLeak: 'report leak',
  warn: 'warn',
  leave: 'leave',
}

/** A line for each action (what, which, why), then what holds for the whole run, then the counts. For people; programs take the plan as JSON. */
export function describePlan(plan: SyncPlan): string {
  const rows = plan.actions.map((action) => {
    const number = action.pullRequest === null ? '' : `#${action.pullRequest}`
    const place = action.inPlaceOf === null ? '' : `, in place of ${action.inPlaceOf}`
    return [
      WORDS[action.kind],
      action.environment ?? (action.kind === 'create' ? '(new)' : '-'),
      number,
      `${action.reason}${place}`,
    ] as const
  })
  const width = (column: 0 | 1 | 2): number => rows.reduce((most, row) => Math.max(most, row[column].length), 0)
  const [kinds, names, numbers] = [width(0), width(1), width(2)]
  const lines = rows.map(
    ([kind, name, number, reason]) => `${kind.padEnd(kinds)}  ${name.padEnd(names)}  ${number.padEnd(numbers)}  ${reason}`,
  )
  return [...lines, ...plan.notes.map((note) => `note: ${note}`), summary(plan)].join('\n')
}

/** `1 to destroy, 2 to create, 14 to leave`. */
function summary({ actions }: SyncPlan): string {
  const counts = ACTION_KINDS.map((kind) => [actions.filter((action) => action.kind === kind).length, WORDS[kind]] as const)
  const told = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} to ${word}`)
  return told.length === 0 ? 'there is nothing to do' : told.join(', ')
}
