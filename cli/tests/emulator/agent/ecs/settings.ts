import type { Service, TaskDefinition, TaskOverride } from '@aws-sdk/client-ecs'
import { ApiError, type ContainerPlan, type Placement, type ServiceSettings } from './model.ts'

export function settingsOf(service: Service): ServiceSettings {
  const configuration = service.deploymentConfiguration
  return {
    arn: service.serviceArn ?? '',
    name: service.serviceName ?? '',
    clusterArn: service.clusterArn ?? '',
    desiredCount: service.desiredCount ?? 0,
    minimumPercent: configuration?.minimumHealthyPercent ?? 100,
    maximumPercent: configuration?.maximumPercent ?? 200,
    circuitBreaker: {
      enable: configuration?.deploymentCircuitBreaker?.enable ?? false,
      rollback: configuration?.deploymentCircuitBreaker?.rollback ?? false,
    },
    graceSeconds: service.healthCheckGracePeriodSeconds ?? 0,
    revision: {
      taskDefinition: service.taskDefinition ?? '',
      placement: placementOf(service.networkConfiguration),
      targets: (service.loadBalancers ?? []).map(({ targetGroupArn = '', containerName = '', containerPort = 0 }) => ({
        targetGroupArn,
        containerName,
        containerPort,
      })),
      launchType: service.launchType,
      capacityProvider: service.capacityProviderStrategy?.[0]?.capacityProvider,
      platformVersion: service.platformVersion ?? 'LATEST',
    },
  }
}

export function placementOf(network: Service['networkConfiguration']): Placement {
  const configuration = network?.awsvpcConfiguration
  return {
    subnetIds: configuration?.subnets ?? [],
    securityGroupIds: configuration?.securityGroups ?? [],
    publicAddress: configuration?.assignPublicIp === 'ENABLED',
  }
}

/** The containers of a task definition, with what RunTask overrides. */
export function plansOf(definition: TaskDefinition, overrides: TaskOverride = {}): ContainerPlan[] {
  const { containerOverrides = [], ...others } = overrides
  const unknown = Object.entries(others).find(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
  if (unknown !== undefined) throw new ApiError('InvalidParameterException', `the emulator does not implement overrides.${unknown[0]}`)
  const containers = definition.containerDefinitions ?? []
  const stray = containerOverrides.find((each) => !containers.some(({ name }) => name === each.name))
  if (stray !== undefined)
    throw new ApiError('InvalidParameterException', `Override for container named ${stray.name} is not a container in the TaskDefinition.`)
  return containers.map((container) => {
    const { name: _name, command, environment = [], ...rest } = containerOverrides.find((each) => each.name === container.name) ?? {}
    const unimplemented = Object.keys(rest)[0]
    if (unimplemented !== undefined)
      throw new ApiError('InvalidParameterException', `the emulator does not implement containerOverrides.${unimplemented}`)
    const line = command ?? container.command
    return {
      definition: { ...container, name: container.name ?? '', image: container.image ?? '' },
      environment: Object.fromEntries([...(container.environment ?? []), ...environment].map(({ name = '', value = '' }) => [name, value])),
      ...(line === undefined || line.length === 0 ? {} : { command: line }),
    }
  })
}
