import type { Aws } from './clients.ts'
import { attempting } from './errors.ts'
import { type Area, allAreas, openInventory } from './inventory/inventory.ts'
import type { TaggedArn } from './inventory/tagged.ts'
import type { Owner } from './inventory/thing.ts'

export interface Remainder {
  /** The Terraform type where it is known, else service and kind as in the ARN. */
  type: string
  /** Import id or ARN. */
  id: string
  name: string
}

/** Services whose things are looked for directly: what the tagging API adds of them is gone already. */
const LOOKED_FOR = new Set(['acm', 'ec2', 'ecs', 'elasticloadbalancing', 'iam', 'lambda', 'logs', 'secretsmanager', 'sns', 'ssm'])
/** Looked for as well, or a snapshot, which somebody keeps on purpose. */
const RDS_KINDS = new Set(['db', 'pg', 'subgrp', 'snapshot', 'cluster-snapshot'])

/** What every preview is made of; the services behind it, and how their ARNs name them. */
const USUAL_AREAS = ['containers', 'balancing', 'secrets'] as const
const USUAL_SERVICES = new Set(['ecs', 'elasticloadbalancing', 'secretsmanager'])

export interface CensusOptions {
  /** Look everywhere, whatever the tags say: after a run that was cut off. */
  thorough: boolean
}

/**
 * Everything that still exists of an environment, whoever made it: empty after a complete destroy. Task definitions count while they
 * are active. Sorted by type and id. Looks at what previews are made of and asks the tagging API for the rest; where that names something
 * else, or when it should be thorough, it looks everywhere.
 */
export async function census(aws: Aws, owner: Owner, options: CensusOptions): Promise<Remainder[]> {
  return attempting(`look for what is left of ${owner.environment}`, async () => {
    const inventory = openInventory(aws, owner)
    const first: readonly Area[] = options.thorough ? allAreas : USUAL_AREAS
    const [usual, tagged] = await Promise.all([inventory.things(first), inventory.tagged()])
    const things = tagged.every(({ service }) => USUAL_SERVICES.has(service)) ? usual : await inventory.things(allAreas)
    const found = things.filter(({ part }) => part !== true).map(({ type, id, name }) => ({ type, id, name }))
    const others = tagged
      .filter(isElsewhere)
      .map(({ arn, service, kind, rest }) => ({ type: `${service} ${kind}`.trim(), id: arn, name: rest }))
    return [...found, ...others].sort((left, right) => (`${left.type} ${left.id}` < `${right.type} ${right.id}` ? -1 : 1))
  })
}

/** Loads the clients of a census that is not thorough from disk, without a call: to be done while Terraform still works. */
export async function prepareCensus(aws: Aws): Promise<void> {
  await Promise.all([aws.ecs(), aws.elb(), aws.secrets(), aws.tagging()])
}

function isElsewhere({ service, kind }: TaggedArn): boolean {
  if (LOOKED_FOR.has(service) || (service === 'rds' && RDS_KINDS.has(kind))) return false
  // A key that Terraform destroyed waits for its deletion with its tags on, for a week at least.
  return service !== 'kms'
}
