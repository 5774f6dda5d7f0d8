import type { ContainerDefinition, HealthCheck, LogConfiguration, TaskDefinition } from '@aws-sdk/client-ecs'

/** An image in a private repository of ECR: `<account>.dkr.ecr.<region>.amazonaws.com/<repository>`. */
export const ecrImage = /^(?<account>\d{12})\.dkr\.ecr\.(?<region>[a-z0-9-]+)\.amazonaws\.com\/(?<repository>[^:@]+)/

const NAME = /^[A-Za-z0-9_-]{1,255}$/

/** Amazon ECS API reference, `HealthCheck`: seconds, but for the retries. */
const HEALTH: readonly [keyof HealthCheck, number, number][] = [
  ['interval', 5, 300],
  ['timeout', 2, 60],
  ['retries', 1, 10],
  ['startPeriod', 0, 300],
]

/** What Fargate says of one container. */
export function containerFault(container: ContainerDefinition, definition: TaskDefinition): string | undefined {
  const { name = '', image = '', stopTimeout } = container
  if (!NAME.test(name)) return 'Container.name contains invalid characters.'
  if (image === '') return 'Container.image should not be null or empty.'
  if (stopTimeout !== undefined && stopTimeout < 2) return `Granular stop timeout on container '${name}' must be at least 2 seconds.`
  if (stopTimeout !== undefined && stopTimeout > 120) {
    return 'Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.'
  }
  if (ecrImage.test(image) && definition.executionRoleArn === undefined) {
    return 'Fargate requires task definition to have execution role ARN to support ECR images.'
  }
  return (
    portFault(container) ??
    volumeFault(container, definition) ??
    healthFault(container.healthCheck) ??
    logFault(container.logConfiguration, definition) ??
    secretFault(container, definition) ??
    memoryFault(container)
  )
}

function portFault({ portMappings = [] }: ContainerDefinition): string | undefined {
  for (const { containerPort = 0, hostPort = containerPort, protocol = 'tcp' } of portMappings) {
    if (containerPort < 1 || containerPort > 65535) return 'Container port must be between 1 and 65535.'
    if (hostPort !== containerPort) return 'When networkMode=awsvpc, the host ports and container ports in port mappings must match.'
    if (protocol !== 'tcp') return `the emulator does not implement portMappings.protocol ${protocol}`
  }
  return undefined
}

function volumeFault({ mountPoints = [] }: ContainerDefinition, { volumes = [] }: TaskDefinition): string | undefined {
  const missing = mountPoints.find(({ sourceVolume }) => !volumes.some(({ name }) => name === sourceVolume))
  return missing === undefined ? undefined : `Unknown volume '${missing.sourceVolume}'.`
}

function healthFault(check: HealthCheck | undefined): string | undefined {
  if (check === undefined) return undefined
  const [kind = '', ...rest] = check.command ?? []
  if (!['CMD', 'CMD-SHELL'].includes(kind) || rest.length === 0) return 'Health check command must start with CMD or CMD-SHELL.'
  for (const [key, minimum, maximum] of HEALTH) {
    const value = check[key] as number | undefined
    if (value !== undefined && (value < minimum || value > maximum)) {
      return `Health check ${key} must be between ${minimum} and ${maximum}: ${value}.`
    }
  }
  return undefined
}

function logFault(log: LogConfiguration | undefined, { executionRoleArn }: TaskDefinition): string | undefined {
  if (log === undefined) return undefined
  if (!['awslogs', 'splunk', 'awsfirelens'].includes(log.logDriver ?? '')) {
    return `${log.logDriver} is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]`
  }
  if (log.logDriver !== 'awslogs') return `the emulator does not implement logConfiguration.logDriver ${log.logDriver}`
  if (executionRoleArn === undefined) {
    return 'Fargate requires task definition to have execution role ARN to support log driver awslogs.'
  }
  const needed = ['awslogs-region', 'awslogs-group', 'awslogs-stream-prefix']
  const missing = needed.filter((option) => (log.options?.[option] ?? '') === '')
  return missing.length === 0 ? undefined : `Log driver awslogs requires options: ${missing.join(', ')}`
}

function secretFault({ environment = [], secrets = [] }: ContainerDefinition, { executionRoleArn }: TaskDefinition): string | undefined {
  if (secrets.length > 0 && executionRoleArn === undefined) {
    return "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
  }
  const names = [...environment, ...secrets].map(({ name = '' }) => name)
  const twice = secrets.find(({ name = '' }) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice === undefined) return undefined
  return `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${twice.name}'.`
}

function memoryFault({ name, memory, memoryReservation }: ContainerDefinition): string | undefined {
  if (memory === undefined || memoryReservation === undefined || memory >= memoryReservation) return undefined
  return `Invalid setting for container '${name}'. The specified 'memory' must not be less than 'memoryReservation'.`
}
