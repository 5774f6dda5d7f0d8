import type { Account } from './account.ts'
import type { Containers } from './container/runtime.ts'
import type { Ecs } from './ecs/ecs.ts'
import type { Names } from './names.ts'
import { addressIn } from './network/addresses.ts'
import type { Databases, Interface, LoadBalancers, Network, Route } from './ports.ts'
import { routesFor } from './routes.ts'

export interface WorldParts {
  account: Account
  databases: Databases
  loadBalancers: LoadBalancers
  ecs: Ecs
  containers: Pick<Containers, 'refresh'>
}

/** Brings what runs in line with what was applied, and knows who reaches what. */
export interface World {
  /** Something was applied. */
  wake(): void
  /** Resolves when what was applied until now has taken effect. */
  settled(): Promise<void>
  /** What an interface reaches, as of the last time that things were brought in line. */
  of(from: Interface): readonly Route[]
  ofFunction(subnetIds: readonly string[], securityGroupIds: readonly string[]): readonly Route[]
  stop(): Promise<void>
}

/** Terraform changes things in bursts. */
const BURST_MS = 100
/** From the end of a subnet's range, where no task's address is: that of the functions in it. */
const FUNCTIONS = -9

export function createWorld({ account, databases, loadBalancers, ecs, containers }: WorldParts): World {
  let current: { network: Network; names: Names; ranges: ReadonlyMap<string, string> } | undefined
  let reconciling: Promise<void> | undefined
  let dirty = false
  let stopped = false
  let due: NodeJS.Timeout | undefined

  const follow = async (): Promise<void> => {
    while (dirty && !stopped) {
      dirty = false
      const done = await Promise.allSettled([databases.reconcile(), loadBalancers.reconcile()])
      const [network, names, ranges] = await Promise.all([account.network(), account.names(), account.ranges()])
      current = { network, names, ranges }
      containers.refresh()
      ecs.wake()
      const faults = done.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
      if (faults.length > 0) throw faults.length === 1 ? faults[0] : new AggregateError(faults, faults.map(String).join('; '))
    }
  }
  const reconcile = (): Promise<void> =>
    follow().catch((error: unknown) => {
      // whoever asks next has it tried again: it may have looked while something was half made
      dirty = true
      throw error
    })
  const settled = (): Promise<void> => {
    clearTimeout(due)
    due = undefined
    if (!dirty) return reconciling ?? Promise.resolve()
    reconciling = (reconciling ?? Promise.resolve()).catch(() => {}).then(reconcile)
    return reconciling
  }
  const unlisten = loadBalancers.onHealthChange(() => {
    containers.refresh()
    ecs.wake()
  })

  const of = (from: Interface): Route[] => {
    if (current === undefined) return []
    const tasks = ecs.tasks().flatMap((task) => {
      const at = task.interface()
      const ports = task.spec.containers.flatMap(({ definition }) =>
        (definition.portMappings ?? []).map(({ containerPort = 0 }) => containerPort),
      )
      return at === undefined ? [] : [{ interface: at, ports, portOf: task.portOf }]
    })
    return routesFor(from, { ...current, loadBalancers, databases, tasks })
  }

  return {
    wake: () => {
      dirty = true
      due ??= setTimeout(() => {
        due = undefined
        // who needs it asks `settled`, and hears of it there
        settled().catch((error: unknown) => process.emitWarning(`the emulator could not follow what was applied: ${error}`))
      }, BURST_MS).unref()
    },
    settled,
    of,
    ofFunction: (subnetIds, securityGroupIds) => {
      const [subnetId] = subnetIds
      const range = subnetId === undefined ? undefined : current?.ranges.get(subnetId)
      if (subnetId === undefined || range === undefined) return []
      return of({ address: addressIn(range, FUNCTIONS), subnetId, securityGroupIds: [...securityGroupIds], publicAddress: false })
    },
    stop: async () => {
      stopped = true
      clearTimeout(due)
      unlisten()
      await reconciling?.catch(() => {})
    },
  }
}
