import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { checkNames, refuseOwn } from './names.js'
import { scramVerifier } from './scram.js'

/** @typedef {import('./names.js').Names} Names */
/** @typedef {{ user: string, database: string, superuser: boolean, version: number }} Admin */

const connectionLimit = 15
const settings = { statement_timeout: '30s', idle_in_transaction_session_timeout: '60s' }
const id = pg.escapeIdentifier
const literal = pg.escapeLiteral

/**
 * Makes one database with an owner role and a login role of its own, closed to every other login of the server. Safe to
 * repeat: what is missing is made, the password is set anew.
 * @param {pg.ClientConfig} adminClientConfig a role with CREATEDB and CREATEROLE; no superuser is needed
 * @param {{ database: string, role: string, password: string }} wanted
 * @returns {Promise<Names & { open: string[] }>} `open` names shared databases that any login can still connect to, because the
 *   admin does not own them
 */
export async function createDatabase(adminClientConfig, { database, role, password }) {
  const names = checkNames({ database, role })
  const verifier = scramVerifier(password)
  return asAdmin(adminClientConfig, names, 'create', async (client, admin) => {
    await ensureRoles(client, admin, names, verifier)
    await ensureDatabase(client, names)
    await ensureSchema({ ...adminClientConfig, database }, names)
    return { ...names, open: await closeShared(client) }
  })
}

/**
 * Drops the database, whoever is connected to it, and its two roles. Safe to repeat.
 * @param {pg.ClientConfig} adminClientConfig
 * @param {{ database: string, role: string }} unwanted
 * @returns {Promise<Names>}
 */
export async function dropDatabase(adminClientConfig, { database, role }) {
  const names = checkNames({ database, role })
  return asAdmin(adminClientConfig, names, 'drop', async (client, admin) => {
    await refuseForeignRole(client, names)
    if (await findDatabase(client, names)) {
      // Ending a session takes the privileges of its role.
      if (await roleExists(client, role)) await grantToAdmin(client, admin, role)
      await forceDrop(client, database)
    }
    await client.query(`DROP ROLE IF EXISTS ${id(role)}, ${id(names.owner)}`)
    return names
  })
}

/**
 * One connection, one writer: roles and databases are shared by the whole server, and concurrent changes to them fail with "tuple
 * concurrently updated". Ending the session frees the lock.
 * @template T
 * @param {pg.ClientConfig} config @param {Names} names @param {string} verb
 * @param {(client: pg.Client, admin: Admin) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function asAdmin(config, names, verb, work) {
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

/** @param {pg.Client} client @returns {Promise<Admin>} */
async function whoAmI(client) {
  const { rows } = await client.query(`
    SELECT current_user AS user, current_database() AS database, rolsuper AS superuser,
      current_setting('server_version_num')::int AS version
    FROM pg_roles WHERE rolname = current_user`)
  return rows[0]
}

/** All roles in one transaction: there is never a login without its owner. @param {pg.Client} client @param {Admin} admin @param {Names} names @param {string} verifier */
async function ensureRoles(client, admin, { role, owner }, verifier) {
  await refusePowerfulRoles(client, [role, owner])
  await client.query('BEGIN')
  if (!(await roleExists(client, owner))) await client.query(`CREATE ROLE ${id(owner)} NOLOGIN`)
  await grantToAdmin(client, admin, owner)
  const attributes = `LOGIN CONNECTION LIMIT ${connectionLimit} PASSWORD ${literal(verifier)}`
  // Only a superuser may name NOSUPERUSER in ALTER ROLE; refusePowerfulRoles has made sure of it.
  if (await roleExists(client, role)) await client.query(`ALTER ROLE ${id(role)} ${attributes}`)
  else await client.query(`CREATE ROLE ${id(role)} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION ${attributes}`)
  await client.query(`GRANT ${id(owner)} TO ${id(role)}`)
  for (const [name, value] of Object.entries(settings)) await client.query(`ALTER ROLE ${id(role)} SET ${name} = ${literal(value)}`)
  await client.query('COMMIT')
}

