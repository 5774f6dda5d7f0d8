import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs'
import { describe, expect, test } from 'vitest'
import { definitionFault } from './definition.ts'

const logConfiguration = {
  logDriver: 'awslogs' as const,
  options: { 'awslogs-group': '/shop', 'awslogs-region': 'eu-west-1', 'awslogs-stream-prefix': 'calm-heron' },
}
const healthCheck = { command: ['CMD-SHELL', 'true'], interval: 10, timeout: 5, retries: 3, startPeriod: 60 }

/** As module ecs-service makes it: migrations that must succeed before the service starts. */
function definition(
  fields: Partial<TaskDefinition> = {},
  main: Partial<ContainerDefinition> = {},
  init: Partial<ContainerDefinition> = {},
) {
  const shared: ContainerDefinition = {
    image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1',
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: true },
    stopTimeout: 30,
    cpu: 0,
    volumesFrom: [],
    environment: [{ name: 'PORT', value: '3000' }],
    secrets: [{ name: 'DATABASE_URL', valueFrom: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/database-AbCdEf:url::' }],
    logConfiguration,
  }
  const containers: ContainerDefinition[] = [
    {
      ...shared,
      name: 'web',
      essential: true,
      portMappings: [{ containerPort: 3000, hostPort: 3000, protocol: 'tcp' }],
      mountPoints: [{ sourceVolume: 'web-tmp', containerPath: '/tmp', readOnly: false }],
      dependsOn: [{ containerName: 'migrations', condition: 'SUCCESS' }],
      healthCheck,
      ...main,
    },
    { ...shared, name: 'migrations', essential: false, command: ['sh', '-c', 'true'], portMappings: [], ...init },
  ]
  const whole: TaskDefinition = {
    taskDefinitionArn: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:1',
    family: 'shop-web',
    revision: 1,
    status: 'ACTIVE',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    compatibilities: ['EC2', 'FARGATE'],
    cpu: '256',
    memory: '512',
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    taskRoleArn: 'arn:aws:iam::123456789012:role/task',
    runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
    volumes: [{ name: 'web-tmp', host: {} }],
    placementConstraints: [],
    containerDefinitions: containers,
    ...fields,
  }
  return whole
}

test('what the modules make is accepted', () => {
  expect(definitionFault(definition())).toBeUndefined()
  expect(definitionFault(definition({ cpu: '.25 vCPU', memory: '0.5GB' }))).toBeUndefined()
})

describe('the task', () => {
  test.each<[Partial<TaskDefinition>, string]>([
    [
      { cpu: '256', memory: '4096' },
      'No Fargate configuration exists for given values: 256 CPU, 4096 memory. See the Amazon ECS documentation for the valid values.',
    ],
    [{ cpu: '300' }, 'No Fargate configuration exists for given values: 300 CPU, 512 memory.'],
    [{ networkMode: 'bridge' }, 'Fargate only supports network mode ‘awsvpc’.'],
    [{ requiresCompatibilities: ['EC2'] }, 'Task definition does not support launch_type FARGATE.'],
    [{ ephemeralStorage: { sizeInGiB: 20 } }, 'Ephemeral storage size must be between 21 and 200 GiB.'],
    [
      { runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' } },
      'does not implement runtimePlatform.operatingSystemFamily',
    ],
    [{ containerDefinitions: [] }, 'Container list cannot be empty.'],
    [{ volumes: [] }, "Unknown volume 'web-tmp'."],
  ])('%o', (fields, message) => {
    expect(definitionFault(definition(fields))).toContain(message)
  })

  test('the execution role is needed for images, secrets and logs', () => {
    const bare = { image: 'nginx', secrets: [] }
    const { executionRoleArn: _, ...without } = definition()
    expect(definitionFault(without)).toBe('Fargate requires task definition to have execution role ARN to support ECR images.')
    const { executionRoleArn: __, ...logging } = definition({}, bare, bare)
    expect(definitionFault(logging)).toBe('Fargate requires task definition to have execution role ARN to support log driver awslogs.')
    const { logConfiguration: ___, ...web } = { ...definition({}, { image: 'nginx' }).containerDefinitions?.[0] }
    const { executionRoleArn: ____, ...reading } = definition({ containerDefinitions: [{ ...web, dependsOn: [] }] })
    expect(definitionFault(reading)).toContain("you must also specify a value for 'executionRoleArn'")
  })
})

describe('a container', () => {
  test.each<[Partial<ContainerDefinition>, string]>([
    [{ name: 'migrations' }, "Container names must be unique: 'migrations'."],
    [{ name: 'a b' }, 'Container.name contains invalid characters.'],
    [{ image: '' }, 'Container.image should not be null or empty.'],
    [{ essential: false }, "Task definition doesn't have any essential container."],
    [{ stopTimeout: 121 }, 'must have a container stop timeout of less than 120 seconds'],
    [{ stopTimeout: 1 }, "Granular stop timeout on container 'web' must be at least 2 seconds."],
    [{ portMappings: [{ containerPort: 3000, hostPort: 80 }] }, 'When networkMode=awsvpc, the host ports and container ports'],
    [{ portMappings: [{ containerPort: 1 }, { containerPort: 1 }] }, 'The container port 1 is mapped more than once'],
    [{ portMappings: [{ containerPort: 53, protocol: 'udp' }] }, 'does not implement portMappings.protocol udp'],
    [{ healthCheck: { ...healthCheck, interval: 4 } }, 'Health check interval must be between 5 and 300: 4.'],
    [{ healthCheck: { ...healthCheck, retries: 11 } }, 'Health check retries must be between 1 and 10: 11.'],
    [{ healthCheck: { ...healthCheck, startPeriod: 301 } }, 'Health check startPeriod must be between 0 and 300: 301.'],
    [{ healthCheck: { command: ['curl', 'x'] } }, 'Health check command must start with CMD or CMD-SHELL.'],
    [{ logConfiguration: { logDriver: 'awslogs', options: {} } }, 'requires options: awslogs-region, awslogs-group, awslogs-stream-prefix'],
    [{ logConfiguration: { logDriver: 'syslog' } }, 'syslog is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]'],
    [{ logConfiguration: { logDriver: 'splunk' } }, 'does not implement logConfiguration.logDriver splunk'],
    [{ environment: [{ name: 'DATABASE_URL', value: 'x' }] }, "environment variables set on the container, such as 'DATABASE_URL'."],
    [{ memory: 513 }, "Invalid 'memory' setting for task: the containers take 513 of 512 MiB."],
    [{ cpu: 257 }, "Invalid 'cpu' setting for task: the containers take 257 of 256 CPU units."],
    [{ memory: 100, memoryReservation: 200 }, "Invalid setting for container 'web'."],
  ])('%o', (main, message) => {
    expect(definitionFault(definition({}, main))).toContain(message)
  })
})

describe('dependencies', () => {
  const on = (containerName: string, condition: string) => ({ dependsOn: [{ containerName, condition: condition as 'SUCCESS' }] })
  test.each<[Partial<ContainerDefinition>, Partial<ContainerDefinition>, string | undefined]>([
    [on('migrations', 'COMPLETE'), {}, undefined],
    [on('migrations', 'START'), { essential: true }, undefined],
    [on('migrations', 'HEALTHY'), { healthCheck, essential: true }, undefined],
    [{}, { essential: true }, 'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container'],
    [on('migrations', 'HEALTHY'), {}, 'A dependency container with HEALTHY condition must have a health check'],
    [on('other', 'START'), {}, "Cannot depend on container + 'other' because it does not exist"],
    [on('migrations', 'READY'), {}, "Invalid container dependency condition 'READY'"],
    [{}, on('web', 'START'), 'Container dependencies must not have a cycle'],
    [on('web', 'START'), {}, 'Container dependencies must not have a cycle'],
  ])('%#', (main, init, message) => {
    expect(definitionFault(definition({}, main, init))).toBe(message)
  })
})

describe('what is not emulated is refused by name', () => {
  test.each<[Partial<TaskDefinition>, Partial<ContainerDefinition>, string]>([
    [{ pidMode: 'task' }, {}, 'pidMode'],
    [{ proxyConfiguration: { containerName: 'envoy' } }, {}, 'proxyConfiguration'],
    [{ volumes: [{ name: 'web-tmp', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }] }, {}, 'volumes.efsVolumeConfiguration'],
    [{ volumes: [{ name: 'web-tmp', host: { sourcePath: '/' } }] }, {}, 'volumes.host.sourcePath'],
    [{}, { ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 1 }] }, 'ulimits'],
    [{}, { user: '1000' }, 'user'],
    [{}, { privileged: true }, 'privileged'],
    [{}, { linuxParameters: { initProcessEnabled: true, tmpfs: [{ containerPath: '/x', size: 1 }] } }, 'linuxParameters.tmpfs'],
    [{}, { portMappings: [{ containerPortRange: '1-2' }] }, 'portMappings.containerPortRange'],
    [
      {},
      { logConfiguration: { ...logConfiguration, options: { ...logConfiguration.options, 'awslogs-create-group': 'true' } } },
      'logConfiguration.options.awslogs-create-group',
    ],
  ])('%#', (fields, main, field) => {
    expect(definitionFault(definition(fields, main))).toBe(`the emulator does not implement ${field}`)
  })

  test('but not where it is empty', () => {
    const empty = { ulimits: [], privileged: false, systemControls: [], dockerSecurityOptions: [] }
    expect(definitionFault(definition({ inferenceAccelerators: [], enableFaultInjection: false }, empty))).toBeUndefined()
  })
})
