import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs'
import { systemClock } from '../../../../src/system/clock.ts'
import { systemRandom } from '../../../../src/system/random.ts'
import type { ContainerSpec, Exit, Interface, RunningContainer, Target, TargetHealthState } from '../ports.ts'
import type { ServiceSettings, TaskPorts, TaskSpec } from './model.ts'
import type { Limits } from './rollout.ts'
import { type EcsService, runService } from './service.ts'
import { plansOf } from './settings.ts'
import { startTask } from './task.ts'

/** A container that a test ends, or leaves to be stopped. */
export interface FakeContainer extends RunningContainer {
  spec: ContainerSpec
  exit(code: number): void
  /** What its health check answers with. */
  check: number
  stopped: boolean
}

export interface FakeWorld {
  ports: TaskPorts
  containers: FakeContainer[]
  /** The newest container of that name. */
  container(name: string): FakeContainer
  /** What each container of that name does as soon as it runs, or an error that its start ends with. */
  behave(name: string, behaviour: ((container: FakeContainer) => void) | Error): void
  targets: Map<string, { target: Target; state: TargetHealthState['state'] }>
  /** What a new target becomes at once. */
  newTarget: TargetHealthState['state']
  setHealth(id: string, state: TargetHealthState['state']): void
  /** Called when a target's health changes. */
  onHealth: () => void
  logged: string[]
  order: string[]
  prepare: TaskPorts['prepare']
}

const GROUP = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef'

/** The parts around the controller, in memory; each refuses what a test did not ask for. */
export function fakeWorld(): FakeWorld {
  const behaviours = new Map<string, ((container: FakeContainer) => void) | Error>()
  let addresses = 10
  const world: FakeWorld = {
    containers: [],
    targets: new Map(),
    newTarget: 'healthy',
    logged: [],
    order: [],
    onHealth: () => {},
    prepare: async () => ({ secrets: {} }),
    behave: (name, behaviour) => void behaviours.set(name, behaviour),
    container: (name) => {
      const found = world.containers.findLast(({ spec }) => spec.name === name)
      if (found === undefined) throw new Error(`no container ${name} was started`)
      return found
    },
    setHealth: (id, state) => {
      const entry = world.targets.get(id)
      if (entry === undefined) throw new Error(`${id} is not registered`)
      entry.state = state
      world.onHealth()
    },
    ports: {
      clock: systemClock,
      random: systemRandom,
      prepare: (definition, from) => world.prepare(definition, from),
      network: () => [],
      runtime: {
        start: async (spec) => {
          if (spec.image === 'missing') throw new Error(`CannotPullContainerError: pull image manifest: ${spec.image}: not found`)
          const behaviour = behaviours.get(spec.name)
          if (behaviour instanceof Error) throw behaviour
          const container = fakeContainer(spec, world.order)
          world.containers.push(container)
          world.order.push(`start ${spec.name}`)
          if (behaviour !== undefined) setImmediate(() => behaviour(container))
          return container
        },
      },
      targets: {
        register: (group, target) => {
          if (group !== GROUP) throw new Error(`unexpected target group ${group}`)
          world.targets.set(target.id, { target, state: world.newTarget })
          world.order.push('register')
        },
        deregister: async (_group, id) => {
          world.order.push('deregister')
          const entry = world.targets.get(id)
          if (entry !== undefined) entry.state = 'draining'
          await systemClock.sleep(10)
          world.targets.delete(id)
          world.order.push('drained')
        },
        health: () => [...world.targets].map(([id, { target, state }]) => ({ id, port: target.port, state })),
      },
      addresses: {
        take: async ({ subnetIds, securityGroupIds, publicAddress }): Promise<Interface> => {
          addresses += 1
          return { address: `10.0.0.${addresses}`, subnetId: subnetIds[0] ?? '', securityGroupIds, publicAddress }
        },
        release: () => {},
      },
      logs: { write: (_group, _stream, line) => void world.logged.push(line), flush: async () => {} },
    },
  }
  return world
}

