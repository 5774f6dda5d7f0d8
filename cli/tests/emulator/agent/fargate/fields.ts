import type { ContainerDefinition, TaskDefinition, Volume } from '@aws-sdk/client-ecs'

const TASK = [
  'taskDefinitionArn',
  'family',
  'revision',
  'status',
  'containerDefinitions',
  'taskRoleArn',
  'executionRoleArn',
  'networkMode',
  'volumes',
  'requiresAttributes',
  'compatibilities',
  'requiresCompatibilities',
  'runtimePlatform',
  'cpu',
  'memory',
  'ephemeralStorage',
  'registeredAt',
  'registeredBy',
  'deregisteredAt',
]
const CONTAINER = [
  'name',
  'image',
  'essential',
  'command',
  'entryPoint',
  'environment',
  'secrets',
  'portMappings',
  'mountPoints',
  'readonlyRootFilesystem',
  'linuxParameters',
  'stopTimeout',
  'logConfiguration',
  'dependsOn',
  'healthCheck',
  'cpu',
  'memory',
  'memoryReservation',
  'workingDirectory',
  'dockerLabels',
]
const PORT = ['containerPort', 'hostPort', 'protocol', 'name']
const LINUX = ['initProcessEnabled']
const LOG = ['logDriver', 'options']
/** How the driver buffers makes no difference to what is logged. */
const LOG_OPTIONS = ['awslogs-group', 'awslogs-region', 'awslogs-stream-prefix', 'mode', 'max-buffer-size']

/** A field that is set and that the emulator does nothing about, by its path. */
export function unknownField(definition: TaskDefinition): string | undefined {
  const containers = (definition.containerDefinitions ?? []).flatMap(containerFields)
  return [...others(definition, TASK, ''), ...(definition.volumes ?? []).flatMap(volumeFields), ...containers][0]
}

function containerFields(container: ContainerDefinition): string[] {
  const log = container.logConfiguration
  return [
    ...others(container, CONTAINER, ''),
    ...others(container.linuxParameters, LINUX, 'linuxParameters.'),
    ...(container.portMappings ?? []).flatMap((mapping) => others(mapping, PORT, 'portMappings.')),
    ...others(log, LOG, 'logConfiguration.'),
    ...(log?.logDriver === 'awslogs' ? others(log.options, LOG_OPTIONS, 'logConfiguration.options.') : []),
  ]
}

/** A volume of the task's own scratch space, which ends with it, is all there is. */
function volumeFields({ host, ...volume }: Volume): string[] {
  return [...others(volume, ['name'], 'volumes.'), ...others(host, [], 'volumes.host.')]
}

/** Empty lists and objects, `false` and nothing mean that a field is not used. */
function others(fields: object | undefined, known: readonly string[], path: string): string[] {
  return Object.entries(fields ?? {}).flatMap(([key, value]) => (known.includes(key) || isUnset(value) ? [] : [`${path}${key}`]))
}

function isUnset(value: unknown): boolean {
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) return Object.values(value).every(isUnset)
  return value === undefined || value === null || value === false || value === 'false'
}
