import { endMarked } from '../../../machine/process.ts'
import type { RoutedEnvironment } from '../../../machine/router.ts'
import { type KeptService, keepService, type ServiceSpec, type ServiceState } from '../../../machine/service.ts'
import type { EnvironmentReport, ServiceReport } from '../protocol.ts'
import type { LocalService, LocalSpec } from '../spec.ts'
import { type Addresses, environmentUrl, serviceUrl, serviceVariables } from '../variables.ts'
import type { SupervisorPorts } from './ports.ts'

/** The environments that this machine runs. What should run is in the files of `place.environments`; this makes it so. */
export interface Environments {
  /** Starts an environment, or brings it up to `spec`: each service beside its old process, which ends when the new one is healthy. */
  put(spec: LocalSpec): Promise<EnvironmentReport>
  /** Starts what the files say; whatever an earlier supervisor left of it is ended first. `settled` is called for each that has started or failed. */
  restore(settled: () => void): Promise<void>
  /** Starts the services of a project that use its database again, with its new address. */
  reconnect(project: string): Promise<void>
  remove(name: string): Promise<boolean>
  /** Sets when it ends; `false` if there is none of that name. */
  keepUntil(name: string, expiresAt: string | null): Promise<boolean>
  reports(): EnvironmentReport[]
  specs(): LocalSpec[]
  /** As the router asks for it, at every request. */
  routed(): readonly RoutedEnvironment[]
  stop(): Promise<void>
}

interface Running {
  spec: LocalSpec
  /** Why none of its services was started. */
  problem: string | null
  services: Map<string, KeptService>
  routed: RoutedEnvironment
}

const GRACE_MS = 5_000

