import type { ResolvedBlueprint } from '../blueprint/blueprint.ts'

/** The host name at which an environment answers; null: that of its load balancer. */
export function hostOf({ hostname, domain }: ResolvedBlueprint, name: string): string | null {
  return hostname ?? (domain === null ? null : `${name}.${domain}`)
}
