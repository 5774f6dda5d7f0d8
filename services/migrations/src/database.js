import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { tlsFromEnvironment } from './tls.js'

// Not there yet, starting, or out of connections for a moment. A wrong password or database is none of these.
const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  '57P03',
  '53300',
])

/**
 * Connects as the libpq variables say, waiting for a server that is still starting.
 * @param {Record<string, string | undefined>} environment DATABASE_WAIT_SECONDS bounds the wait, 60 by default
 * @returns {Promise<pg.Client>}
 */
export async function connect(environment) {
  const seconds = Number(environment.DATABASE_WAIT_SECONDS ?? 60)
  const deadline = performance.now() + seconds * 1000
  for (let attempt = 1; ; attempt += 1) {
    const client = new pg.Client({
      ssl: tlsFromEnvironment(environment),
      connectionTimeoutMillis: 5000,
      // The role's own limit is meant for requests; building an index may take longer.
      statement_timeout: 15 * 60 * 1000,
      application_name: 'migrations',
    })
    // A connection that breaks also fails the query in flight; without a listener it would end the process instead.
    client.on('error', () => {})
    try {
      await client.connect()
      return client
    } catch (error) {
      if (performance.now() >= deadline || !mayPass(error))
        throw new Error(`could not reach database ${place(environment)}: ${reason(error)}`)
      if (attempt === 1) console.log(`waiting for database ${place(environment)}: ${reason(error)}`)
      await sleep(Math.min(100 * 2 ** attempt, 2000))
    }
  }
}

/** @param {unknown} error */
function mayPass(error) {
  const { code = '', message = '' } = /** @type {{ code?: string, message?: string }} */ (error)
  return passing.has(code) || /timeout|terminated unexpectedly/i.test(message)
}

/** @param {unknown} error */
function reason(error) {
  const { code, message } = /** @type {{ code?: string, message?: string }} */ (error)
  return message || code || String(error)
}

/** @param {Record<string, string | undefined>} environment */
function place({ PGDATABASE = '', PGHOST = 'localhost', PGPORT = '5432' }) {
  return `${PGDATABASE} at ${PGHOST}:${PGPORT}`
}
