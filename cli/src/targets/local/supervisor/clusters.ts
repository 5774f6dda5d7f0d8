import path from 'node:path'
import { ToolError } from '../../../errors.ts'
import type { PostgresBinaries } from '../../../machine/postgres/binaries.ts'
import { type PostgresServer, startPostgres } from '../../../machine/postgres/server.ts'
import type { ClusterReport } from '../protocol.ts'
import type { SupervisorPorts } from './ports.ts'

/** The Postgres servers of this machine, one a project, each kept alive. */
export interface Clusters {
  /** Starts the cluster of a project, or finds that it runs. */
  ensure(project: string, binaries?: PostgresBinaries): Promise<ClusterReport>
  portOf(project: string): number | null
  running(): string[]
  /** Stops it and removes its data. */
  remove(project: string): Promise<void>
  /** Stops all and keeps their data. */
  stop(): Promise<void>
}

/** How the cluster was started last, beside its data. */
interface Remembered {
  port: number
  binaries: PostgresBinaries
}

const RESTARTS = 5
const STEADY_MS = 60_000
const PAUSE_MS = 500

/** `moved` is called when a server that died came back on another port. */
export function createClusters(ports: SupervisorPorts, moved: (project: string) => Promise<void>): Clusters {
  const { files, clock, place, log } = ports
  const servers = new Map<string, PostgresServer>()
  const starting = new Map<string, Promise<PostgresServer>>()
  const stopping = new Set<string>()

  const memory = (project: string): string => path.join(place.cluster(project), 'cluster.json')
  const recall = async (project: string): Promise<Remembered | undefined> => {
    const text = await files.readText(memory(project))
    return text === undefined ? undefined : (JSON.parse(text) as Remembered)
  }

  const launch = async (project: string, binaries?: PostgresBinaries): Promise<PostgresServer> => {
    const known = await recall(project)
    const used = binaries ?? known?.binaries
    if (used === undefined) throw new ToolError(`could not start Postgres for ${project}: nothing is known of it`)
    const folder = place.cluster(project)
    const server = await startPostgres(ports, { folder, port: known?.port ?? null }, used)
    await files.write(memory(project), JSON.stringify({ port: server.port, binaries: used } satisfies Remembered), { mode: 0o600 })
    log(`postgres of ${project} answers on port ${server.port} (process ${server.pid})`)
    servers.set(project, server)
    void keepAlive(project, server)
    return server
  }

  /** One start at a time; whoever asks meanwhile waits for it. */
  const start = (project: string, binaries?: PostgresBinaries): Promise<PostgresServer> => {
    const begun = starting.get(project)
    if (begun !== undefined) return begun
    const promise = launch(project, binaries).finally(() => starting.delete(project))
    starting.set(project, promise)
    return promise
  }

  const keepAlive = async (project: string, server: PostgresServer): Promise<void> => {
    const since = clock.now().getTime()
    const exit = await server.ended
    if (servers.get(project) === server) servers.delete(project)
    if (stopping.has(project)) return
    log(`postgres of ${project} ended (${exit.signal ?? `exit code ${exit.code}`}); starting it again`)
    for (let attempt = clock.now().getTime() - since > STEADY_MS ? 1 : 2; attempt <= RESTARTS; attempt += 1) {
      await clock.sleep(PAUSE_MS * attempt)
      if (stopping.has(project) || servers.has(project)) return
      try {
        const again = await start(project)
        if (again.port !== server.port) await moved(project)
        return
      } catch (error) {
        log(`postgres of ${project} did not start: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    log(`postgres of ${project} is given up; the next devtool env apply tries again`)
  }

  const halt = async (project: string): Promise<void> => {
    stopping.add(project)
    await starting.get(project)?.catch(() => undefined)
    await servers.get(project)?.stop()
    servers.delete(project)
  }

  return {
    ensure: async (project, binaries) => {
      stopping.delete(project)
      const { host, port, user, password } = servers.get(project) ?? (await start(project, binaries))
      return { project, host, port, user, password }
    },
    portOf: (project) => servers.get(project)?.port ?? null,
    running: () => [...servers.keys()],
    remove: async (project) => {
      await halt(project)
      await files.remove(place.cluster(project))
      log(`postgres of ${project} is removed`)
    },
    stop: async () => {
      await Promise.all([...new Set([...servers.keys(), ...starting.keys()])].map(halt))
    },
  }
}
