import { id, inside } from './admin.js'

/**
 * @typedef {object} Copy
 * @property {string} from
 * @property {string} to
 * @property {string[]} previous whose objects the copy holds
 * @property {string} owner whose they are to be
 * @property {string} databaseOwner whose the database itself is to be
 */

/**
 * Where a copy is made ready before it gets its name: what has the name is whole. A hyphen, which no environment's database can have; one
 * is enough, as there is one writer.
 */
const staging = 'devtool-copy'

/** What a copy that was cut off has left; it keeps the roles in it from being dropped. @param {import('pg').Client} client */
export async function dropStaging(client) {
  await client.query(`DROP DATABASE IF EXISTS ${id(staging)} WITH (FORCE)`)
}

/**
 * Copies a database that nobody is connected to. The copy is closed: nobody but the admin may connect, and connections are off.
 * @param {import('pg').ClientConfig} config @param {import('pg').Client} client @param {Copy} copy
 */
export async function copyDatabase(config, client, copy) {
  await dropStaging(client)
  try {
    await stage(config, client, copy)
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    await dropStaging(client).catch(() => {})
    throw error
  }
}

/** @param {import('pg').ClientConfig} config @param {import('pg').Client} client @param {Copy} copy */
async function stage(config, client, { from, to, previous, owner, databaseOwner }) {
  await client.query(`CREATE DATABASE ${id(staging)} TEMPLATE ${id(from)} ALLOW_CONNECTIONS false`)
  await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${id(staging)} FROM PUBLIC`)
  await client.query(`ALTER DATABASE ${id(staging)} ALLOW_CONNECTIONS true`)
  await inside({ ...config, database: staging }, (copied) => handOver(copied, previous, owner))
  await client.query(`ALTER DATABASE ${id(staging)} ALLOW_CONNECTIONS false`)
  await client.query('BEGIN')
  await client.query(`ALTER DATABASE ${id(staging)} RENAME TO ${id(to)}`)
  await client.query(`ALTER DATABASE ${id(to)} OWNER TO ${id(databaseOwner)}`)
  await client.query('COMMIT')
}

/** @param {import('pg').Client} client @param {string[]} previous @param {string} owner */
async function handOver(client, previous, owner) {
  await client.query('BEGIN')
  const { rows: shared } = await client.query(
    'SELECT datname AS name, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE pg_get_userbyid(datdba) = ANY($1)',
    [previous],
  )
  // Schemas first: who is to own an object needs the right to create in its schema.
  const { rows: schemas } = await client.query(
    'SELECT nspname AS name FROM pg_namespace WHERE pg_get_userbyid(nspowner) = ANY($1) ORDER BY oid',
    [previous],
  )
  for (const schema of schemas) await client.query(`ALTER SCHEMA ${id(schema.name)} OWNER TO ${id(owner)}`)
  await client.query(`REASSIGN OWNED BY ${previous.map(id).join(', ')} TO ${id(owner)}`)
  // It takes the databases of the previous owner along, wherever it is run.
  for (const database of shared) await client.query(`ALTER DATABASE ${id(database.name)} OWNER TO ${id(database.owner)}`)
  await refuseLeft(client, previous)
  await client.query('COMMIT')
}

/**
 * A grant, a policy or default privileges that name a role cannot be handed over, and left out they would make the copy another database.
 * @param {import('pg').Client} client @param {string[]} roles
 */
async function refuseLeft(client, roles) {
  const { rows } = await client.query(
    `SELECT pg_describe_object(classid, objid, objsubid) AS what, pg_get_userbyid(refobjid) AS role FROM pg_shdepend
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND refclassid = 'pg_authid'::regclass AND pg_get_userbyid(refobjid) = ANY($1)
    ORDER BY 1 LIMIT 1`,
    [roles],
  )
  if (rows[0]) throw new Error(`${rows[0].what} names role ${rows[0].role}, which is another in a copy`)
}
