import path from 'node:path'
import { hashDigits } from '../../environment/hash.ts'
import { UserError } from '../../errors.ts'
import type { Files } from '../../system/files.ts'
import { stateFolder } from '../../system/folders.ts'

/** Where everything of this user's local environments is. Nothing is kept anywhere else. */
export interface Place {
  /** Private to the user: it holds passwords. */
  folder: string
  /** Its mode: under root, Postgres runs as another user, who has to pass through it; what is secret in it is closed by itself. */
  mode: number
  /** The registry's store. */
  registry: string
  /** Where the supervisor answers. */
  socket: string
  log: string
  /** The port that the router had last. */
  port: string
  environments: string
  /** What the supervisor keeps running. */
  spec(name: string): string
  logs(name: string): string
  /** One service, or `migrations`. */
  serviceLog(name: string, service: string): string
  /** What every process of an environment carries, so that it is found when its supervisor was killed; others have other state folders. */
  mark(name: string): string
  clusters: string
  cluster(project: string): string
}

/** `sun_path` of unix(7) holds 108 bytes, that of macOS 104, each with a closing zero. */
const LONGEST_SOCKET = 103

export function placeOf(variables: Readonly<Record<string, string | undefined>>): Place {
  const folder = path.join(stateFolder(variables), 'local')
  const socket = path.join(folder, 'control')
  const environments = path.join(folder, 'environments')
  const logs = (name: string): string => path.join(folder, 'logs', name)
  const clusters = path.join(folder, 'postgres')
  return {
    folder,
    mode: process.getuid?.() === 0 ? 0o711 : 0o700,
    socket,
    environments,
    logs,
    clusters,
    registry: path.join(folder, 'registry'),
    log: path.join(folder, 'supervisor.log'),
    port: path.join(folder, 'port'),
    mark: (name) => `local/${hashDigits(folder)}/${name}`,
    spec: (name) => path.join(environments, `${name}.json`),
    serviceLog: (name, service) => path.join(logs(name), `${service}.log`),
    cluster: (project) => path.join(clusters, project),
  }
}

/** Makes the folder, or closes one that the registry made. */
export async function openPlace(files: Files, { folder, mode, socket }: Place): Promise<void> {
  if (Buffer.byteLength(socket) > LONGEST_SOCKET) {
    throw new UserError(`could not use ${folder}: the path of a socket in it would be longer than ${LONGEST_SOCKET} bytes`, {
      hint: 'set XDG_STATE_HOME to a folder with a shorter path',
    })
  }
  await files.makeFolder(folder)
  await files.setMode(folder, mode)
}
