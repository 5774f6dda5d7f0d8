import type { ContainerDefinition } from '@aws-sdk/client-ecs'

/** What ECS says of `dependsOn`. */
export function dependencyFault(containers: readonly ContainerDefinition[]): string | undefined {
  const find = (name: string | undefined): ContainerDefinition | undefined => containers.find((container) => container.name === name)
  for (const { containerName, condition } of containers.flatMap(({ dependsOn = [] }) => dependsOn)) {
    const target = find(containerName)
    if (target === undefined) return `Cannot depend on container + '${containerName}' because it does not exist`
    if (condition === 'SUCCESS' || condition === 'COMPLETE') {
      if (target.essential !== false) return 'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container'
    } else if (condition === 'HEALTHY') {
      if (target.healthCheck === undefined) return 'A dependency container with HEALTHY condition must have a health check'
    } else if (condition !== 'START') {
      return `Invalid container dependency condition '${condition}'`
    }
  }
  return containers.some(({ name }) => reaches(name, name, new Set())) ? 'Container dependencies must not have a cycle' : undefined

  function reaches(from: string | undefined, wanted: string | undefined, seen: Set<string>): boolean {
    return (find(from)?.dependsOn ?? []).some(({ containerName = '' }) => {
      if (containerName === wanted) return true
      if (seen.has(containerName)) return false
      seen.add(containerName)
      return reaches(containerName, wanted, seen)
    })
  }
}
