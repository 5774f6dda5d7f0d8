import type { Action, Counts, Step, TerraformEvent } from './events.ts'

export interface ResourceProgress {
  action: Action
  status: 'planned' | 'running' | 'done' | 'errored'
  /** Since when it runs, or when it ended; milliseconds since the epoch. `null` while planned. */
  at: number | null
  /** What AWS calls it, as soon as it is known; a killed run's last creations are only to be found by this. */
  id: string | null
  /** Steps still to come: a replacement takes two, in either order. */
  left: number
}

/**
 * How far a plan or an apply has come. Counted by ourselves, because Terraform prints no counts when an apply fails.
 * Reads of data sources are not counted: their number is not announced.
 */
export interface Progress {
  phase: 'planning' | 'applying' | 'finished'
  /** By address, in the order of first mention. Reads are in here only while they run. */
  resources: Readonly<Record<string, ResourceProgress>>
  /** Done so far; a replacement counts in `add` and in `destroy`. */
  done: Counts
  /** What the plan announced; `null` before its summary. */
  planned: Counts | null
  waitingForLock: boolean
}

export interface ProgressView {
  phase: Progress['phase']
  /** Resources finished, and how many there are in all; 0 of 0 while planning. */
  finished: number
  total: number
  /** What is happening now, the longest first; seconds. */
  running: { address: string; action: Action; seconds: number }[]
  errored: string[]
  waitingForLock: boolean
}

const NOTHING: Counts = { add: 0, change: 0, destroy: 0, import: 0 }

export const noProgress: Progress = { phase: 'planning', resources: {}, done: NOTHING, planned: null, waitingForLock: false }

const CHANGES = new Set<Action>(['create', 'update', 'replace', 'delete'])

/** Pure: the same events give the same progress. */
export function advance(progress: Progress, event: TerraformEvent): Progress {
  switch (event.type) {
    case 'planned': {
      if (!CHANGES.has(event.action)) return progress
      const planned = { action: event.action, status: 'planned', at: null, id: null, left: event.action === 'replace' ? 2 : 1 } as const
      return put({ ...progress, waitingForLock: false }, event.address, planned)
    }
    case 'waiting-for-lock':
      return { ...progress, waitingForLock: true }
    case 'refreshing':
      return progress.waitingForLock ? { ...progress, waitingForLock: false } : progress
    case 'summary':
      return event.operation === 'plan'
        ? { ...progress, planned: event.counts, waitingForLock: false }
        : { ...progress, phase: 'finished', done: { ...progress.done, import: event.counts.import } }
    case 'started':
      return start(progress, event)
    case 'completed':
      return complete(progress, event)
    case 'errored': {
      const known = progress.resources[event.address]
      return put(progress, event.address, {
        action: known?.action ?? event.action,
        id: known?.id ?? null,
        left: 0,
        status: 'errored',
        at: event.at,
      })
    }
    default:
      return progress
  }
}

function put(progress: Progress, address: string, resource: ResourceProgress): Progress {
  return { ...progress, resources: { ...progress.resources, [address]: resource } }
}

type StepEvent = Step & { at: number }

function start(progress: Progress, event: StepEvent): Progress {
  const known = progress.resources[event.address]
  const phase = event.action === 'read' ? progress.phase : 'applying'
  const running = { status: 'running', at: event.at, id: known?.id ?? null } as const
  return put({ ...progress, phase }, event.address, { ...running, action: known?.action ?? event.action, left: known?.left ?? 1 })
}

function complete(progress: Progress, event: StepEvent & { id: string | null }): Progress {
  if (!CHANGES.has(event.action)) {
    const { [event.address]: _, ...others } = progress.resources
    return { ...progress, resources: others }
  }
  const known = progress.resources[event.address]
  const left = Math.max(0, (known?.left ?? 1) - 1)
  const id = event.id ?? known?.id ?? null
  const done = { ...progress.done }
  if (event.action === 'create') done.add += 1
  else if (event.action === 'update') done.change += 1
  else if (event.action === 'delete') done.destroy += 1
  const status = left === 0 ? 'done' : 'planned'
  return put({ ...progress, done }, event.address, { action: known?.action ?? event.action, status, at: event.at, id, left })
}

/** What is happening now, how long it has taken and what is left. `now` in milliseconds since the epoch. */
export function viewProgress(progress: Progress, now: number): ProgressView {
  const all = Object.entries(progress.resources)
  const changes = all.filter(([, resource]) => CHANGES.has(resource.action))
  const running = all
    .filter(([, resource]) => resource.status === 'running')
    .map(([address, { action, at }]) => ({ address, action, seconds: Math.max(0, Math.round((now - (at ?? now)) / 1000)) }))
    .sort((a, b) => b.seconds - a.seconds)
  return {
    phase: progress.phase,
    finished: changes.filter(([, resource]) => resource.status === 'done').length,
    total: changes.length,
    running,
    errored: changes.filter(([, resource]) => resource.status === 'errored').map(([address]) => address),
    waitingForLock: progress.waitingForLock,
  }
}

const VERBS: Record<Action, string> = {
  create: 'creating',
  update: 'changing',
  replace: 'replacing',
  delete: 'destroying',
  read: 'reading',
  import: 'importing',
  noop: 'looking at',
  move: 'moving',
  forget: 'forgetting',
  other: 'working on',
}

/** One line for a terminal or a log: `3 of 14 done, creating aws_lb.this (42 s) and 2 more`. */
export function describeProgress(view: ProgressView): string {
  if (view.waitingForLock) return 'waiting for the state lock'
  const [longest, ...others] = view.running
  const counted = view.total === 0 ? 'planning' : `${view.finished} of ${view.total} done`
  const now = longest === undefined ? '' : `, ${VERBS[longest.action]} ${longest.address} (${longest.seconds} s)`
  return `${counted}${now}${others.length > 0 ? ` and ${others.length} more` : ''}`
}
