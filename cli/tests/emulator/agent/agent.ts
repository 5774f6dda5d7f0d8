import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Task } from '@aws-sdk/client-ecs'
import { systemClock } from '../../../src/system/clock.ts'
import { systemRandom } from '../../../src/system/random.ts'
import { type Emulator, type EmulatorOptions, emulatorRegion, startEmulator } from '../emulator.ts'
import { createAccount } from './account.ts'
import { createAuthority } from './certificates.ts'
import { type Visitor, visitor } from './client.ts'
import { createContainers } from './container/runtime.ts'
import { createAddresses } from './ecs/addresses.ts'
import { createEcsApi } from './ecs/api.ts'
import { createEcs } from './ecs/ecs.ts'
import { createLogs } from './ecs/logs.ts'
import type { Limits } from './ecs/rollout.ts'
import { createElbApi } from './elb-api.ts'
import { definitionFault } from './fargate/definition.ts'
import { prepareTask } from './fargate/prepare.ts'
import { type Handler, startGateway } from './gateway.ts'
import { createFunctions } from './lambda/functions.ts'
import { createLambdaApi } from './lambda-api.ts'
import { createLoadBalancers } from './load-balancer/load-balancers.ts'
import type { AgentPorts, DatabaseEndpoint, ImageStore, RoutedRequest } from './ports.ts'
import { createDatabases } from './rds/databases.ts'
import { createRdsApi } from './rds-api.ts'
import { createWorld } from './world.ts'

export interface RunningEmulator extends Emulator {
  /** The same account past the agent: services made there are not run. */
  direct: Record<string, string>
  /** A request of somebody outside, by the names and through the rules that were applied. */
  request: Visitor['request']
  listener: Visitor['listener']
  /** What passed through the rules, oldest first. */
  requests(): readonly RoutedRequest[]
  /** Every task that was started, also those that have stopped. */
  tasks(): Task[]
  databases(): readonly DatabaseEndpoint[]
  /** The authority of all certificates in this account, for a client of one's own. */
  authority: string
  /** Resolves when what was applied until now has taken effect; rejects with what this emulator does not implement of it. */
  settled(): Promise<void>
}

export interface RunningEmulatorOptions extends EmulatorOptions {
  images: ImageStore
  /** How patient the deployment controller is. */
  limits?: Partial<Limits>
}

/** Changes of these have an effect on what runs. */
const EFFECTIVE = new Set(['ecs', 'elasticloadbalancing', 'ec2', 'rds', 'route53', 'acm', 'secretsmanager', 'iam', 'logs', 'ssm'])

/** Starts an emulator whose ECS services, load balancers, functions and databases really run; all of it ends with `stop`. */
export async function startRunningEmulator(options: RunningEmulatorOptions): Promise<RunningEmulator> {
  const ends: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    const failed: unknown[] = []
    // each, whatever the others do
    for (const end of ends.splice(0).reverse()) await end().catch((error: unknown) => failed.push(error))
    if (failed.length > 0) throw new AggregateError(failed, 'the emulator did not end cleanly')
  }
  try {
    return await assemble(options, ends, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function assemble(
  { images, limits, ...options }: RunningEmulatorOptions,
  ends: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<RunningEmulator> {
  const folder = await mkdtemp(path.join(tmpdir(), 'devtool-emulator-'))
  ends.push(() => rm(folder, { recursive: true, force: true }))
  const moto = await startEmulator(options)
  ends.push(() => moto.stop())
  const account = createAccount(moto.url, emulatorRegion)
  const authority = await createAuthority(path.join(folder, 'authority'))

  // filled below: the parts that answer need the gateway's address
  const handlers: Record<string, Handler> = {}
  const gateway = await startGateway({ upstream: moto.url, handlers, onChange: (service) => changed(service) })
  ends.push(() => gateway.stop())
  const changed = (service: string): void => {
    account.changed(service)
    if (EFFECTIVE.has(service)) world.wake()
  }

  const ports: AgentPorts = {
    clients: account.clients,
    region: emulatorRegion,
    endpoint: gateway.url,
    folder,
    authority,
    images,
    network: account.network,
    functionNetwork: (subnetIds, securityGroupIds) => world.ofFunction(subnetIds, securityGroupIds),
  }
  const databases = createDatabases(ports)
  ends.push(() => databases.stop())
  const loadBalancers = createLoadBalancers(ports)
  ends.push(() => loadBalancers.stop())
  const functions = createFunctions(ports)
  ends.push(() => functions.stop())
  const containers = createContainers(ports)
  ends.push(() => containers.stop())
  const ecs = createEcs({
    clock: systemClock,
    random: systemRandom,
    client: account.clients.ecs,
    definitionFault,
    runtime: containers,
    prepare: async (definition, from) => {
      await world.settled()
      return prepareTask(definition, from, await account.view())
    },
    targets: loadBalancers,
    addresses: createAddresses(account.clients.ec2),
    logs: createLogs(account.clients.logs, systemClock),
    network: (from) => world.of(from),
    ...(limits === undefined ? {} : { limits }),
  })
  ends.push(() => ecs.stop())
  const world = createWorld({ account, databases, loadBalancers, ecs, containers })
  ends.push(() => world.stop())
  const { settled } = world
  Object.assign(handlers, {
    ecs: createEcsApi(ecs),
    elasticloadbalancing: createElbApi(loadBalancers),
    lambda: createLambdaApi({ functions, settled }),
    rds: createRdsApi(databases),
  })

  return {
    ...moto,
    url: gateway.url,
    environment: { ...moto.environment, AWS_ENDPOINT_URL: gateway.url },
    direct: moto.environment,
    ...visitor({ account, loadBalancers, authority, settled }),
    requests: loadBalancers.requests,
    tasks: () => ecs.tasks().map((task) => task.view()),
    databases: databases.endpoints,
    authority: authority.file,
    settled,
    reset: async () => {
      await ecs.stop()
      await moto.reset()
      for (const service of EFFECTIVE) changed(service)
      await settled()
    },
    stop,
  }
}
