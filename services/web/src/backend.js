import { request } from 'node:http'

/**
 * How this server asks the API: the origin of `API_URL`, briefly, since a visitor waits.
 * @param {string | null} apiUrl
 * @returns {(path: string) => Promise<Response>}
 */
export function askApi(apiUrl) {
  return async (path) => {
    if (apiUrl === null) throw new Error('API_URL is not set')
    const url = new URL(path, apiUrl)
    const signal = AbortSignal.timeout(2000)
    return url.hostname.endsWith('.localhost') ? askLoopback(url, signal) : fetch(url, { signal })
  }
}

/**
 * Browsers know that these names are loopback (RFC 6761), the resolver of many a system does not; and fetch cannot send a host of
 * our choice.
 * @param {URL} url @param {AbortSignal} signal
 * @returns {Promise<Response>}
 */
function askLoopback(url, signal) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { hostname: '127.0.0.1', headers: { host: url.host }, signal }, async (response) => {
      try {
        resolve(new Response(Buffer.concat(await response.toArray()), { status: response.statusCode ?? 502 }))
      } catch (error) {
        reject(error)
      }
    })
    asked.on('error', reject).end()
  })
}
