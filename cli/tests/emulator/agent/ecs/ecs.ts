import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  type Service,
  type Task,
  type TaskDefinition,
} from '@aws-sdk/client-ecs'
import type { DefinitionFault } from '../ports.ts'
import { unimplemented } from './implemented.ts'
import { ApiError, type ServiceOverlay, type TaskPorts, type TaskSpec } from './model.ts'
import type { Limits } from './rollout.ts'
import { type EcsService, runService } from './service.ts'
import { placementOf, plansOf, settingsOf } from './settings.ts'
import { type RunningTask, startTask } from './task.ts'

export interface EcsPorts extends TaskPorts {
  /** Past the gateway. */
  client: ECSClient
  definitionFault: DefinitionFault
  limits?: Partial<Limits>
}

/** What RunTask was asked for. */
export interface RunTaskRequest {
  cluster?: string
  taskDefinition?: string
  count?: number
  launchType?: string
  capacityProviderStrategy?: { capacityProvider?: string }[]
  networkConfiguration?: Service['networkConfiguration']
  overrides?: Task['overrides']
  platformVersion?: string
  startedBy?: string
  group?: string
  tags?: Task['tags']
}

export interface Ecs {
  /** A service was made, or changed, by a call that passed through the gateway. Resolves when the deployment that follows from it has begun. */
  changed(
    service: Pick<Service, 'serviceArn' | 'clusterArn'>,
    options: { force: boolean; taskDefinition: string | undefined },
  ): Promise<void>
  removed(serviceArn: string): void
  /** What is true of a service of ours; undefined for others. */
  overlay(serviceArn: string): ServiceOverlay | undefined
  runTask(request: RunTaskRequest): Promise<RunningTask[]>
  /** Also those that have stopped. */
  tasks(): readonly RunningTask[]
  /** Something that tasks depend on has changed. */
  wake(): void
  /** Why Fargate would not register a task definition. */
  fault(definition: TaskDefinition): string | undefined
  /** Ends all tasks at once and forgets all services. */
  stop(): Promise<void>
}

export function createEcs(ports: EcsPorts): Ecs {
  const services = new Map<string, EcsService>()
  let single: RunningTask[] = []
  /** A call at a time for each service. */
  const turns = new Map<string, Promise<unknown>>()

  const definitionOf = async (name: string): Promise<TaskDefinition> => {
    const { taskDefinition } = await ports.client.send(new DescribeTaskDefinitionCommand({ taskDefinition: name }))
    if (taskDefinition === undefined) throw new ApiError('ClientException', 'TaskDefinition not found.')
    return taskDefinition
  }

  const clusterOf = async (name: string): Promise<string> => {
    const { clusters } = await ports.client.send(new DescribeClustersCommand({ clusters: [name] }))
    const cluster = clusters?.find(({ status }) => status === 'ACTIVE')
    if (cluster?.clusterArn === undefined) throw new ApiError('ClusterNotFoundException', 'Cluster not found.')
    return cluster.clusterArn
  }

  const change = async (arn: string, clusterArn: string, force: boolean, named: string | undefined): Promise<void> => {
    const { services: found } = await ports.client.send(new DescribeServicesCommand({ cluster: clusterArn, services: [arn] }))
    const service = found?.[0]
    if (service === undefined || service.status === 'INACTIVE') return
    const settings = settingsOf(service)
    const definition = await definitionOf(settings.revision.taskDefinition)
    const known = services.get(arn)
    const active = known?.view().status === 'ACTIVE' ? known : undefined
    const running = active ?? runService({ ...ports, start: (spec, changed) => startTask(ports, spec, changed), specOf }, settings)
    services.set(arn, running)
    const back = named !== undefined && active !== undefined && active.view().taskDefinition !== settings.revision.taskDefinition
    running.apply(settings, definition, { force: force || back, fault: unimplemented(service) ?? ports.definitionFault(definition) })
  }

  const all = (): RunningTask[] => [...single, ...[...services.values()].flatMap((service) => service.tasks())]

  return {
    changed: ({ serviceArn = '', clusterArn = '' }, { force, taskDefinition }) => {
      const before = turns.get(serviceArn) ?? Promise.resolve()
      const turn = before.catch(() => undefined).then(() => change(serviceArn, clusterArn, force, taskDefinition))
      turns.set(serviceArn, turn)
      return turn
    },
    removed: (arn) => void services.get(arn)?.remove(),
    overlay: (arn) => services.get(arn)?.view(),
    runTask: async (request) => {
      const clusterArn = await clusterOf(request.cluster ?? 'default')
      const definition = await definitionOf(request.taskDefinition ?? '')
      const fault = ports.definitionFault(definition)
      if (fault !== undefined) throw new ApiError('ClientException', fault)
      const placement = placementOf(request.networkConfiguration)
      if (placement.subnetIds.length === 0) {
        throw new ApiError('InvalidParameterException', "Network Configuration must be provided when networkMode 'awsvpc' is specified.")
      }
      const capacityProvider = request.capacityProviderStrategy?.[0]?.capacityProvider
      const spec: TaskSpec = {
        clusterArn,
        definition,
        containers: plansOf(definition, request.overrides),
        group: request.group ?? `family:${definition.family}`,
        placement,
        targets: [],
        launchType: capacityProvider === undefined ? (request.launchType ?? 'FARGATE') : undefined,
        capacityProvider,
        platformVersion: request.platformVersion ?? 'LATEST',
        ...(request.startedBy === undefined ? {} : { startedBy: request.startedBy }),
        ...(request.overrides === undefined ? {} : { overrides: request.overrides }),
        ...(request.tags === undefined ? {} : { tags: request.tags }),
      }
      const started = Array.from({ length: request.count ?? 1 }, () => startTask(ports, spec, () => {}))
      single = [...single, ...started].slice(-1_000)
      return started
    },
    tasks: all,
    wake: () => {
      for (const service of services.values()) service.wake()
    },
    fault: (definition) => ports.definitionFault(definition),
    stop: async () => {
      await Promise.all([...services.values()].map((service) => service.abandon()))
      await Promise.all(single.map((task) => task.abandon()))
      services.clear()
      turns.clear()
      single = []
    },
  }
}

const specOf: Parameters<typeof runService>[0]['specOf'] = (settings, deployment) => ({
  clusterArn: settings.clusterArn,
  definition: deployment.definition,
  containers: plansOf(deployment.definition),
  startedBy: deployment.id,
  group: `service:${settings.name}`,
  ...deployment.revision,
})
