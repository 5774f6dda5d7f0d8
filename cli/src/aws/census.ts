import type { Aws } from './clients.ts'
import { attempting } from './errors.ts'
import { allAreas, openInventory } from './inventory/inventory.ts'
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

/**
 * Everything that still exists of an environment, whoever made it: empty after a complete destroy. Task definitions count while they
 * are active. Sorted by type and id.
 */
export async function census(aws: Aws, owner: Owner): Promise<Remainder[]> {
  return attempting(`look for what is left of ${owner.environment}`, async () => {
    const inventory = openInventory(aws, owner)
    const [things, tagged] = await Promise.all([inventory.things(allAreas), inventory.tagged()])
    const found = things.filter(({ part }) => part !== true).map(({ type, id, name }) => ({ type, id, name }))
    const others = tagged
      .filter(isElsewhere)
      .map(({ arn, service, kind, rest }) => ({ type: `${service} ${kind}`.trim(), id: arn, name: rest }))
    return [...found, ...others].sort((left, right) => (`${left.type} ${left.id}` < `${right.type} ${right.id}` ? -1 : 1))
  })
}

/** Loads the clients of a census from disk without a call: to be done while Terraform still works. */
export async function prepareCensus(aws: Aws): Promise<void> {
  await Promise.all([
    aws.acm(),
    aws.ec2(),
    aws.ecs(),
    aws.elb(),
    aws.iam(),
    aws.lambda(),
    aws.logs(),
    aws.rds(),
    aws.secrets(),
    aws.sns(),
    aws.ssm(),
    aws.tagging(),
  ])
}

function isElsewhere({ service, kind }: TaggedArn): boolean {
  if (LOOKED_FOR.has(service) || (service === 'rds' && RDS_KINDS.has(kind))) return false
  // A key that Terraform destroyed waits for its deletion with its tags on, for a week at least.
  return service !== 'kms'
}