let pid = 0

function fakeContainer(spec: ContainerSpec, order: string[]): FakeContainer {
  let finish: (exit: Exit) => void = () => {}
  const ended = new Promise<Exit>((resolve) => {
    finish = resolve
  })
  pid += 1
  const container: FakeContainer = {
    spec,
    pid,
    ended,
    check: 0,
    stopped: false,
    exit: (code) => finish({ code, signal: null }),
    stop: async () => {
      container.stopped = true
      order.push(`stop ${spec.name}`)
      finish({ code: null, signal: 'SIGTERM' })
      return ended
    },
    lastLines: () => [],
    portOf: (port) => 40_000 + port,
    run: async () => ({ exitCode: container.check }),
  }
  return container
}

export function definitionOf(
  revision: number,
  containers: ContainerDefinition[] = [{ name: 'web', image: `web:${revision}` }],
): TaskDefinition {
  return {
    taskDefinitionArn: `arn:aws:ecs:us-east-1:123456789012:task-definition/web:${revision}`,
    family: 'web',
    revision,
    containerDefinitions: containers,
  }
}

const clusterArn = 'arn:aws:ecs:us-east-1:123456789012:cluster/shop'
const placement = { subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'], publicAddress: false }
const revisionRest = { placement, launchType: 'FARGATE', capacityProvider: undefined, platformVersion: 'LATEST' }

export function taskSpec(containers: ContainerDefinition[], routed = false): TaskSpec {
  const definition = definitionOf(1, containers)
  return { clusterArn, definition, containers: plansOf(definition), group: 'family:web', targets: routed ? target : [], ...revisionRest }
}

const target = [{ targetGroupArn: GROUP, containerName: 'web', containerPort: 3000 }]

export interface FakeService {
  service: EcsService
  deploy(change: Partial<ServiceSettings> & { definition?: TaskDefinition; force?: boolean; fault?: string }): void
}

export function fakeService(
  world: FakeWorld,
  change: Partial<ServiceSettings> & { routed?: boolean; limits?: Partial<Limits> } = {},
): FakeService {
  const { routed = true, limits, ...rest } = change
  const revision = (definition: TaskDefinition) => ({
    taskDefinition: definition.taskDefinitionArn ?? '',
    targets: routed ? target : [],
    ...revisionRest,
  })
  let settings: ServiceSettings = {
    arn: 'arn:aws:ecs:us-east-1:123456789012:service/shop/web',
    name: 'web',
    clusterArn,
    desiredCount: 1,
    minimumPercent: 100,
    maximumPercent: 200,
    circuitBreaker: { enable: true, rollback: true },
    graceSeconds: 0,
    revision: revision(definitionOf(1)),
    ...rest,
  }
  let current = definitionOf(1)
  const service = runService(
    {
      clock: systemClock,
      random: systemRandom,
      start: (spec, changed) => startTask(world.ports, spec, changed),
      specOf: (of, deployment) => ({
        clusterArn: of.clusterArn,
        definition: deployment.definition,
        containers: plansOf(deployment.definition),
        startedBy: deployment.id,
        group: `service:${of.name}`,
        ...deployment.revision,
      }),
      limits: { steadyMs: 20, backoffMs: 1, longestBackoffMs: 5, rollbackMs: 50, ...limits },
    },
    settings,
  )
  world.onHealth = service.wake
  return {
    service,
    deploy: ({ definition = current, force = false, fault, ...wanted }) => {
      current = definition
      settings = { ...settings, ...wanted, revision: revision(definition) }
      service.apply(settings, definition, { force, fault })
    },
  }
}

/** Waits until it holds, by looking; a test's own time limit ends it. */
export async function eventually<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const value = look()
    if (value !== undefined && value !== false) return value
    await systemClock.sleep(2)
  }
}