/** @param {pg.Client} client @param {Names} names */
async function ensureDatabase(client, names) {
  const database = id(names.database)
  const existing = await findDatabase(client, names)
  if (existing?.invalid) await client.query(`DROP DATABASE ${database}`)
  if (!existing || existing.invalid) {
    // Nobody gets in before PUBLIC is shut out: a session that slipped in would outlive the REVOKE.
    await client.query(`CREATE DATABASE ${database} OWNER ${id(names.owner)} TEMPLATE template0 ENCODING 'UTF8' ALLOW_CONNECTIONS false`)
  }
  await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${database} FROM PUBLIC`)
  await client.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${id(names.role)}`)
  await client.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`)
}

/** @param {pg.ClientConfig} config @param {Names} names */
async function ensureSchema(config, { owner }) {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...config })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query("SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = 'public'")
    if (rows.length === 0 || rows[0].owner === owner) return
    await client.query(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`)
    await client.query(`ALTER SCHEMA public OWNER TO ${id(owner)}`)
  } finally {
    await client.end()
  }
}

/** Shuts PUBLIC out of the server's own databases, which every login could enter otherwise. @param {pg.Client} client @returns {Promise<string[]>} */
async function closeShared(client) {
  const { rows } = await client.query(`
    SELECT datname AS name, pg_has_role(datdba, 'USAGE') AS owned FROM pg_database
    WHERE (datname IN ('postgres', 'template1') OR datname = current_database())
      AND (has_database_privilege('public', oid, 'CONNECT') OR has_database_privilege('public', oid, 'TEMPORARY'))
    ORDER BY datname`)
  for (const { name } of rows.filter(({ owned }) => owned))
    await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${id(name)} FROM PUBLIC`)
  return rows.filter(({ owned }) => !owned).map(({ name }) => name)
}

/** @param {pg.Client} client @param {Names} names @returns {Promise<{ owner: string, invalid: boolean } | undefined>} */
async function findDatabase(client, { database, owner }) {
  // datconnlimit -2 marks a database whose DROP was interrupted.
  const { rows } = await client.query(
    'SELECT pg_get_userbyid(datdba) AS owner, datconnlimit = -2 AS invalid FROM pg_database WHERE datname = $1',
    [database],
  )
  if (rows[0] && rows[0].owner !== owner) throw new Error(`it exists and belongs to ${rows[0].owner}, not to ${owner}`)
  return rows[0]
}

/** @param {pg.Client} client @param {string} role */
async function roleExists(client, role) {
  return (await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])).rowCount === 1
}

/** @param {pg.Client} client @param {string[]} roles */
async function refusePowerfulRoles(client, roles) {
  const { rows } = await client.query(
    'SELECT rolname FROM pg_roles WHERE rolname = ANY($1) AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)',
    [roles],
  )
  if (rows[0]) throw new Error(`role ${rows[0].rolname} exists and has privileges of its own`)
}

/** A login that belongs to another environment is not dropped with this one. @param {pg.Client} client @param {Names} names */
async function refuseForeignRole(client, { role, owner }) {
  await refusePowerfulRoles(client, [role, owner])
  const { rows } = await client.query(
    `SELECT pg_get_userbyid(roleid) AS of FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member WHERE rolname = $1 AND pg_get_userbyid(roleid) <> $2`,
    [role, owner],
  )
  if (rows[0]) throw new Error(`role ${role} belongs to ${rows[0].of}`)
}

/**
 * From Postgres 16 on, whoever makes a role may administer it but neither has its privileges nor can act as it.
 * @param {pg.Client} client @param {Admin} admin @param {string} role
 */
async function grantToAdmin(client, admin, role) {
  if (admin.superuser) return
  const options = admin.version >= 160_000 ? ' WITH INHERIT TRUE, SET TRUE' : ''
  await client.query(`GRANT ${id(role)} TO ${id(admin.user)}${options}`)
}

/** @param {pg.Client} client @param {string} database */
async function forceDrop(client, database) {
  const objectInUse = '55006'
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(`DROP DATABASE IF EXISTS ${id(database)} WITH (FORCE)`)
      return
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== objectInUse || attempt === 5) throw error
      await sleep(1000)
    }
  }
}

/** @param {unknown} error */
function reason(error) {
  if (error instanceof pg.DatabaseError) return error.detail ? `${error.message} (${error.detail})` : error.message
  return error instanceof Error ? error.message || error.name : String(error)
}
