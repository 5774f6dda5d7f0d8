import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { startProcess } from '../../../../src/machine/process.ts'
import { systemClock } from '../../../../src/system/clock.ts'
import { systemFiles } from '../../../../src/system/files.ts'
import { systemProcesses } from '../../../../src/system/processes.ts'
import { type Exit, systemSpawn } from '../../../../src/system/spawn.ts'
import type { AgentPorts, ContainerRuntime, ContainerSpec, Route, RunningContainer } from '../ports.ts'
import { healthCheck, nodeArguments } from './command.ts'
import type { Image } from './images.ts'
import { createNetworkFolder, type NetworkFolder } from './network.ts'
import { type Owner, unprivileged } from './owner.ts'

export interface Containers extends ContainerRuntime {
  /** Gives every container the routes as they are now. */
  refresh(): void
  /** Ends what still runs. */
  stop(): Promise<void>
}

type Ports = Pick<AgentPorts, 'endpoint' | 'folder' | 'authority' | 'images' | 'region'>

export const processPorts = { spawn: systemSpawn, processes: systemProcesses(systemFiles), clock: systemClock }

/** As docker reports it: 137 after SIGKILL, 143 after SIGTERM. */
export function dockerExit({ code, signal }: Exit): Exit {
  const numbers: Record<string, number> = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGQUIT: 3,
    SIGILL: 4,
    SIGTRAP: 5,
    SIGABRT: 6,
    SIGBUS: 7,
    SIGFPE: 8,
    SIGKILL: 9,
    SIGSEGV: 11,
    SIGPIPE: 13,
    SIGTERM: 15,
  }
  return { code: code ?? 128 + (numbers[signal ?? ''] ?? 0), signal: null }
}

/** Whatever a process of the account gets: where the API is, whom to trust, and no key of anybody's. */
export function accountVariables(ports: Pick<Ports, 'endpoint' | 'region'>): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: ports.endpoint,
    AWS_REGION: ports.region,
    AWS_DEFAULT_REGION: ports.region,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

