import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs'
import { fargateFault } from '../../../../src/blueprint/fargate.ts'
import type { DefinitionFault } from '../ports.ts'
import { containerFault } from './container.ts'
import { dependencyFault } from './dependencies.ts'
import { unknownField } from './fields.ts'

/** What AWS says of a task definition that a task on Fargate is to be made of, or what of it the emulator does not implement. */
export const definitionFault: DefinitionFault = (definition) => {
  const unknown = unknownField(definition)
  if (unknown !== undefined) return `the emulator does not implement ${unknown}`
  const containers = definition.containerDefinitions ?? []
  return taskFault(definition) ?? containersFault(containers, definition) ?? dependencyFault(containers)
}

function taskFault(definition: TaskDefinition): string | undefined {
  const { networkMode, requiresCompatibilities = [], runtimePlatform, ephemeralStorage } = definition
  if (!requiresCompatibilities.includes('FARGATE')) return 'Task definition does not support launch_type FARGATE.'
  if (networkMode !== 'awsvpc') return 'Fargate only supports network mode ‘awsvpc’.'
  const { operatingSystemFamily = 'LINUX', cpuArchitecture = 'X86_64' } = runtimePlatform ?? {}
  if (operatingSystemFamily !== 'LINUX')
    return `the emulator does not implement runtimePlatform.operatingSystemFamily ${operatingSystemFamily}`
  if (!['X86_64', 'ARM64'].includes(cpuArchitecture)) return `Invalid 'cpuArchitecture' setting for task: ${cpuArchitecture}`
  const size = ephemeralStorage?.sizeInGiB
  if (size !== undefined && (size < 21 || size > 200)) return 'Ephemeral storage size must be between 21 and 200 GiB.'
  return sizeFault(definition)
}

function sizeFault({ cpu, memory }: TaskDefinition): string | undefined {
  if (cpu === undefined) return "Fargate requires that 'cpu' be defined at the task level."
  if (memory === undefined) return "Fargate requires that 'memory' be defined at the task level."
  const [units, mebibytes] = [cpuUnits(cpu), memoryMebibytes(memory)]
  if (fargateFault(units, mebibytes) === undefined) return undefined
  return `No Fargate configuration exists for given values: ${units} CPU, ${mebibytes} memory. See the Amazon ECS documentation for the valid values.`
}

/** `256` or `.25 vCPU`. */
function cpuUnits(text: string): number {
  const virtual = /^([\d.]+)\s*vcpus?$/i.exec(text.trim())?.[1]
  return virtual === undefined ? Number(text) : Number(virtual) * 1024
}

/** `512`, `512 MB` or `0.5 GB`. */
function memoryMebibytes(text: string): number {
  const [, number, unit = 'mb'] = /^([\d.]+)\s*([gm]i?b)?$/i.exec(text.trim()) ?? []
  return Number(number) * (/^g/i.test(unit) ? 1024 : 1)
}

function containersFault(containers: readonly ContainerDefinition[], definition: TaskDefinition): string | undefined {
  if (containers.length === 0) return 'Container list cannot be empty.'
  if (containers.length > 10) return 'A task definition can contain at most 10 containers.'
  const names = containers.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return `Container names must be unique: '${twice}'.`
  if (!containers.some(({ essential }) => essential !== false)) return "Task definition doesn't have any essential container."
  for (const container of containers) {
    const fault = containerFault(container, definition)
    if (fault !== undefined) return fault
  }
  return sharedFault(containers, definition)
}

/** What the containers of a task take from each other. */
function sharedFault(containers: readonly ContainerDefinition[], { cpu = '', memory = '' }: TaskDefinition): string | undefined {
  const ports = containers.flatMap(({ portMappings = [] }) => portMappings.map(({ containerPort }) => containerPort))
  const twice = ports.find((port, index) => ports.indexOf(port) !== index)
  if (twice !== undefined) return `The container port ${twice} is mapped more than once in a task of networkMode=awsvpc.`
  const sum = (key: 'cpu' | 'memory' | 'memoryReservation') => containers.reduce((total, container) => total + (container[key] ?? 0), 0)
  if (sum('cpu') > cpuUnits(cpu)) return `Invalid 'cpu' setting for task: the containers take ${sum('cpu')} of ${cpu} CPU units.`
  const least = containers.reduce((total, container) => total + (container.memoryReservation ?? container.memory ?? 0), 0)
  if (least > memoryMebibytes(memory)) return `Invalid 'memory' setting for task: the containers take ${least} of ${memory} MiB.`
  return undefined
}
