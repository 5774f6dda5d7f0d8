import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../testing/postgres.js'
import { startService } from '../../testing/service.js'

const identity = { DEVTOOL_ENV: 'quiet-otter', DEVTOOL_COMMIT: '4f2c9e1d0b7a' }
const entry = { id: 1, name: '<i>Ada</i>', message: 'First!', createdAt: '2026-01-02T03:04:05.000Z' }
/** @type {Record<string, unknown>} */
let answers = {}
/** @type {{ path: string, host: string | undefined }[]} */
const asked = []
/** @type {(() => void) | undefined} */
let release
const api = createServer((incoming, response) => {
  asked.push({ path: incoming.url ?? '', host: incoming.headers.host })
  const answer = answers[incoming.url ?? '']
  const send = () => response.writeHead(answer ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}))
  if (incoming.url === '/api/entries' && answers.hold) release = send
  else send()
})
/** @type {Awaited<ReturnType<typeof startService>>} */
let web
let apiPort = 0

beforeAll(async () => {
  api.listen(0, '127.0.0.1')
  await once(api, 'listening')
  const address = api.address()
  apiPort = typeof address === 'object' && address !== null ? address.port : 0
  web = await startService('web', { ...identity, API_URL: `http://quiet-otter.localhost:${apiPort}/api` })
})
afterAll(async () => {
  await web?.stop()
  api.closeAllConnections()
  api.close()
})
beforeEach(() => {
  answers = {
    '/api/healthz': { status: 'ok', database: 'reachable' },
    '/api/info': { environment: 'quiet-otter', commit: '4f2c9e1d0b7a', migration: { id: 2, name: 'limit_entries' } },
    '/api/entries': { entries: [entry], next: 1 },
  }
})

const page = async (url = web.url) => (await fetch(url)).text()

test('shows environment, commit and what the API answers', async () => {
  const html = await page()
  expect(html).toContain('<h1>quiet-otter</h1>')
  expect(html).toContain('<code title="4f2c9e1d0b7a">4f2c9e1</code>')
  expect(html).toContain('0002 limit entries')
  expect(html).toContain('<main data-state="up"')
  expect(html).toContain('First!')
  expect(html).toContain('&#60;i&#62;Ada&#60;/i&#62;')
  expect(html).toContain('data-before="1">Older entries')
})

test('asks a .localhost name on loopback, with the name as host', async () => {
  asked.length = 0
  await page()
  expect(asked.map(({ path }) => path).sort()).toEqual(['/api/entries', '/api/healthz', '/api/info'])
  expect(new Set(asked.map(({ host }) => host))).toEqual(new Set([`quiet-otter.localhost:${apiPort}`]))
})

test('works without entries, without a database and without an API', async () => {
  answers['/api/entries'] = { entries: [], next: null }
  expect(await page()).toContain('No entries yet')
  answers['/api/entries'] = undefined
  expect(await page()).toContain('The database does not answer')

  const lonely = await startService('web', { ...identity, API_URL: `http://127.0.0.1:${await freePort()}` })
  expect(await page(lonely.url)).toContain('The API does not answer')
  expect(await lonely.stop()).toBe(0)
  const unset = await startService('web', {})
  expect(await page(unset.url)).toContain('The API does not answer')
  await unset.stop()
})

test('carries nothing inline and forbids it; every asset it names is there, and kept by browsers', async () => {
  const response = await fetch(web.url)
  const html = await response.text()
  const policy = response.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  expect(policy).not.toContain('unsafe')
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]* src=)/)
  const assets = [...html.matchAll(/(?:src|href)="(\/(?:assets|favicon)[^"]+)"/g)].map(([, path]) => path)
  expect(assets).toHaveLength(5)
  for (const path of assets) {
    const asset = await fetch(`${web.url}${path}`)
    expect([path, asset.status]).toEqual([path, 200])
    expect(asset.headers.get('cache-control')).toMatch(/immutable|max-age=300/)
  }
  expect((await fetch(`${web.url}/assets/0000000000/style.css`)).headers.get('cache-control')).toBe('no-store')
})

test('healthz answers without asking the API; anything else is a friendly 404; only reading is allowed', async () => {
  asked.length = 0
  const health = await fetch(`${web.url}/healthz`)
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }])
  expect(asked).toEqual([])
  for (const path of ['/nope', '/assets/x/../../src/main.js', '/assets/x/..%2fpackage.json', '/api/entries']) {
    expect((await fetch(`${web.url}${path}`)).status).toBe(404)
  }
  expect((await fetch(`${web.url}/`, { method: 'POST', body: 'x' })).status).toBe(405)
  const raw = await new Promise((resolve) => request(`${web.url}//\\%zz`, resolve).end())
  expect(raw.statusCode).toBe(404)
})

test('SIGTERM: the page in flight is answered, exit 0; the log is JSON lines', async () => {
  const service = await startService('web', { ...identity, API_URL: `http://127.0.0.1:${apiPort}` })
  answers.hold = true
  const inFlight = page(service.url)
  await expect.poll(() => release).toBeDefined()
  const exited = service.stop()
  await expect.poll(() => service.output.stdout).toContain('draining')
  release?.()
  expect(await inFlight).toContain('First!')
  expect(await exited).toBe(0)
  const lines = service.output.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.at(-1)).toMatchObject({ level: 'info', service: 'web', environment: 'quiet-otter', method: 'GET', path: '/', status: 200 })
})

test('goes on, and stops as ever, when nobody reads its log any more', async () => {
  const service = await startService('web', identity)
  const ask = () => fetch(`${service.url}/nope`).then((response) => response.status)
  // Unread lines make the next write a reset, not just a broken pipe.
  service.stdout.pause()
  expect(await ask()).toBe(404)
  service.stdout.destroy()
  expect([await ask(), await ask()]).toEqual([404, 404])
  expect(await service.stop()).toBe(0)
})
