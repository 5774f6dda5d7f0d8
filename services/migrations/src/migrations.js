import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { migrate } from 'postgres-migrations'

/**
 * Applies what is new, in order, one transaction each, under an advisory lock that a second run waits for.
 * @param {import('pg').Client} client
 * @param {string} folder holds <number>_<name>.sql, numbered from 1 without gaps
 * @returns {Promise<string[]>} lines for people
 * @throws {Error} naming the file, the line and what Postgres said; or that an applied file was edited
 */
export async function applyMigrations(client, folder) {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  /** @type {{ text: string, error: unknown } | undefined} */
  let failed
  // The library keeps only the message of a failure, so the statement and its position are taken down here.
  const recording = {
    /** @param {any} query @param {any[]} [values] */
    async query(query, values) {
      try {
        return await client.query(query, values)
      } catch (error) {
        failed ??= { text: typeof query === 'string' ? query : query.text, error }
        throw error
      }
    },
  }
  try {
    const applied = await migrate({ client: /** @type {any} */ (recording) }, folder)
    // The first is the library's own table.
    const names = applied.filter(({ id }) => id > 0).map(({ fileName }) => `applied ${fileName}`)
    return names.length > 0 ? names : [`nothing to apply: ${files.length} migrations are in place`]
  } catch (error) {
    throw new Error(failed ? await describeSqlError(folder, files, failed) : describeRefusal(error))
  }
}

/** @param {string} folder @param {string[]} files @param {{ text: string, error: unknown }} failed */
async function describeSqlError(folder, files, { text, error }) {
  const { message, detail, hint, position } = /** @type {import('pg').DatabaseError} */ (error)
  const contents = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
  const file = files[contents.indexOf(text)] ?? 'migrations'
  const line = position ? ` (line ${text.slice(0, Number(position)).split('\n').length})` : ''
  return [`could not apply ${file}: ${message}${line}`, detail, hint && `hint: ${hint}`, 'nothing of it was kept']
    .filter(Boolean)
    .join('\n')
}

/** @param {unknown} error */
function describeRefusal(error) {
  const message = error instanceof Error ? error.message.replace(/^Migration failed\. Reason: /, '') : String(error)
  const hint = message.includes('Hashes') ? '\nhint: an applied migration is not edited, add a new one' : ''
  return `could not migrate: ${message}${hint}`
}
