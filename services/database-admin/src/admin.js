import pg from 'pg'
import { refuseOwn } from './names.js'

/** @typedef {import('./names.js').Names} Names */
/** @typedef {{ user: string, database: string, superuser: boolean, version: number }} Admin */

export const id = pg.escapeIdentifier
export const literal = pg.escapeLiteral

/**
 * One connection, one writer: roles and databases are shared by the whole server, and concurrent changes to them fail with "tuple
 * concurrently updated". Ending the session frees the lock.
 * @template T
 * @param {pg.ClientConfig} config @param {Names} names @param {string} verb
 * @param {(client: pg.Client, admin: Admin) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function asAdmin(config, names, verb, work) {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000, application_name: 'devtool database-admin', ...config })
  // A connection that breaks also fails the query in flight; without a listener it would end the process instead.
  client.on('error', () => {})
  try {
    await client.connect()
    const admin = await whoAmI(client)
    refuseOwn(names, admin)
    await client.query("SET lock_timeout = '45s'")
    await client.query("SELECT pg_advisory_lock(hashtextextended('devtool/database-admin', 0))")
    return await work(client, admin)
  } catch (error) {
    throw new Error(`could not ${verb} database ${names.database}: ${reason(error)}`, { cause: error })
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * A second connection, into the database that `config` names.
 * @template T
 * @param {pg.ClientConfig} config @param {(client: pg.Client) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function inside(config, work) {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...config })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** @param {pg.Client} client @returns {Promise<Admin>} */
async function whoAmI(client) {
  const { rows } = await client.query(`
    SELECT current_user AS user, current_database() AS database, rolsuper AS superuser,
      current_setting('server_version_num')::int AS version
    FROM pg_roles WHERE rolname = current_user`)
  return rows[0]
}

/** @param {pg.Client} client @param {string} role */
export async function roleExists(client, role) {
  return (await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])).rowCount === 1
}

/** @param {pg.Client} client @param {string[]} roles */
export async function refusePowerfulRoles(client, roles) {
  const { rows } = await client.query(
    'SELECT rolname FROM pg_roles WHERE rolname = ANY($1) AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)',
    [roles],
  )
  if (rows[0]) throw new Error(`role ${rows[0].rolname} exists and has privileges of its own`)
}

/**
 * From Postgres 16 on, whoever makes a role may administer it but neither has its privileges nor can act as it.
 * @param {pg.Client} client @param {Admin} admin @param {string} role
 */
export async function grantToAdmin(client, admin, role) {
  if (admin.superuser) return
  const options = admin.version >= 160_000 ? ' WITH INHERIT TRUE, SET TRUE' : ''
  await client.query(`GRANT ${id(role)} TO ${id(admin.user)}${options}`)
}

/** @param {pg.Client} client @param {Names} names @returns {Promise<{ owner: string, invalid: boolean } | undefined>} */
export async function findDatabase(client, { database, owner }) {
  // datconnlimit -2 marks a database whose DROP was interrupted.
  const { rows } = await client.query(
    'SELECT pg_get_userbyid(datdba) AS owner, datconnlimit = -2 AS invalid FROM pg_database WHERE datname = $1',
    [database],
  )
  if (rows[0] && rows[0].owner !== owner) throw new Error(`it exists and belongs to ${rows[0].owner}, not to ${owner}`)
  return rows[0]
}

/** @param {unknown} error */
function reason(error) {
  if (error instanceof pg.DatabaseError) return error.detail ? `${error.message} (${error.detail})` : error.message
  return error instanceof Error ? error.message || error.name : String(error)
}
