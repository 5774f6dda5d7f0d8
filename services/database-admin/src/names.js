const identifier = /^[a-z][a-z0-9_]{0,62}$/
const protectedDatabase = /^(postgres|rdsadmin|template.*)$/
const protectedRole = /^(postgres|rdsadmin|rds_.*|pg_.*)$/
const templateName = /^[a-z][a-z0-9_]*_template_[0-9a-f]{12}$/

/**
 * @typedef {object} Names
 * @property {string} database
 * @property {string} role the login of the environment
 * @property {string} owner `<role>_owner`, which owns the database and cannot log in
 */

/**
 * Checks what came in from outside before any of it reaches SQL.
 * @param {{ database?: unknown, role?: unknown }} input
 * @returns {Names}
 * @throws {Error} on a name that is malformed, too long or belongs to the server
 */
export function checkNames({ database, role }) {
  const names = { database: checkIdentifier('database', database), role: checkIdentifier('role', role), owner: `${role}_owner` }
  checkIdentifier('owner role', names.owner)
  if (protectedDatabase.test(names.database)) throw new Error(`could not use database ${names.database}: it belongs to the server`)
  for (const name of [names.role, names.owner]) {
    if (protectedRole.test(name)) throw new Error(`could not use role ${name}: it belongs to the server`)
  }
  return names
}

/**
 * A template is told from an environment's database by its name alone, so nothing else may be taken for one.
 * @param {unknown} template `<project>_template_<12 hexadecimal digits>`
 * @returns {Names} without a login: `owner` has every object in it
 */
export function checkTemplate(template) {
  const names = checkNames({ database: template, role: template })
  if (templateName.test(names.database)) return names
  throw new Error(`could not use ${names.database} as a template: its name has to end with _template_ and 12 hexadecimal digits`)
}

/**
 * Keeps the admin from cutting off the branch it sits on.
 * @param {Names} names
 * @param {{ user: string, database: string }} admin
 */
export function refuseOwn({ database, role, owner }, admin) {
  if (database === admin.database) throw new Error(`could not use database ${database}: the admin is connected to it`)
  if (role === admin.user || owner === admin.user) throw new Error(`could not use role ${admin.user}: it is the admin`)
}

/** @param {string} what @param {unknown} value */
function checkIdentifier(what, value) {
  if (typeof value === 'string' && identifier.test(value)) return value
  throw new Error(
    `could not use ${what} ${JSON.stringify(value)}: allowed are a-z, 0-9 and _, starting with a letter, at most 63 characters`,
  )
}
