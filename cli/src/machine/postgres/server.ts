import path from 'node:path'
import { UserError } from '../../errors.ts'
import type { Exit, Spawn, Spawned } from '../../system/spawn.ts'
import { collectLines, type Lines } from '../lines.ts'
import { createLog, type LogWriter } from '../log.ts'
import { freePort, portIsFree } from '../ports.ts'
import { within } from '../waiting.ts'
import { type Account, chooseAccount } from './account.ts'
import { type ClusterPorts, type Place, prepareCluster, SUPERUSER, writeSettings } from './cluster.ts'
import { failure } from './failure.ts'
import type { PostgresBinaries } from './installed.ts'
import { endPrevious, endSessions, type PreviousPorts, shutDown } from './previous.ts'

export type { Place as PostgresPlace }

export interface ServerPorts extends ClusterPorts, PreviousPorts {
  spawn: Spawn
}

export interface PostgresServer {
  readonly host: '127.0.0.1'
  readonly port: number
  readonly user: string
  readonly password: string
  readonly pid: number
  /** Resolves when the server has ended, also if it was not stopped. */
  readonly ended: Promise<Exit>
  /** Of its log, newest last. */
  lastLines(count: number): string[]
  /** Cuts the sessions off and ends it; resolves when it is gone. */
  stop(): Promise<void>
}

/** How long the server may take until it answers, and the sessions of a killed one until they are gone. */
interface Limits {
  startMs: number
  sessionsMs: number
}

const LIMITS: Limits = { startMs: 60_000, sessionsMs: 20_000 }
const RETRY_MS = 250
const PORTS_TRIED = 5

const READY = 'database system is ready to accept connections'
const PORT_TAKEN = /Address already in use/
const SESSIONS_LEFT = /pre-existing shared memory block/

/**
 * Starts the server of `place.folder`, which it makes if it is not there. Whoever ran one there before must have ended: a server that is still
 * running is taken for what was left, and stopped.
 */
export async function startPostgres(
  ports: ServerPorts,
  place: Place,
  binaries: PostgresBinaries,
  limits: Partial<Limits> = {},
): Promise<PostgresServer> {
  const data = path.join(place.folder, 'data')
  const account = await openFolder(ports, place.folder, binaries)
  const password = await prepareCluster(ports, place, binaries, account)
  await endPrevious(ports, data, account.owner)
  const settings = await writeSettings(ports, place, account)
  const log = await createLog(ports.files, path.join(place.folder, 'server.log'), ports.clock)
  const program = path.join(binaries.bin, 'postgres')
  const { startMs, sessionsMs } = { ...LIMITS, ...limits }
  const launch = (port: number): Promise<Attempt> =>
    attempt(ports, () => account.spawn(program, [...serverArguments(data, port), ...settings]), log, startMs)
  try {
    const { port, running } = await persist(ports, place, launch, sessionsMs)
    void running.spawned.ended.then(log.close)
    return serverOf(ports, running, port, password, data)
  } catch (error) {
    log.close()
    throw error
  }
}

/** The folder is closed to everybody but the server's account, which need only pass through. */
async function openFolder(ports: ServerPorts, folder: string, { bin }: PostgresBinaries): Promise<Account> {
  const root = process.getuid?.() === 0
  try {
    await ports.files.makeFolder(folder)
    await ports.files.setMode(folder, root ? 0o711 : 0o700)
  } catch (error) {
    if (!(error instanceof UserError) || !error.message.endsWith('permission denied')) throw error
    throw new UserError(error.message, {
      hint: `It belongs to another user. Give it to yourself: chown -R "$(id -u)" ${folder}`,
      cause: error,
    })
  }
  const account = await chooseAccount(ports, { bin, folder }, root)
  if (account.owner?.uid === 0) await ports.files.setMode(folder, 0o700)
  return account
}

