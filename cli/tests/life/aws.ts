/** What the real target asks of AWS, answered from the account of a life. The tests put these in the place of the functions of the same name. */
import type { Aws } from '../../src/aws/clients.ts'
import type { ServiceState } from '../../src/aws/readiness-rules.ts'
import { KINDS, kindOf } from './account.ts'
import type { Process } from './process.ts'
import type { World } from './world.ts'

interface Model {
  world: World
  process: Process
}

interface Owner {
  environment: string
}

const models = new WeakMap<Aws, Model>()

export function modelAws(world: World, process: Process): Aws {
  const nothing = async (): Promise<object> => ({})
  const aws = new Proxy({}, { get: () => nothing }) as Aws
  models.set(aws, { world, process })
  return aws
}

function modelOf(aws: Aws): Model {
  const model = models.get(aws)
  if (model === undefined) throw new Error('that account is none of the tests')
  return model
}

export async function census(aws: Aws, { environment }: Owner): Promise<{ type: string; id: string; name: string }[]> {
  const { world, process } = modelOf(aws)
  return process.pass(`AWS lists what there is of ${environment}`, () => {
    const found = world.account.of(environment).filter(({ kind }) => KINDS[kind].listed)
    if (found.length === 0)
      world.account.happenings.push({ what: 'gone', environment, pullRequest: null, commit: null, at: world.timeline.now })
    return found.map(({ kind, id }) => ({ type: KINDS[kind].type, id, name: id }))
  })
}

export async function prepareCensus(): Promise<void> {
  // loads the clients
}

export async function findExisting(
  aws: Aws,
  planned: readonly { address: string; type: string }[],
  { environment }: Owner,
): Promise<Map<string, string>> {
  const { world, process } = modelOf(aws)
  return process.pass(`AWS lists what exists of ${environment}`, () => {
    const there = world.account.of(environment).filter(({ kind }) => KINDS[kind].imported)
    return new Map(
      planned.flatMap(({ address, type }): [string, string][] => {
        const thing = there.find(({ kind }) => KINDS[kind].type === type)
        return thing === undefined ? [] : [[address, thing.id]]
      }),
    )
  })
}

async function removeAll(aws: Aws, environment: string, type: string): Promise<string[]> {
  const { world, process } = modelOf(aws)
  const kind = kindOf(type)
  return process.pass(`AWS removes each ${kind} of ${environment}`, () => {
    world.checkDestroy(environment)
    const found = world.account.of(environment).filter((thing) => thing.kind === kind)
    for (const { id } of found) world.account.things.delete(id)
    return found.map(({ id }) => id)
  })
}

export const removeTaskDefinitions = (aws: Aws, owner: Owner): Promise<string[]> =>
  removeAll(aws, owner.environment, 'aws_ecs_task_definition')
export const removeSecrets = (aws: Aws, owner: Owner): Promise<string[]> => removeAll(aws, owner.environment, 'aws_secretsmanager_secret')

/** Names of databases have no hyphens. */
export async function removeDatabase(aws: Aws, { database }: { database: string }): Promise<boolean> {
  await removeAll(aws, database.replace(/^shop_/, '').replaceAll('_', '-'), 'aws_lambda_invocation')
  return true
}

export async function readPlatform(): Promise<object> {
  return { database: { admin_function_name: 'shop-database-admin' } }
}

export async function findZone(): Promise<string> {
  return 'Z1'
}

/** Of a service that was changed: until it has started. */
const STARTS_MS = 5_000

export async function serviceStates(aws: Aws, services: readonly { name: string; service: string }[]): Promise<ServiceState[]> {
  const { world, process } = modelOf(aws)
  return process.pass('AWS describes the services', () =>
    services.map(({ name, service }): ServiceState => {
      const thing = world.account.things.get(`${service}/service`)
      const isUp = thing !== undefined && world.timeline.now - thing.at > STARTS_MS
      const isBroken = thing !== undefined && world.isBroken(thing.commit)
      const status = isBroken ? 'failed' : isUp ? 'ready' : 'pending'
      if (status === 'ready') world.ready(service)
      return {
        name,
        status,
        running: isUp ? 1 : 0,
        desired: 1,
        reason: isBroken ? 'the migration 7 failed' : null,
        lastLines: isBroken ? ['ERROR: column "tax" already exists'] : [],
      }
    }),
  )
}
