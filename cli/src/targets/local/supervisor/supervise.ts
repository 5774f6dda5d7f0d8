import { ConflictError, UserError } from '../../../errors.ts'
import { type ControlCall, serveControl } from '../../../machine/control.ts'
import { freePort, portIsFree } from '../../../machine/ports.ts'
import type { PostgresBinaries } from '../../../machine/postgres/binaries.ts'
import { type Router, startRouter } from '../../../machine/router.ts'
import { openPlace } from '../place.ts'
import { EXPIRY, STATUS, STOP, type SupervisorReport } from '../protocol.ts'
import type { LocalSpec } from '../spec.ts'
import type { Addresses } from '../variables.ts'
import { type Clusters, createClusters } from './clusters.ts'
import { createEnvironments, type Environments } from './environments.ts'
import { keepExpiry } from './expiry.ts'
import type { SupervisorPorts } from './ports.ts'

/** Where the router listens if nobody says otherwise: free on most machines, and the same after each start, so that links last. */
const USUAL_PORT = 7400

/**
 * Keeps the local environments of this user running until it is told to stop: their Postgres servers, their services, and the router in
 * front. The caller holds the machine's lease, so that there is one.
 */
export async function supervise(ports: SupervisorPorts, interrupt: AbortSignal): Promise<void> {
  const { files, place, log } = ports
  await openPlace(files, place)
  const addresses = (project: string): Addresses => ({ router: router.port, postgres: clusters.portOf(project) })
  const clusters: Clusters = createClusters(ports, (project) => environments.reconnect(project))
  const environments: Environments = createEnvironments(ports, addresses, async (project) => {
    await clusters.ensure(project)
  })
  const router = await openRouter(ports, environments)
  log(`supervisor ${ports.version} (process ${process.pid}), router on port ${router.port}`)

  const told = new AbortController()
  const ending = AbortSignal.any([interrupt, told.signal])
  // the socket of one that was killed is still there, and nobody else's: the lease is ours
  await files.remove(place.socket)
  const control = await serveControl(place.socket, (call) => answer(call))
  await files.setMode(place.socket, 0o600)
  const expiry = keepExpiry(ports, environments)

  async function answer({ method, path, body }: ControlCall): Promise<unknown> {
    const [, kind, name = '', part] = path.split('/')
    if (method === 'GET' && path === STATUS) return report()
    if (method === 'POST' && path === STOP) {
      // after the answer is out
      setImmediate(() => told.abort())
      return {}
    }
    if (kind === 'clusters' && method === 'PUT') return clusters.ensure(name, body as PostgresBinaries | undefined)
    if (kind === 'clusters' && method === 'DELETE') return clusters.remove(name).then(() => ({}))
    if (kind === 'environments' && method === 'PUT' && part === EXPIRY)
      return { known: await environments.keepUntil(name, (body as Pick<LocalSpec, 'expiresAt'>).expiresAt).finally(expiry.look) }
    if (kind === 'environments' && method === 'PUT') return environments.put(body as LocalSpec).finally(expiry.look)
    if (kind === 'environments' && method === 'DELETE') return { removed: await environments.remove(name) }
    return undefined
  }
  const report = (): SupervisorReport => ({
    version: ports.version,
    pid: process.pid,
    port: router.port,
    environments: environments.reports(),
    clusters: clusters.running(),
  })

  await environments.restore(expiry.look)
  await new Promise<void>((resolve) => {
    if (ending.aborted) resolve()
    else ending.addEventListener('abort', () => resolve(), { once: true })
  })
  log('stopping')
  expiry.stop()
  await control.close()
  await router.close()
  await environments.stop()
  await clusters.stop()
  await files.remove(place.socket)
  log('stopped')
}

/** The port of last time if it is free, so that links and bookmarks still lead somewhere. */
async function openRouter(ports: SupervisorPorts, environments: Environments): Promise<Router> {
  const { files, place, variables, log } = ports
  const asked = variables['DEVTOOL_PORT'] ?? ''
  if (asked !== '' && !(/^\d{1,5}$/.test(asked) && Number(asked) > 0 && Number(asked) < 65_536)) {
    throw new UserError(`could not use DEVTOOL_PORT=${asked}: allowed is a port from 1 to 65535`)
  }
  const last = Number((await files.readText(place.port)) ?? 0)
  const wanted = asked !== '' ? Number(asked) : last > 0 ? last : USUAL_PORT
  if (asked !== '' && !(await portIsFree(wanted))) {
    throw new ConflictError(`could not listen on port ${wanted}: another program does`, {
      hint: 'set DEVTOOL_PORT to a free one, or unset it',
    })
  }
  for (let port = wanted; ; port = await freePort()) {
    try {
      const router = await startRouter({ port, environments: environments.routed, onError: (error) => log(`router: ${String(error)}`) })
      if (port !== wanted) log(`port ${wanted} is taken by another program: the router listens on ${port}`)
      await files.write(place.port, String(router.port))
      return router
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error
    }
  }
}
