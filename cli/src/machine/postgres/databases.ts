import type { Names, Template } from '../../../../services/database-admin/src/databases.js'
import { ToolError } from '../../errors.ts'
import type { PostgresServer } from './server.ts'

export type { Names, Template }

/** Where the server is, and its superuser. */
export type Admin = Pick<PostgresServer, 'host' | 'port' | 'user' | 'password'>

/** The code of the function that does the same on AWS. It brings a Postgres client, so it is loaded by its first use. */
const databases = (): Promise<typeof import('../../../../services/database-admin/src/databases.js')> =>
  import('../../../../services/database-admin/src/databases.js')
const templates = (): Promise<typeof import('../../../../services/database-admin/src/templates.js')> =>
  import('../../../../services/database-admin/src/templates.js')

const login = ({ host, port, user, password }: Admin) => ({ host, port, user, password, database: 'postgres' })

/** What it throws says already what could not be done, in words. */
async function said<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    throw new ToolError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/**
 * A database with an owner and a login of its own. With `template` it starts as a copy of that, with everything in it as its own. Safe to
 * repeat; a database that exists keeps what is in it.
 */
export function createDatabase(
  admin: Admin,
  wanted: { database: string; role: string; password: string; template?: Template },
): Promise<Names & { created: boolean }> {
  return said(async () => (await databases()).createDatabase(login(admin), wanted))
}

/** Whether there is such a database, whoever it belongs to. */
export function databaseExists(admin: Admin, database: string): Promise<boolean> {
  return said(async () => (await databases()).databaseExists(login(admin), database))
}

/** Drops the database, whoever is connected to it, and its roles. Safe to repeat. */
export function dropDatabase(admin: Admin, unwanted: { database: string; role: string }): Promise<Names> {
  return said(async () => (await databases()).dropDatabase(login(admin), unwanted))
}

/**
 * `<project>_template_<12 hexadecimal digits>`.
 *
 * @param fingerprint hexadecimal digits that tell what is in it: the same migrations, the same digits.
 */
export function templateName(project: string, fingerprint: string): string {
  return `${project.replaceAll('-', '_')}_template_${fingerprint.slice(0, 12)}`
}

/**
 * Keeps a copy of a database as a template. Nobody may be connected to it, so it has to be done after the migrations and before the services
 * start. Fails, and leaves nothing, where something in the database names a role of its environment other than as its owner.
 */
export function makeTemplate(admin: Admin, wanted: { template: string; from: { database: string; role: string } }): Promise<Template> {
  return said(async () => (await templates()).makeTemplate(login(admin), wanted))
}

/** The templates of a project, oldest first. */
export function listTemplates(admin: Admin, project: string): Promise<Template[]> {
  return said(async () => (await templates()).listTemplates(login(admin), project.replaceAll('-', '_')))
}

/** Drops a template; the databases made from it stay. Safe to repeat. */
export function dropTemplate(admin: Admin, unwanted: { template: string }): Promise<void> {
  return said(async () => (await templates()).dropTemplate(login(admin), unwanted))
}
