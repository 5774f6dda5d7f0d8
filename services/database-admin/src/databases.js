import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { asAdmin, findDatabase, grantToAdmin, id, inside, literal, refusePowerfulRoles, roleExists } from './admin.js'
import { copyDatabase, dropStaging } from './copies.js'
import { checkNames, checkTemplate } from './names.js'
import { scramVerifier } from './scram.js'

/** @typedef {import('./names.js').Names} Names */
/** @typedef {import('./admin.js').Admin} Admin */
/** @typedef {import('./templates.js').Template} Template */

const connectionLimit = 15
const settings = { statement_timeout: '30s', idle_in_transaction_session_timeout: '60s' }

/**
 * Makes one database with an owner role and a login role of its own, closed to every other login of the server. Safe to
 * repeat: what is missing is made, the password is set anew.
 * @param {pg.ClientConfig} adminClientConfig a role with CREATEDB and CREATEROLE; no superuser is needed
 * @param {{ database: string, role: string, password: string, template?: Template }} wanted with `template` a new database is a copy of
 *   it, with every object handed to the new owner; one that exists stays as it is
 * @returns {Promise<Names & { created: boolean, open: string[] }>} `open` names shared databases that any login can still connect to,
 *   because the admin does not own them
 */
export async function createDatabase(adminClientConfig, { database, role, password, template }) {
  const names = checkNames({ database, role })
  const verifier = scramVerifier(password)
  return asAdmin(adminClientConfig, names, 'create', async (client, admin) => {
    await ensureRoles(client, admin, names, verifier)
    const created = await ensureDatabase(client, names, () =>
      template ? copyTemplate(adminClientConfig, client, admin, template, names) : createEmpty(client, names),
    )
    await ensureSchema({ ...adminClientConfig, database }, names)
    return { ...names, created, open: await closeShared(client) }
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
    await dropRoles(client, names)
    return names
  })
}

/**
 * Whether there is such a database, whoever it belongs to.
 * @param {pg.ClientConfig} adminClientConfig @param {string} database
 */
export function databaseExists(adminClientConfig, database) {
  return inside(adminClientConfig, async (client) => {
    return (await client.query('SELECT FROM pg_database WHERE datname = $1', [database])).rowCount === 1
  })
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

/**
 * @param {pg.Client} client @param {Names} names @param {() => Promise<unknown>} create leaves it closed
 * @returns {Promise<boolean>} whether there was none
 */
async function ensureDatabase(client, names, create) {
  const database = id(names.database)
  const existing = await findDatabase(client, names)
  if (existing?.invalid) await client.query(`DROP DATABASE ${database}`)
  const missing = !existing || existing.invalid
  // Nobody gets in before PUBLIC is shut out: a session that slipped in would outlive the REVOKE.
  if (missing) await create()
  await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${database} FROM PUBLIC`)
  await client.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${id(names.role)}`)
  await client.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`)
  return missing
}

/** @param {pg.Client} client @param {Names} names */
async function createEmpty(client, { database, owner }) {
  await client.query(`CREATE DATABASE ${id(database)} OWNER ${id(owner)} TEMPLATE template0 ENCODING 'UTF8' ALLOW_CONNECTIONS false`)
}

/**
 * @param {pg.ClientConfig} config @param {pg.Client} client @param {Admin} admin @param {Template} template @param {Names} names
 */
async function copyTemplate(config, client, admin, template, { database, owner }) {
  const known = checkTemplate(template.database)
  if (!(await findDatabase(client, { ...known, owner: admin.user }))) throw new Error(`template ${template.database} does not exist`)
  await grantToAdmin(client, admin, known.owner)
  await copyDatabase(config, client, { from: template.database, to: database, previous: [known.owner], owner, databaseOwner: owner })
}

/** @param {pg.ClientConfig} config @param {Names} names */
async function ensureSchema(config, { owner }) {
  await inside(config, async (client) => {
    const { rows } = await client.query("SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = 'public'")
    if (rows.length === 0 || rows[0].owner === owner) return
    await client.query(`REVOKE CREATE ON SCHEMA public FROM PUBLIC`)
    await client.query(`ALTER SCHEMA public OWNER TO ${id(owner)}`)
  })
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

/** A login that belongs to another environment is not dropped with this one. @param {pg.Client} client @param {Names} names */
async function refuseForeignRole(client, { role, owner }) {
  await refusePowerfulRoles(client, [role, owner])
  const { rows } = await client.query(
    `SELECT pg_get_userbyid(roleid) AS of FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member WHERE rolname = $1 AND pg_get_userbyid(roleid) <> $2`,
    [role, owner],
  )
  if (rows[0]) throw new Error(`role ${role} belongs to ${rows[0].of}`)
}

/** @param {pg.Client} client @param {Names} names */
async function dropRoles(client, { role, owner }) {
  const stillNeeded = '2BP01'
  const drop = `DROP ROLE IF EXISTS ${id(role)}, ${id(owner)}`
  try {
    await client.query(drop)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== stillNeeded) throw error
    await dropStaging(client)
    await client.query(drop)
  }
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
