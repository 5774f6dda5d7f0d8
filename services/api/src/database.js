import pg from 'pg'
import { tlsFromEnvironment } from './tls.js'

/**
 * The pool that the libpq variables describe. A database that cannot be reached is an error of the request, not of the start.
 * @param {Record<string, string | undefined>} environment
 * @param {Pick<import('pino').Logger, 'warn'>} logger
 */
export function createPool(environment, logger) {
  const pool = new pg.Pool({
    ssl: tlsFromEnvironment(environment),
    max: 5,
    connectionTimeoutMillis: 3000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 5000,
    // The server's own limit comes first; this one covers a server that has gone silent.
    query_timeout: 7000,
    idle_in_transaction_session_timeout: 10_000,
    application_name: 'api',
  })
  // Without a listener a connection that breaks while idle would end the process.
  pool.on('error', (error) => logger.warn({ error: error.message }, 'idle database connection lost'))
  return pool
}

/** Whether the database answers within a second. @param {pg.Pool} pool */
export async function isReachable(pool) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, 1000, false)
  })
  const answer = pool.query('select 1').then(
    () => true,
    () => false,
  )
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}

/**
 * Whether an error says that the database is away, or not migrated yet, rather than that we asked wrongly.
 * @param {unknown} error
 */
export function isUnavailable(error) {
  const { code = '', message = '' } = /** @type {{ code?: string, message?: string }} */ (error ?? {})
  // Classes 08 connection, 28 login, 3D database, 53 resources, 57 operator; 42P01 is a missing table.
  return (
    /^(08|28|3D|53|57|42P01)/.test(code) ||
    /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE)/.test(code) ||
    /timeout|terminated|Connection/.test(message)
  )
}