/** On the command line nothing that is in the folder can say otherwise. */
function serverArguments(data: string, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 100,
    password_encryption: 'scram-sha-256',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_line_prefix: '[%p] ',
    // as on RDS
    timezone: 'UTC',
    log_timezone: 'UTC',
    cluster_name: 'devtool',
    // a session whose client was killed in the middle of a statement does not hold its locks until the statement ends
    client_connection_check_interval: '1s',
  }
  return ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

interface Running {
  spawned: Spawned
  lines: Lines
}

type Attempt = { running: Running } | { running: undefined; lines: string[]; reason: string }

async function attempt(
  { clock, processes }: ServerPorts,
  spawn: () => Promise<Spawned>,
  log: Required<LogWriter>,
  limit: number,
): Promise<Attempt> {
  const spawned = await spawn().catch((error: unknown) => error)
  if (spawned instanceof UserError) return { running: undefined, lines: [spawned.message], reason: 'its program does not run' }
  if (!isSpawned(spawned)) throw spawned
  let answers = (): void => {}
  const ready = new Promise<undefined>((resolve) => {
    answers = () => resolve(undefined)
  })
  const lines = collectLines((line) => {
    log.writeBytes(line)
    if (line.includes(READY)) answers()
  })
  lines.read(spawned.stdout)
  lines.read(spawned.stderr)
  const exit = spawned.exited.then(howItEnded)
  const first = Promise.race([ready, exit])
  const inTime = await within(clock, first, limit)
  const reason = inTime ? await first : `it did not answer within ${limit / 1000} s`
  if (reason === undefined) return { running: { spawned, lines } }
  if (!inTime) await shutDown(processes, spawned.pid, (milliseconds) => within(clock, spawned.exited, milliseconds))
  // what it said last may still be on its way
  await within(clock, spawned.ended, 1000)
  return { running: undefined, lines: lines.last(50), reason }
}

const isSpawned = (value: unknown): value is Spawned => typeof value === 'object' && value !== null && 'exited' in value

const howItEnded = ({ code, signal }: Exit): string => (signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`)

/** Tries again where that helps: another port for one that is taken, and once more when the sessions of a killed server are gone. */
async function persist(
  ports: ServerPorts,
  place: Place,
  launch: (port: number) => Promise<Attempt>,
  sessionsMs: number,
): Promise<{ port: number; running: Running }> {
  const { clock } = ports
  const deadline = clock.now().getTime() + sessionsMs
  let port = place.port !== null && (await portIsFree(place.port)) ? place.port : await freePort()
  for (let taken = 0; ; ) {
    const result = await launch(port)
    if (result.running !== undefined) return { port, running: result.running }
    const says = (pattern: RegExp): boolean => result.lines.some((line) => pattern.test(line))
    if (says(PORT_TAKEN) && taken < PORTS_TRIED) {
      taken += 1
      port = await freePort()
    } else if (says(SESSIONS_LEFT) && clock.now().getTime() < deadline) {
      await endSessions(ports, path.join(place.folder, 'data'))
      await clock.sleep(RETRY_MS)
    } else throw failure(place.folder, result.lines, result.reason)
  }
}

function serverOf(ports: ServerPorts, { spawned, lines }: Running, port: number, password: string, data: string): PostgresServer {
  const { clock, processes } = ports
  const ended = (milliseconds: number): Promise<boolean> => within(clock, spawned.exited, milliseconds)
  const end = async (): Promise<void> => {
    // a number that has ended may be somebody else's by now
    if (!(await ended(0))) await shutDown(processes, spawned.pid, ended)
    if ((await spawned.exited).signal !== null) await endSessions(ports, data)
    await within(clock, spawned.ended, 1000)
  }
  let ending: Promise<void> | undefined
  return {
    ...{ host: '127.0.0.1', port, user: SUPERUSER, password, pid: spawned.pid, ended: spawned.exited, lastLines: lines.last },
    stop: () => {
      ending ??= end()
      return ending
    },
  }
}
