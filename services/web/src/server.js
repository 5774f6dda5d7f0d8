import { createServer as createHttpServer } from 'node:http'
import { readApi } from '../public/api.js'
import { hueOf } from '../public/markup.js'
import { readAssets } from './assets.js'
import { askApi } from './backend.js'
import { renderNotFound, renderPage } from './page.js'

/**
 * @typedef {object} Options
 * @property {string} environment
 * @property {string | null} commit
 * @property {string | null} apiUrl where the API is; only its origin counts, the paths are ours
 * @property {(level: 'info' | 'error', fields: Record<string, unknown>) => void} log
 */

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}
const html = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }

/**
 * The server of the page. It keeps nothing: what it shows is asked from the API each time.
 * @param {Options} options
 */
export function createServer({ environment, commit, apiUrl, log }) {
  const { files, version } = readAssets()
  const page = { environment, commit, assets: `/assets/${version}` }

  /** @param {string} path @returns {Promise<{ status?: number, type: Record<string, string>, body: string }>} */
  async function answer(path) {
    if (path === '/') return { type: html, body: renderPage({ ...page, view: await readApi(askApi(apiUrl)) }) }
    if (path === '/healthz') return { type: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body: '{"status":"ok"}' }
    if (path === '/favicon.svg')
      return { type: { 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=300' }, body: favicon(environment) }
    const [, asked, name = ''] = /^\/assets\/(\w+)\/([\w.-]+)$/.exec(path) ?? []
    const file = files.get(name)
    if (!file) return { status: 404, type: html, body: renderNotFound(page) }
    // During a deployment a page of one version may ask a task of the other: answered, but not kept.
    const cache = asked === version ? 'public, max-age=31536000, immutable' : 'no-store'
    return { type: { 'content-type': file.type, 'cache-control': cache }, body: file.text }
  }

  return createHttpServer(async (request, response) => {
    const started = performance.now()
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const allowed = request.method === 'GET' || request.method === 'HEAD'
    try {
      const {
        status = 200,
        type,
        body,
      } = allowed
        ? await answer(path)
        : { status: 405, type: { 'content-type': 'text/plain', allow: 'GET, HEAD' }, body: 'only GET and HEAD\n' }
      response.writeHead(status, { ...headers, ...type }).end(body)
    } catch (error) {
      log('error', { message: 'request failed', path, error: error instanceof Error ? error.stack : String(error) })
      response.writeHead(500, { ...headers, 'content-type': 'text/plain' }).end('something went wrong on our side\n')
    }
    if (path !== '/healthz') {
      log('info', {
        message: 'request',
        method: request.method,
        path,
        status: response.statusCode,
        milliseconds: Math.round(performance.now() - started),
      })
    }
  })
}

/** In the environment's own colour, so that tabs of two previews are told apart. @param {string} environment */
function favicon(environment) {
  const hue = hueOf(environment) * 30
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="9" fill="oklch(58% 0.17 ${hue})"/><circle cx="16" cy="16" r="6" fill="none" stroke="white" stroke-width="4"/></svg>`
}
