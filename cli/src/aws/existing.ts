import type { Aws } from './clients.ts'
import { attempting } from './errors.ts'
import { type Identity, identities } from './identities.ts'
import { openInventory } from './inventory/inventory.ts'
import type { TaggedArn } from './inventory/tagged.ts'
import type { Owner, Thing } from './inventory/thing.ts'
import { findRecords } from './records.ts'

/** A resource that a Terraform plan wants to create. */
export interface PlannedResource {
  address: string
  type: string
  /** `change.after` of the plan's JSON: what is not known yet is absent, what is not set is `null`. */
  values: Record<string, unknown>
}

/** Types that only the tagging API lists, by its service and kind. It may name one that is gone for some minutes. */
const TAGGED_ONLY: Record<string, { service: string; kind: string; name: string }> = {
  aws_cloudwatch_metric_alarm: { service: 'cloudwatch', kind: 'alarm', name: 'alarm_name' },
  aws_ecr_repository: { service: 'ecr', kind: 'repository', name: 'name' },
}

/**
 * Address -> import id of what a plan would create although it exists, left by a run that was killed before Terraform wrote its state.
 * Only what carries both tags of the environment, or hangs on such a thing, is ever given; each at most once.
 *
 * What hangs on a parent (a route, a rule of a security group) is found once the plan knows the parent's id: write the imports, plan
 * again and ask again until nothing new comes. A network takes three rounds.
 */
export async function findExisting(aws: Aws, planned: readonly PlannedResource[], owner: Owner): Promise<Map<string, string>> {
  return attempting(`look for what exists of ${owner.environment}`, async () => {
    const inventory = openInventory(aws, owner)
    const wanted = planned.filter(({ values }) => isOwn(values, owner))
    const areas = [...new Set(wanted.flatMap(({ type }) => identities[type]?.area ?? []))]
    const needsTagged = wanted.some(({ type }) => type in TAGGED_ONLY)
    const [things, tagged] = await Promise.all([inventory.things(areas), needsTagged ? inventory.tagged() : []])

    const found = new Map<string, string>()
    const taken = new Set<string>()
    for (const resource of wanted) {
      const id = matchThing(resource, things, taken) ?? matchTagged(resource, tagged)
      if (id === undefined || taken.has(`${resource.type} ${id}`)) continue
      taken.add(`${resource.type} ${id}`)
      found.set(resource.address, id)
    }
    const records = wanted.filter(({ type }) => type === 'aws_route53_record')
    if (records.length > 0) {
      const balancers = (await inventory.things(['balancing'])).filter(({ type }) => type === 'aws_lb')
      for (const [address, id] of await findRecords(aws, records, balancers)) found.set(address, id)
    }
    return found
  })
}

/** A plan with the tags of another environment is not ours to help. */
function isOwn(values: Record<string, unknown>, owner: Owner): boolean {
  const tags = (values.tags_all ?? {}) as Record<string, string | undefined>
  const environment = tags['devtool:environment']
  return environment === undefined || environment === owner.environment
}

function matchThing({ type, values }: PlannedResource, things: readonly Thing[], taken: ReadonlySet<string>): string | undefined {
  const identity = identities[type]
  if (identity === undefined || identity.anchor.some((key) => plannedValue(values, key) == null)) return undefined
  const keys = [...identity.anchor, ...(identity.also ?? [])]
  const known = keys.filter((key) => plannedValue(values, key) !== undefined)
  const candidates = things
    .filter((thing) => thing.type === type && thing.leaving !== true && !taken.has(`${type} ${thing.id}`))
    .filter((thing) => known.every((key) => same(plannedValue(values, key), thing.attributes[key])))
    .sort((left, right) => (left.id < right.id ? -1 : 1))
  if (candidates.length > 1 && isOpen(identity, known)) return undefined
  return candidates[0]?.id
}

/** Whether a later round will know more about the resource. */
function isOpen(identity: Identity, known: readonly string[]): boolean {
  return (identity.also ?? []).some((key) => !known.includes(key))
}

function matchTagged({ type, values }: PlannedResource, tagged: readonly TaggedArn[]): string | undefined {
  const rule = TAGGED_ONLY[type]
  if (rule === undefined) return undefined
  return tagged.find(({ service, kind, rest }) => service === rule.service && kind === rule.kind && rest === values[rule.name])?.rest
}

function plannedValue(values: Record<string, unknown>, key: string): unknown {
  if (key !== 'Name') return values[key]
  const tags = (values.tags_all ?? values.tags ?? {}) as Record<string, unknown>
  return tags.Name
}

/** A plan writes numbers where an API writes text, and `null` or an empty text where an API writes nothing. */
function same(planned: unknown, existing: unknown): boolean {
  return normal(planned) === normal(existing)
}

function normal(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}
