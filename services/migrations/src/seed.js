import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

/**
 * Runs a SQL file once per database: the file and the note that it ran are one transaction.
 * @param {import('pg').Client} client
 * @param {string} folder
 * @param {string} name path below the folder
 * @returns {Promise<string>} a line for people
 */
export async function applySeed(client, folder, name) {
  const sql = await readFile(resolve(folder, name), 'utf8').catch((error) => {
    throw new Error(`could not read seed ${name}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`)
  })
  const checksum = createHash('sha256').update(sql).digest('hex')
  try {
    await client.query('begin')
    await client.query("select pg_advisory_xact_lock(hashtextextended('seeds', 0))")
    await client.query(
      'create table if not exists seeds (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
    )
    const { rows } = await client.query('select checksum from seeds where name = $1', [name])
    if (rows.length === 0) {
      await client.query(sql)
      await client.query('insert into seeds (name, checksum) values ($1, $2)', [name, checksum])
    }
    await client.query('commit')
    if (rows.length === 0) return `seeded ${name}`
    return rows[0].checksum === checksum
      ? `already seeded ${name}`
      : `already seeded ${name}, which has changed since: make a new environment to see it`
  } catch (error) {
    await client.query('rollback').catch(() => {})
    const { message, position } = /** @type {import('pg').DatabaseError} */ (error)
    const line = position ? ` (line ${sql.slice(0, Number(position)).split('\n').length})` : ''
    throw new Error(`could not apply seed ${name}: ${message}${line}\nnothing of it was kept`)
  }
}
