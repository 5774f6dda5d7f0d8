import type { ContainerDefinition, Service, Task, TaskDefinition } from '@aws-sdk/client-ecs'
import type { Clock } from '../../../../src/system/clock.ts'
import type { Random } from '../../../../src/system/random.ts'
import type { ContainerRuntime, Interface, LoadBalancers, PreparedTask, Route } from '../ports.ts'

export interface Placement {
  subnetIds: string[]
  securityGroupIds: string[]
  publicAddress: boolean
}

export interface TargetSetting {
  targetGroupArn: string
  containerName: string
  containerPort: number
}

/** What of a service decides what its tasks are; a change of any of it is a new deployment. */
export interface Revision {
  taskDefinition: string
  placement: Placement
  targets: TargetSetting[]
  launchType: string | undefined
  capacityProvider: string | undefined
  platformVersion: string
}

export interface ServiceSettings {
  arn: string
  name: string
  clusterArn: string
  desiredCount: number
  revision: Revision
  minimumPercent: number
  maximumPercent: number
  circuitBreaker: { enable: boolean; rollback: boolean }
  graceSeconds: number
}

/** What one container of a task is made of, after the overrides of RunTask. */
export interface ContainerPlan {
  definition: ContainerDefinition & { name: string; image: string }
  command?: string[]
  environment: Record<string, string>
}

export interface TaskSpec {
  clusterArn: string
  definition: TaskDefinition
  containers: readonly ContainerPlan[]
  /** The deployment, or what RunTask said. */
  startedBy?: string
  group: string
  placement: Placement
  targets: readonly TargetSetting[]
  launchType: string | undefined
  capacityProvider: string | undefined
  platformVersion: string
  overrides?: Task['overrides']
  tags?: Task['tags']
}

/** Where the output of containers goes. */
export interface Logs {
  write(group: string, stream: string, line: string): void
  /** Resolves when what was written until now is in the account. */
  flush(): Promise<void>
}

/** Addresses of network interfaces, from the ranges of the applied subnets. */
export interface Addresses {
  /** Picks the subnet with the fewest interfaces of ours. Rejects where a subnet does not exist. */
  take(placement: Placement): Promise<Interface>
  release(taken: Interface): void
}

export interface TaskPorts {
  clock: Clock
  random: Random
  runtime: ContainerRuntime
  prepare(definition: TaskDefinition, from: Interface): Promise<PreparedTask>
  targets: Pick<LoadBalancers, 'register' | 'deregister' | 'health'>
  addresses: Addresses
  logs: Logs
  network(from: Interface): readonly Route[]
}

/** The fields of the API's `Service` that the agent knows better than moto. */
export type ServiceOverlay = Pick<
  Service,
  'status' | 'desiredCount' | 'runningCount' | 'pendingCount' | 'taskDefinition' | 'deployments' | 'events'
>

/** An error that the API answers with, as AWS names it. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message)
  }
}
