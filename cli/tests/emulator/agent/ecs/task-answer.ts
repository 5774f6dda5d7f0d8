import type { Task, TaskStopCode } from '@aws-sdk/client-ecs'
import type { Interface } from '../ports.ts'
import type { ContainerState } from './containers.ts'
import type { TaskSpec } from './model.ts'

export interface TaskProgress {
  lastStatus: 'PROVISIONING' | 'PENDING' | 'ACTIVATING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'STOPPED'
  desiredStatus: 'RUNNING' | 'STOPPED'
  createdAt: Date
  startedAt?: Date
  stoppingAt?: Date
  executionStoppedAt?: Date
  stoppedAt?: Date
  stopCode?: TaskStopCode
  stoppedReason?: string
  interface?: Interface
}

export interface TaskFacts {
  arn: string
  spec: TaskSpec
  progress: TaskProgress
  /** Empty until they are being started. */
  containers: readonly ContainerState[]
}

/** A task as DescribeTasks shows it. */
export function describeTask({ arn, spec, progress, containers }: TaskFacts): Task {
  const { interface: from, ...times } = progress
  const attachmentId = arn.split('/').at(-1)
  return {
    taskArn: arn,
    clusterArn: spec.clusterArn,
    taskDefinitionArn: spec.definition.taskDefinitionArn,
    group: spec.group,
    startedBy: spec.startedBy,
    launchType: spec.launchType as Task['launchType'],
    capacityProviderName: spec.capacityProvider,
    platformVersion: spec.platformVersion === 'LATEST' ? '1.4.0' : spec.platformVersion,
    platformFamily: 'Linux',
    cpu: spec.definition.cpu,
    memory: spec.definition.memory,
    connectivity: 'CONNECTED',
    overrides: spec.overrides ?? { containerOverrides: [], inferenceAcceleratorOverrides: [] },
    tags: spec.tags ?? [],
    version: 1,
    ...times,
    healthStatus: healthOf(spec, containers),
    attachments: [
      {
        id: attachmentId,
        type: 'ElasticNetworkInterface',
        status: progress.lastStatus === 'STOPPED' ? 'DELETED' : from === undefined ? 'PRECREATED' : 'ATTACHED',
        details:
          from === undefined
            ? []
            : [
                { name: 'subnetId', value: from.subnetId },
                { name: 'privateIPv4Address', value: from.address },
              ],
      },
    ],
    containers: spec.containers.map(({ definition }) => {
      const state = containers.find(({ name }) => name === definition.name)
      return {
        containerArn: `${arn.replace(':task/', ':container/')}/${definition.name}`,
        taskArn: arn,
        name: definition.name,
        image: definition.image,
        lastStatus: state?.lastStatus ?? (progress.lastStatus === 'STOPPED' ? 'STOPPED' : 'PENDING'),
        healthStatus: state?.healthStatus ?? 'UNKNOWN',
        networkInterfaces: from === undefined ? [] : [{ attachmentId, privateIpv4Address: from.address }],
        ...(state?.exitCode === undefined ? {} : { exitCode: state.exitCode }),
        ...(state?.reason === undefined ? {} : { reason: state.reason }),
      }
    }),
  }
}

/** Unknown where an essential container has no check or no answer yet; a task is as healthy as the worst of those that are checked. */
function healthOf(spec: TaskSpec, containers: readonly ContainerState[]): Task['healthStatus'] {
  const checked = spec.containers.filter(({ definition }) => definition.healthCheck !== undefined && definition.essential !== false)
  const states = checked.map(({ definition }) => containers.find(({ name }) => name === definition.name)?.healthStatus ?? 'UNKNOWN')
  if (states.includes('UNHEALTHY')) return 'UNHEALTHY'
  return states.length > 0 && states.every((state) => state === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN'
}