/** `database` makes the Postgres of a project run. */
export function createEnvironments(
  ports: SupervisorPorts,
  addresses: (project: string) => Addresses,
  database: (project: string) => Promise<void>,
): Environments {
  const { files, place, log } = ports
  const running = new Map<string, Running>()
  const queues = new Map<string, Promise<unknown>>()

  /** One change of an environment at a time. */
  const inTurn = <Value>(name: string, work: () => Promise<Value>): Promise<Value> => {
    const turn = (queues.get(name) ?? Promise.resolve()).then(work, work)
    queues.set(name, turn)
    return turn
  }

  const serviceSpec = (spec: LocalSpec, service: LocalService): ServiceSpec => ({
    name: service.name,
    command: service.start,
    folder: service.folder,
    environment: (port) => serviceVariables(spec, service, addresses(spec.project), port),
    port: service.listens,
    // as on AWS, where only the load balancer asks
    health: service.listens && service.route !== null ? service.health : null,
    mark: place.mark(spec.name),
    log: place.serviceLog(spec.name, service.name),
  })

  /** `attempted`: what became of the processes that were to replace others, of which those that failed are told. */
  const describe = ({ spec, services, problem }: Running, attempted?: ReadonlyMap<string, ServiceState>): EnvironmentReport => {
    const { router } = addresses(spec.project)
    return {
      name: spec.name,
      project: spec.project,
      url: environmentUrl(spec.name, router),
      services: spec.services.map(({ name, route }): ServiceReport => {
        const state = attempted?.get(name) ?? services.get(name)?.state()
        return {
          name,
          status: state?.status ?? (problem === null ? 'starting' : 'failed'),
          url: route === null ? null : serviceUrl(spec, route, router),
          pid: state?.pid ?? null,
          restarts: state?.restarts ?? 0,
          reason: state?.reason ?? problem,
          lastLines: state?.lastLines ?? [],
        }
      }),
    }
  }

  const routedOf = (spec: LocalSpec, services: Map<string, KeptService>): RoutedEnvironment => ({
    name: spec.name,
    url: environmentUrl(spec.name, addresses(spec.project).router),
    services: spec.services.flatMap(({ name, route }) => {
      if (route === null) return []
      const state = () => services.get(name)?.state()
      return {
        name,
        route,
        get port() {
          return state()?.port ?? null
        },
        get status() {
          return state()?.status ?? 'starting'
        },
        get reason() {
          return state()?.reason ?? null
        },
        lastLines: () => state()?.lastLines ?? [],
      }
    }),
  })

  const bringUp = async (spec: LocalSpec): Promise<EnvironmentReport> => {
    const services = running.get(spec.name)?.services ?? new Map<string, KeptService>()
    const current: Running = { spec, services, problem: null, routed: routedOf(spec, services) }
    // a new environment is routed at once, so that its page says that it starts; an old one keeps its routes until the new ones stand
    if (services.size === 0) running.set(spec.name, current)
    if (spec.database !== null) {
      await database(spec.project).catch((error: unknown) => {
        current.problem = error instanceof Error ? error.message : String(error)
        throw error
      })
    }
    const before = new Set(services.keys())
    const attempted = new Map<string, ServiceState>()
    await Promise.all(
      spec.services.map(async (service) => {
        const wanted = serviceSpec(spec, service)
        const existing = services.get(service.name)
        const kept = existing ?? keepService(ports, wanted)
        services.set(service.name, kept)
        attempted.set(service.name, existing === undefined ? await kept.settled() : await existing.replace(wanted))
      }),
    )
    const wanted = new Set(attempted.keys())
    const failed = before.size > 0 && [...attempted.values()].some(({ status }) => status !== 'ready')
    // what ran goes on as it was, without what came new; or what is no longer wanted goes
    const [dropped, kept] = failed ? [wanted, before] : [before, wanted]
    if (!failed) running.set(spec.name, current)
    for (const name of [...dropped].filter((each) => !kept.has(each))) {
      await services.get(name)?.stop()
      services.delete(name)
    }
    return describe(current, attempted)
  }

  const save = (spec: LocalSpec): Promise<void> => files.write(place.spec(spec.name), JSON.stringify(spec), { mode: 0o600 })

  const start = async (spec: LocalSpec): Promise<EnvironmentReport> => {
    const isNew = !running.has(spec.name)
    // what failed to start is kept too, so that it can be looked at and removed; what runs is not overwritten by what does not
    if (isNew) await save(spec)
    const report = await bringUp(spec)
    if (!isNew && report.services.every(({ status }) => status === 'ready')) await save(spec)
    log(`${spec.name}: ${report.services.map(({ name, status }) => `${name} ${status}`).join(', ')}`)
    return report
  }

  const put = (spec: LocalSpec): Promise<EnvironmentReport> => inTurn(spec.name, () => start(spec))

  return {
    put,
    restore: async (settled) => {
      for (const { name } of await readSpecs(ports)) {
        const ended = await endMarked(ports, place.mark(name), GRACE_MS)
        if (ended > 0) log(`${name}: ended ${ended} processes that were left`)
        // as it is when its turn comes: a command may have changed it by then
        void inTurn(name, async () => {
          const spec = await readSpec(ports, name)
          if (spec !== undefined) await start(spec)
        })
          .catch((error: unknown) => log(`${name} did not start: ${String(error)}`))
          .finally(settled)
      }
    },
    reconnect: async (project) => {
      for (const { spec } of [...running.values()]) if (spec.project === project && spec.database !== null) await put(spec)
    },
    remove: async (name) => {
      const stopServices = (): Promise<unknown> =>
        Promise.all([...(running.get(name)?.services.values() ?? [])].map((service) => service.stop()))
      // what is starting need not be waited for
      await stopServices()
      return inTurn(name, async () => {
        const found = running.get(name)
        await files.remove(place.spec(name))
        await stopServices()
        running.delete(name)
        await endMarked(ports, place.mark(name), GRACE_MS)
        if (found !== undefined) log(`${name} is removed`)
        return found !== undefined
      })
    },
    keepUntil: (name, expiresAt) =>
      inTurn(name, async () => {
        const found = running.get(name)
        const spec = found?.spec ?? (await readSpec(ports, name))
        if (spec === undefined) return false
        const kept = { ...spec, expiresAt }
        await save(kept)
        if (found !== undefined) found.spec = kept
        log(`${name} ${expiresAt === null ? 'has no end' : `lives until ${expiresAt}`}`)
        return true
      }),
    reports: () => [...running.values()].map((each) => describe(each)),
    specs: () => [...running.values()].map(({ spec }) => spec),
    routed: () => [...running.values()].map(({ routed }) => routed),
    stop: async () => {
      await Promise.all([...running.values()].flatMap(({ services }) => [...services.values()].map((service) => service.stop())))
    },
  }
}

async function readSpecs(ports: SupervisorPorts): Promise<LocalSpec[]> {
  const names = (await ports.files.list(ports.place.environments)).filter((file) => file.endsWith('.json'))
  const specs = await Promise.all(names.map((file) => readSpec(ports, file.slice(0, -'.json'.length))))
  return specs.filter((spec) => spec !== undefined)
}

async function readSpec({ files, place, log }: SupervisorPorts, name: string): Promise<LocalSpec | undefined> {
  try {
    const spec = JSON.parse((await files.readText(place.spec(name))) ?? 'null') as LocalSpec | null
    return spec?.schema === 1 ? spec : undefined
  } catch (error) {
    log(`${place.spec(name)} cannot be read: ${String(error)}`)
    return undefined
  }
}
