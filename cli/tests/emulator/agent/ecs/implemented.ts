import type { Service } from '@aws-sdk/client-ecs'

/** Fields that the agent honours, or that change nothing about what runs. */
const SERVICE = [
  'clusterArn createdAt createdBy deployments desiredCount enableECSManagedTags enableExecuteCommand events healthCheckGracePeriodSeconds',
  'launchType loadBalancers networkConfiguration pendingCount platformFamily platformVersion propagateTags roleArn runningCount serviceArn',
  'serviceName status tags taskDefinition currentServiceDeployment currentServiceRevisions resourceManagementType',
]
type Check = (value: never) => boolean
type Checks<T> = { [K in keyof T]?: (value: NonNullable<T[K]>) => boolean }

const service: Checks<Service> = {
  schedulingStrategy: (value) => value === 'REPLICA',
  deploymentController: ({ type }) => type === 'ECS',
  availabilityZoneRebalancing: (value) => value === 'DISABLED',
  capacityProviderStrategy: (items) =>
    items.length <= 1 && items.every(({ capacityProvider = '' }) => /^FARGATE(_SPOT)?$/.test(capacityProvider)),
  deploymentConfiguration: ({
    maximumPercent: _maximum,
    minimumHealthyPercent: _minimum,
    deploymentCircuitBreaker: breaker,
    alarms,
    strategy,
    ...rest
  }) =>
    alarms?.enable !== true &&
    (strategy ?? 'ROLLING') === 'ROLLING' &&
    onlyKeys(breaker ?? {}, ['enable', 'rollback']) &&
    onlyKeys({ ...rest, bakeTimeInMinutes: rest.bakeTimeInMinutes === 0 ? undefined : rest.bakeTimeInMinutes }, []),
}

/** What of a service the emulator has no meaning for, in words; undefined if it has one for all. */
export function unimplemented(of: Service): string | undefined {
  const field = firstUnknown(of, SERVICE, service)
  return field === undefined ? undefined : `the emulator does not implement ${field}`
}

/** Parts of a CreateService or UpdateService that the emulator would forget. */
export function unimplementedRequest(request: Record<string, unknown>): string | undefined {
  const { serviceConnectConfiguration: connect, volumeConfigurations: volumes, vpcLatticeConfigurations: lattice } = request
  if (!isEmpty(connect) && (connect as { enabled?: unknown }).enabled !== false)
    return 'the emulator does not implement serviceConnectConfiguration'
  if (!isEmpty(volumes)) return 'the emulator does not implement volumeConfigurations'
  return isEmpty(lattice) ? undefined : 'the emulator does not implement vpcLatticeConfigurations'
}

function firstUnknown(value: object, known: readonly string[], checks: Record<string, unknown>): string | undefined {
  const names = new Set(known.join(' ').split(' '))
  const found = Object.entries(value).find(([key, each]) => {
    if (isEmpty(each) || names.has(key)) return false
    const check = checks[key] as Check | undefined
    return check === undefined || !check(each as never)
  })
  return found?.[0]
}

function onlyKeys(value: object, keys: readonly string[]): boolean {
  return Object.entries(value).every(([key, each]) => keys.includes(key) || isEmpty(each))
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && !(value instanceof Date) && Object.keys(value).length === 0
}
