import { asAdmin, findDatabase, grantToAdmin, id, inside, refusePowerfulRoles, roleExists } from './admin.js'
import { copyDatabase, dropStaging } from './copies.js'
import { checkNames, checkTemplate } from './names.js'

/** @typedef {{ database: string, owner: string }} Template `owner` has every object in it, the admin has the database itself */

/**
 * Keeps a copy of a database that nobody is connected to, so that others can be made from it. Nobody can connect to the copy. Safe to
 * repeat: a template that is there stays as it is.
 * @param {import('pg').ClientConfig} adminClientConfig
 * @param {{ template: string, from: { database: string, role: string } }} wanted
 * @returns {Promise<Template>}
 * @throws {Error} if something in the database names a role of its environment other than as its owner
 */
export async function makeTemplate(adminClientConfig, { template, from }) {
  const names = checkTemplate(template)
  const source = checkNames(from)
  return asAdmin(adminClientConfig, names, 'make template', async (client, admin) => {
    if (await findDatabase(client, { ...names, owner: admin.user })) return { database: template, owner: names.owner }
    if (!(await findDatabase(client, source))) throw new Error(`database ${source.database} does not exist`)
    await refusePowerfulRoles(client, [names.owner])
    if (!(await roleExists(client, names.owner))) await client.query(`CREATE ROLE ${id(names.owner)} NOLOGIN`)
    for (const role of [names.owner, source.owner, source.role]) await grantToAdmin(client, admin, role)
    const objects = { previous: [source.owner, source.role], owner: names.owner }
    try {
      await copyDatabase(adminClientConfig, client, { from: source.database, to: template, ...objects, databaseOwner: admin.user })
    } catch (error) {
      await client.query(`DROP ROLE IF EXISTS ${id(names.owner)}`).catch(() => {})
      throw error
    }
    return { database: template, owner: names.owner }
  })
}

/**
 * The templates of a project, oldest first: what is called `<prefix>_template_<12 hexadecimal digits>` and belongs to the admin.
 * @param {import('pg').ClientConfig} adminClientConfig @param {string} prefix
 * @returns {Promise<Template[]>}
 */
export function listTemplates(adminClientConfig, prefix) {
  return inside(adminClientConfig, async (client) => {
    const { rows } = await client.query(
      `SELECT datname AS database, datname || '_owner' AS owner FROM pg_database
      WHERE left(datname, length($1)) = $1 AND substr(datname, length($1) + 1) ~ '^_template_[0-9a-f]{12}$'
        AND NOT datallowconn AND pg_get_userbyid(datdba) = current_user
      ORDER BY oid`,
      [prefix],
    )
    return rows
  })
}

/**
 * Drops a template and its role; the databases made from it stay. Safe to repeat.
 * @param {import('pg').ClientConfig} adminClientConfig @param {{ template: string }} unwanted
 */
export async function dropTemplate(adminClientConfig, { template }) {
  const names = checkTemplate(template)
  await asAdmin(adminClientConfig, names, 'drop template', async (client, admin) => {
    await findDatabase(client, { ...names, owner: admin.user })
    await refusePowerfulRoles(client, [names.owner])
    await dropStaging(client)
    await client.query(`DROP DATABASE IF EXISTS ${id(template)}`)
    await client.query(`DROP ROLE IF EXISTS ${id(names.owner)}`)
  })
}
