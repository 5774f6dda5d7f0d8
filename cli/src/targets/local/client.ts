import path from 'node:path'
import { ToolError, UserError } from '../../errors.ts'
import { callControl, NobodyThere } from '../../machine/control.ts'
import { readTail } from '../../machine/log.ts'
import type { PostgresBinaries } from '../../machine/postgres/binaries.ts'
import { openPlace } from './place.ts'
import type { Ports } from './ports.ts'
import {
  type ClusterReport,
  clusterPath,
  type EnvironmentReport,
  EXPIRY,
  environmentPath,
  STATUS,
  STOP,
  type SupervisorReport,
} from './protocol.ts'
import type { LocalSpec } from './spec.ts'

/** The supervisor as a command sees it. */
export interface Supervisor {
  status(): Promise<SupervisorReport>
  ensureCluster(project: string, binaries?: PostgresBinaries): Promise<ClusterReport>
  removeCluster(project: string): Promise<void>
  put(spec: LocalSpec): Promise<EnvironmentReport>
  remove(name: string): Promise<void>
  keepUntil(name: string, expiresAt: string | null): Promise<void>
  /** Returns when its process has ended. */
  stop(): Promise<void>
}

/** It lives for long and needs no credentials. */
const PASSED_ON = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+|DEVTOOL_(PORT|POSTGRES_BIN)|NODE_EXTRA_CA_CERTS)$/
const STARTED_IN_MS = 15_000
const LOOK_AGAIN_MS = 20

/** The supervisor that answers now; `undefined` if none does. */
export async function findSupervisor(ports: Ports): Promise<Supervisor | undefined> {
  return (await ask(ports)) === undefined ? undefined : talk(ports)
}

/** The supervisor, started if there is none or if it is of another version than this command. */
export async function startSupervisor(ports: Ports): Promise<Supervisor> {
  const { place, files, output, version } = ports
  const found = await ask(ports)
  if (found?.version === version) return talk(ports)
  if (found !== undefined) {
    output.info(`the supervisor is of version ${found.version}: it is stopped and started again as ${version}`)
    await talk(ports).stop()
  } else if ((await files.list(place.environments)).length > 0) {
    output.info('the supervisor of the local environments had ended: it is started again, and they with it')
  }
  await launch(ports)
  return talk(ports)
}

async function ask({ place }: Ports): Promise<SupervisorReport | undefined> {
  try {
    return await callControl<SupervisorReport>(place.socket, 'GET', STATUS)
  } catch (error) {
    if (error instanceof NobodyThere) return undefined
    throw error
  }
}

/** It outlives this command: a session of its own, its output in its log, nothing of ours held open. */
async function launch(ports: Ports): Promise<void> {
  const { place, files, clock, assets, variables, processes } = ports
  await openPlace(files, place)
  const pid = await ports.spawnDetached(process.execPath, [path.join(assets, 'dist', 'main.js'), 'supervise'], {
    cwd: place.folder,
    env: Object.fromEntries(Object.entries(variables).filter(([name]) => PASSED_ON.test(name))),
    output: place.log,
  })
  const until = clock.now().getTime() + STARTED_IN_MS
  while ((await ask(ports)) === undefined) {
    const late = clock.now().getTime() > until
    // one that finds another at work ends at once and well: the other then answers
    if (late || !(await processes.alive(pid))) {
      if (!late && (await waitForOther(ports))) return
      const lines = await readTail(files, place.log, 10)
      throw new ToolError(`could not start the supervisor of the local environments\n${lines.join('\n')}`.trimEnd(), {
        hint: `its log is ${place.log}`,
      })
    }
    await clock.sleep(LOOK_AGAIN_MS)
  }
}

async function waitForOther(ports: Ports): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if ((await ask(ports)) !== undefined) return true
    await ports.clock.sleep(LOOK_AGAIN_MS)
  }
  return false
}

function talk(ports: Ports): Supervisor {
  const { place, clock, processes } = ports
  const call = async <Value>(method: 'GET' | 'PUT' | 'POST' | 'DELETE', where: string, body?: unknown): Promise<Value> => {
    try {
      const answer = await callControl<Value>(place.socket, method, where, body)
      if (answer === undefined) throw new Error(`the supervisor does not know ${method} ${where}`)
      return answer
    } catch (error) {
      if (!(error instanceof NobodyThere)) throw error
      throw new UserError('the supervisor of the local environments ended in the middle of this', {
        hint: `run the command again: it is started anew; its log is ${place.log}`,
        cause: error,
      })
    }
  }
  return {
    status: () => call('GET', STATUS),
    ensureCluster: (project, binaries) => call('PUT', clusterPath(project), binaries),
    removeCluster: (project) => call('DELETE', clusterPath(project)),
    put: (spec) => call('PUT', environmentPath(spec.name), spec),
    remove: (name) => call('DELETE', environmentPath(name)),
    keepUntil: (name, expiresAt) => call('PUT', `${environmentPath(name)}/${EXPIRY}`, { expiresAt }),
    stop: async () => {
      const { pid } = await call<SupervisorReport>('GET', STATUS)
      await call('POST', STOP)
      // its own end cannot be waited for
      if (pid === process.pid) return
      while (await processes.alive(pid)) await clock.sleep(LOOK_AGAIN_MS)
    },
  }
}
