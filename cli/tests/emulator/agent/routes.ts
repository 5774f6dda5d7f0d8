import type { Names } from './names.ts'
import type { Databases, Interface, LoadBalancers, Network, Route } from './ports.ts'

export interface World {
  network: Network
  names: Names
  loadBalancers: Pick<LoadBalancers, 'all' | 'listener'>
  databases: Pick<Databases, 'endpoints'>
  /** Of tasks: what listens on their addresses. */
  tasks: readonly { interface: Interface; ports: readonly number[]; portOf: (port: number) => number | undefined }[]
}

/** What a process behind that interface reaches, and what it runs into: computed from what was applied. */
export function routesFor(from: Interface, world: World): Route[] {
  return [...databaseRoutes(from, world), ...loadBalancerRoutes(from, world), ...taskRoutes(from, world)]
}

function databaseRoutes(from: Interface, { network, databases }: World): Route[] {
  return databases.endpoints().map((endpoint) => {
    const blocked = network.why(from, endpoint.interface, endpoint.port)
    return { host: endpoint.address, port: endpoint.port, to: blocked === undefined ? { port: endpoint.to } : 'timeout' }
  })
}

function loadBalancerRoutes(from: Interface, { network, names, loadBalancers }: World): Route[] {
  return loadBalancers.all().flatMap(({ dnsName, scheme, interfaces, ports }) =>
    ports.flatMap((port) => {
      // the name of one that faces the internet leads outside, also from next to it
      const ways = interfaces.map((end) =>
        scheme === 'internal' ? network.why(from, end, port) : (network.internet(from) ?? network.why('internet', end, port)),
      )
      const listener = loadBalancers.listener(dnsName, port)
      const to: Route['to'] = !ways.includes(undefined) ? 'timeout' : listener === undefined ? 'refused' : { port: listener }
      return [dnsName, ...names.of(dnsName)].map((host) => ({ host, port, to }))
    }),
  )
}

function taskRoutes(from: Interface, { network, tasks }: World): Route[] {
  return tasks
    .filter((task) => task.interface.address !== from.address)
    .flatMap((task) =>
      task.ports.map((port): Route => {
        const blocked = network.why(from, task.interface, port)
        const listening = task.portOf(port)
        return {
          host: task.interface.address,
          port,
          to: blocked !== undefined ? 'timeout' : listening === undefined ? 'refused' : { port: listening },
        }
      }),
    )
}
