/** @typedef {{ id: number, name: string, message: string, createdAt: string }} Entry */

const limits = { name: 60, message: 500 }
const columns = 'id::float8 as id, name, message, created_at as "createdAt"'

/**
 * @param {unknown} body
 * @returns {{ entry: { name: string, message: string } } | { fields: Record<string, string> }}
 */
export function parseEntry(body) {
  const given = typeof body === 'object' && body !== null ? /** @type {Record<string, unknown>} */ (body) : {}
  /** @type {Record<string, string>} */
  const fields = {}
  for (const [field, limit] of Object.entries(limits)) {
    const problem = problemWith(given[field], limit)
    if (problem) fields[field] = problem
  }
  if (Object.keys(fields).length > 0) return { fields }
  return { entry: { name: String(given.name).trim(), message: String(given.message).trim() } }
}

/**
 * @param {{ limit?: string | undefined, before?: string | undefined }} query
 * @returns {{ page: { limit: number, before: number } } | { fields: Record<string, string> }}
 */
export function parsePage({ limit = '20', before = String(Number.MAX_SAFE_INTEGER) }) {
  /** @type {Record<string, string>} */
  const fields = {}
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 100) fields.limit = 'must be 1 to 100'
  if (!/^\d{1,16}$/.test(before) || !Number.isSafeInteger(Number(before))) fields.before = 'must be the id of an entry'
  if (Object.keys(fields).length > 0) return { fields }
  return { page: { limit: Number(limit), before: Number(before) } }
}

/**
 * Newest first; `next` is the `before` of the following page.
 * @param {import('pg').Pool} pool
 * @param {{ limit: number, before: number }} page
 * @returns {Promise<{ entries: Entry[], next: number | null }>}
 */
export async function listEntries(pool, { limit, before }) {
  const { rows } = await pool.query(`select ${columns} from entries where id < $1 order by id desc limit $2`, [before, limit + 1])
  const entries = rows.slice(0, limit)
  return { entries, next: rows.length > limit ? entries[limit - 1].id : null }
}

/**
 * @param {import('pg').Pool} pool
 * @param {{ name: string, message: string }} entry
 * @returns {Promise<Entry>}
 */
export async function addEntry(pool, { name, message }) {
  const { rows } = await pool.query(`insert into entries (name, message) values ($1, $2) returning ${columns}`, [name, message])
  return rows[0]
}

/**
 * The newest migration that the database has seen, or null before the first.
 * @param {import('pg').Pool} pool
 * @returns {Promise<{ id: number, name: string } | null>}
 */
export async function currentMigration(pool) {
  const { rows } = await pool.query('select id, name from migrations order by id desc limit 1')
  return rows[0] ?? null
}

/** @param {unknown} value @param {number} limit in characters as Postgres counts them */
function problemWith(value, limit) {
  if (typeof value !== 'string' || value.trim() === '') return 'must not be empty'
  if ([...value.trim()].length > limit) return `must be at most ${limit} characters`
  // Postgres stores no NUL, and no terminal or log should meet the others. Line breaks and tabs are fine.
  if (/[\p{Cc}\p{Cs}]/u.test(value.replace(/[\n\r\t]/g, ''))) return 'must not hold control characters'
  return null
}
