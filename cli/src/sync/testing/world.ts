import { expiry } from '../../environment/expiry.ts'
import { isRemoval, type SyncAction, type SyncPlan } from '../action.ts'
import type { PullRequestFacts } from '../facts.ts'
import type { SyncInput, SyncRecord, SyncTombstone } from '../input.ts'
import { planSync } from '../plan.ts'

/** A small model of what carries a plan out, and what it leaves behind. */

export const NOW = new Date('2026-11-21T12:00:00.000Z')

/** ISO 8601, so many hours after `NOW`. */
export function at(hours: number): string {
  return new Date(NOW.getTime() + hours * 3_600_000).toISOString()
}

export const A = 'a'.repeat(40)
export const B = 'b'.repeat(40)

export function pull(number: number, change: Partial<PullRequestFacts> = {}): PullRequestFacts {
  return {
    number,
    state: 'open',
    merged: false,
    labels: ['preview'],
    headRepository: 'acme/shop',
    branch: 'feature',
    commit: A,
    updatedAt: at(-1),
    draft: false,
    title: 'a title',
    author: 'ada',
    url: `https://github.com/acme/shop/pull/${number}`,
    ...change,
  }
}

export function record(name: string, pullRequest: number | null, change: Partial<SyncRecord> = {}): SyncRecord {
  return {
    name,
    project: 'shop',
    target: 'aws',
    template: 'preview',
    pinned: false,
    status: 'ready',
    pullRequest,
    commit: A,
    createdAt: at(-5),
    updatedAt: at(-2),
    expiresAt: at(70),
    ...change,
  }
}

export function tombstone(name: string, pullRequest: number, change: Partial<SyncTombstone> = {}): SyncTombstone {
  return { name, project: 'shop', target: 'aws', pullRequest, commit: A, updatedAt: at(-1), expiresAt: at(-2), ...change }
}

export function input(pulls: readonly PullRequestFacts[], records: readonly SyncRecord[], change: Partial<SyncInput> = {}): SyncInput {
  return {
    project: 'shop',
    now: NOW,
    answer: { repository: 'acme/shop', complete: true, pullRequests: pulls },
    records,
    tombstones: [],
    pinned: ['production'],
    leases: [],
    previews: { label: 'preview', ttl: '72h', limit: 20 },
    ...change,
  }
}

/** What counts for the limit, said once more and in other words than the planner does. */
export function running({ records, leases, pinned, project }: SyncInput): number {
  const ours = records.filter((one) => one.project === project && one.target === 'aws' && one.template !== 'platform')
  const previews = ours.filter((one) => !one.pinned && !pinned.includes(one.name))
  return previews.filter((one) => one.status !== 'claimed' || leases.includes(one.name)).length
}

/** `destroy calm-otter #7: it was merged` */
export function told({ kind, environment, pullRequest, reason }: SyncAction): string {
  return `${kind} ${environment ?? '-'}${pullRequest === null ? '' : ` #${pullRequest}`}: ${reason}`
}

export interface Outcome {
  plan: SyncPlan
  /** What the next run finds. */
  after: SyncInput
  /** The most environments that ran at any moment. */
  peak: number
}

/** A run as it is meant: plans, looks up what the plan asks for in `truth`, plans again and carries out, where `failing` cannot be destroyed. */
export function run(before: SyncInput, truth: readonly PullRequestFacts[], failing: ReadonlySet<string> = new Set()): Outcome {
  const asked = planSync(before).actions.filter(({ kind }) => kind === 'ask')
  let world = asked.length === 0 ? before : answered(before, new Set(asked.map(({ pullRequest }) => pullRequest as number)), truth)
  const plan = planSync(world)
  let peak = running(world)
  const stuck = new Set<string>()
  for (const action of plan.actions) {
    if (isRemoval(action) && failing.has(action.environment as string)) stuck.add(action.environment as string)
    else if (action.inPlaceOf === null || !stuck.has(action.inPlaceOf)) world = carriedOut(world, action)
    peak = Math.max(peak, running(world))
  }
  return { plan, after: world, peak }
}

function answered(before: SyncInput, asked: ReadonlySet<number>, truth: readonly PullRequestFacts[]): SyncInput {
  const found = truth.filter(({ number }) => asked.has(number))
  const known = new Set(found.map(({ number }) => number))
  return {
    ...before,
    answer: { ...before.answer, pullRequests: [...before.answer.pullRequests, ...found] },
    notFound: [...(before.notFound ?? []), ...[...asked].filter((number) => !known.has(number))],
  }
}

function carriedOut(world: SyncInput, action: SyncAction): SyncInput {
  const { records, previews, now } = world
  const name = action.environment ?? `new-${action.pullRequest}`
  const old = records.find((one) => one.name === name)
  if (isRemoval(action)) {
    const gone = { ...(old as SyncRecord), status: 'destroyed' as const, updatedAt: now.toISOString() }
    return {
      ...world,
      records: records.filter((one) => one !== old),
      tombstones: [...world.tombstones.filter((one) => one.name !== name), gone],
    }
  }
  if (action.kind !== 'create' && action.kind !== 'update') return world
  const base = old ?? record(name, action.pullRequest, { createdAt: now.toISOString() })
  const expiresAt = expiry(now, previews.ttl)?.toISOString() ?? null
  const made: SyncRecord = { ...base, status: 'ready', commit: action.commit, updatedAt: now.toISOString(), expiresAt }
  return { ...world, records: [...records.filter((one) => one !== old), made] }
}
