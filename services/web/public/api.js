/**
 * @typedef {{ id: number, name: string, message: string, createdAt: string }} Entry
 * @typedef {{ entries: Entry[], next: number | null }} Page
 * @typedef {{ environment: string, commit: string | null, migration: { id: number, name: string } | null }} Info
 * @typedef {{ state: 'up' | 'no-database' | 'down', info: Info | null, page: Page | null }} View
 */

/**
 * What the API answers, as one value. Used by the server, and again by the browser where the server could not reach the API.
 * @param {(path: string) => Promise<Response>} ask
 * @returns {Promise<View>} never rejects
 */
export async function readApi(ask) {
  const [health, info, page] = await Promise.all([readJson(ask, '/api/healthz'), readJson(ask, '/api/info'), readJson(ask, '/api/entries')])
  if (Array.isArray(page?.entries)) return { state: 'up', info, page }
  return { state: health?.status === 'ok' ? 'no-database' : 'down', info, page: null }
}

/** @param {(path: string) => Promise<Response>} ask @param {string} path */
async function readJson(ask, path) {
  try {
    const response = await ask(path)
    return response.ok ? await response.json() : null
  } catch {
    return null
  }
}