export const programPath = [path.dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(path.delimiter)

/** Runs containers as Node processes of this machine, each with a network of its own. */
export function createContainers(ports: Ports): Containers {
  const folder = path.join(ports.folder, 'containers')
  mkdirSync(folder, { recursive: true })
  // entered by who is not root
  for (const each of [ports.folder, folder]) chmodSync(each, 0o711)
  const running = new Map<RunningContainer, () => void>()

  const start = async (spec: ContainerSpec, routes: () => readonly Route[]): Promise<RunningContainer> => {
    const found = await ports.images.resolve(spec.image)
    if (found === undefined) throw new Error(unknownImage(spec.image))
    const image: Image = { environment: {}, workingDirectory: '/', links: [], ...found }
    const args = nodeArguments(image, spec)
    const own = mkdtempSync(path.join(folder, `${spec.name.replaceAll(/[^\w-]/g, '_')}-`))
    try {
      const container = await run({ ports, spec, image, args, folder: own, routes })
      running.set(container.container, container.refresh)
      void container.container.ended.finally(() => {
        running.delete(container.container)
        rmSync(own, { recursive: true, force: true })
      })
      return container.container
    } catch (error) {
      rmSync(own, { recursive: true, force: true })
      throw error
    }
  }

  return {
    start,
    refresh: () => {
      for (const refresh of running.values()) refresh()
    },
    stop: async () => {
      await Promise.all([...running.keys()].map((container) => container.stop()))
    },
  }
}

function unknownImage(reference: string): string {
  return `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${reference}: not found`
}

interface Start {
  ports: Ports
  spec: ContainerSpec
  image: Image
  args: readonly string[]
  /** Of this container. */
  folder: string
  routes: () => readonly Route[]
}

async function run({ ports, spec, image, args, folder, routes }: Start): Promise<{ container: RunningContainer; refresh: () => void }> {
  chmodSync(folder, 0o755)
  const owner = unprivileged([process.execPath, image.folder, ...image.links, ports.authority.file, folder])
  const root = rootFolder(image, spec, folder, owner)
  const network = createNetworkFolder(folder, [Number(new URL(ports.endpoint).port)], owner)
  const refresh = (): void => network.write(routes())
  refresh()

  const launch = { folder: root, environment: environmentFor(ports, spec, image, network, temporaryFolder(folder, owner)), ...owner }
  const log = { write: spec.log, close: () => {} }
  const main = await startProcess(processPorts, { ...launch, command: [process.execPath, ...args] }, { mark: folder, log })
  let over = false
  const ended = main.ended.then((exit) => {
    over = true
    return dockerExit(exit)
  })

  const check = async (command: string[], timeoutMs: number): Promise<{ exitCode: number }> => {
    if (over) return { exitCode: 137 }
    try {
      const checking = await startProcess(processPorts, { ...launch, command: healthCheck(command, process.execPath) }, { mark: folder })
      const late = setTimeout(() => processPorts.processes.signal(-checking.pid, 'SIGKILL'), timeoutMs)
      const { code } = dockerExit(await checking.ended.finally(() => clearTimeout(late)))
      return { exitCode: code ?? 137 }
    } catch (error) {
      spec.log(error instanceof Error ? error.message : String(error))
      return { exitCode: 126 }
    }
  }

  const container: RunningContainer = {
    pid: main.pid,
    ended,
    stop: async () => {
      await main.stop(spec.stopTimeoutSeconds * 1000)
      return ended
    },
    lastLines: main.lastLines,
    portOf: (port) => (over ? undefined : network.portOf(port)),
    run: check,
  }
  return { container, refresh }
}

/** The image's own files where they may not be written to, a copy of them elsewhere. */
function rootFolder(image: Image, spec: ContainerSpec, folder: string, owner: Owner | undefined): string {
  const asked = path.posix.resolve(image.workingDirectory, spec.workingDirectory ?? '')
  const inside = path.posix.relative(image.workingDirectory, asked)
  if (inside.startsWith('..') || !existsSync(path.join(image.folder, inside))) {
    throw new Error(`CannotStartContainerError: the emulator has no working directory ${asked} in ${spec.image}`)
  }
  if (spec.readonlyRootFilesystem) return path.join(image.folder, inside)
  const copy = path.join(folder, 'root')
  cpSync(image.folder, copy, { recursive: true, verbatimSymlinks: true })
  openFolder(copy, owner)
  return path.join(copy, inside)
}

/** An image's folder is read-only, and so is a copy of it. */
function openFolder(folder: string, owner: Owner | undefined): void {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isSymbolicLink())
  for (const entry of [folder, ...entries.map(({ parentPath, name }) => path.join(parentPath, name))]) {
    chmodSync(entry, 0o755)
    if (owner !== undefined) chownSync(entry, owner.uid, owner.gid)
  }
}

function temporaryFolder(folder: string, owner: Owner | undefined): string {
  const made = path.join(folder, 'tmp')
  mkdirSync(made)
  openFolder(made, owner)
  return made
}

/** What the image and the task definition say; the rest is what Fargate or the kernel would give, and the emulated network. */
function environmentFor(
  ports: Ports,
  spec: ContainerSpec,
  image: Image,
  network: NetworkFolder,
  temporary: string,
): Record<string, string> {
  const said = {
    ...accountVariables(ports),
    PATH: programPath,
    HOME: temporary,
    TMPDIR: temporary,
    ...image.environment,
    ...spec.environment,
  }
  return {
    ...said,
    NODE_OPTIONS: network.nodeOptions((said as Record<string, string>)['NODE_OPTIONS']),
    // the emulator's authority stands for all that a system trusts
    NODE_EXTRA_CA_CERTS: ports.authority.file,
    AWS_ENDPOINT_URL: ports.endpoint,
  }
}
