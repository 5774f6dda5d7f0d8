import type { Blueprint, Database, NamedEnvironment, ResolvedBlueprint, Service } from './blueprint.ts'

/**
 * The blueprint as the environment `name` sees it. A name that has no entry under `environments`, or null, gives what every
 * preview gets.
 */
export function resolveBlueprint(blueprint: Blueprint, name: string | null): ResolvedBlueprint {
  const named = name !== null && Object.hasOwn(blueprint.environments, name) ? blueprint.environments[name] : undefined
  if (named === undefined) return { ...blueprint, pinned: false, template: 'preview', hostname: null, alerts: null, modules: null }
  return {
    ...blueprint,
    domain: named.domain ?? blueprint.domain,
    services: Object.fromEntries(
      Object.entries(blueprint.services).map(([key, service]) => [key, resolveService(service, named.services[key])]),
    ),
    database: blueprint.database === null ? null : resolveDatabase(blueprint.database, named),
    pinned: named.pinned,
    template: named.template,
    hostname: named.domain,
    alerts: named.alerts,
    modules: named.modules,
  }
}

/** The services that the load balancer knows, longest route first, so that `/api` is asked before `/`. */
export function routedServices(services: Record<string, Service>): [name: string, service: Service & { port: number; route: string }][] {
  return Object.entries(services)
    .flatMap(([name, service]): [string, Service & { port: number; route: string }][] => {
      const { port, route } = service
      return port === null || route === null ? [] : [[name, { ...service, port, route }]]
    })
    .sort(([a, { route: routeA }], [b, { route: routeB }]) => routeB.length - routeA.length || (a < b ? -1 : 1))
}

function resolveService(service: Service, overrides: NamedEnvironment['services'][string] | undefined): Service {
  if (overrides === undefined) return service
  return {
    ...service,
    environment: { ...service.environment, ...overrides.environment },
    size: merge(service.size, overrides.size),
    count: merge(service.count, overrides.count),
  }
}

function resolveDatabase(database: Database, named: NamedEnvironment): Database {
  return merge(database, named.database)
}

function merge<T extends object>(base: T, overrides: { [K in keyof T]?: T[K] | undefined } | undefined): T {
  const given = Object.entries(overrides ?? {}).filter(([, value]) => value !== undefined)
  return { ...base, ...Object.fromEntries(given) }
}
