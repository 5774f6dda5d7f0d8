import { request } from 'node:http'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort, hasPostgres, startPostgres } from '../../testing/postgres.js'
import { runService, startService } from '../../testing/service.js'

describe.skipIf(!hasPostgres())('api', () => {
  /** @type {import('../../testing/postgres.js').Postgres} */
  let server
  /** @type {Awaited<ReturnType<typeof startService>>} */
  let api
  const identity = { DEVTOOL_ENV: 'quiet-otter', DEVTOOL_COMMIT: '4f2c9e1', LOG_LEVEL: 'debug' }
  const get = async (path, init) => {
    const response = await fetch(`${api.url}${path}`, init)
    return { status: response.status, headers: response.headers, body: await response.json() }
  }
  const post = (body, headers = { 'content-type': 'application/json' }) =>
    get('/api/entries', { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })

  beforeAll(async () => {
    server = await startPostgres({ tls: true, settings: { log_connections: 'on' } })
    const migrated = await runService('migrations', server.env())
    if (migrated.code !== 0) throw new Error(migrated.stderr)
    api = await startService('api', { ...server.env({ PGSSLMODE: 'require' }), ...identity })
  }, 60_000)
  afterAll(async () => {
    await api?.stop()
    await server?.stop()
  })
  beforeEach(() => server.query('truncate entries restart identity'))

  test('an entry that is posted is listed, newest first, page by page', async () => {
    expect((await get('/api/entries')).body).toEqual({ entries: [], next: null })
    const created = await post({ name: ' Ada ', message: 'First!\nSecond line' })
    expect(created).toMatchObject({
      status: 201,
      body: { id: 1, name: 'Ada', message: 'First!\nSecond line', createdAt: expect.stringMatching(/^\d{4}-.*Z$/) },
    })
    await post({ name: 'Grace', message: "Robert'); drop table entries;--" })
    await post({ name: 'Björn 🐻', message: '<b>bold</b>' })
    const first = await get('/api/entries?limit=2')
    expect(first.body).toMatchObject({ entries: [{ id: 3, name: 'Björn 🐻', message: '<b>bold</b>' }, { id: 2 }], next: 2 })
    expect((await get('/api/entries?limit=2&before=2')).body).toMatchObject({ entries: [{ id: 1 }], next: null })
  })

  test.each([
    ['no JSON', '{"name":', 400, {}],
    ['no object', '"text"', 422, { name: 'must not be empty', message: 'must not be empty' }],
    ['null', 'null', 422, { name: 'must not be empty', message: 'must not be empty' }],
    ['only blanks', { name: ' ', message: 'x' }, 422, { name: 'must not be empty' }],
    ['wrong types', { name: 7, message: ['x'] }, 422, { name: 'must not be empty', message: 'must not be empty' }],
    [
      'too long',
      { name: 'n'.repeat(61), message: 'm'.repeat(501) },
      422,
      { name: 'must be at most 60 characters', message: 'must be at most 500 characters' },
    ],
    ['NUL', { name: 'a\u0000b', message: 'x' }, 422, { name: 'must not hold control characters' }],
    ['half a character', '{"name":"\\ud800","message":"x"}', 422, { name: 'must not hold control characters' }],
  ])('refuses a body with %s', async (_, body, status, fields) => {
    const answer = await post(body)
    expect(answer).toMatchObject({ status, body: { error: { code: 'invalid', requestId: expect.any(String) } } })
    expect(answer.body.error.fields ?? {}).toEqual(fields)
  })

  test('counts characters as people do', async () => {
    expect(await post({ name: '🐻'.repeat(60), message: 'é'.repeat(500) })).toMatchObject({ status: 201 })
  })

  test('refuses large bodies, other types, wrong pages and unknown paths, all in JSON', async () => {
    expect(await post({ name: 'n', message: 'm'.repeat(9000) })).toMatchObject({ status: 413, body: { error: { code: 'too_large' } } })
    expect(await post('name=n&message=m', { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({ status: 415 })
    expect(await get('/api/entries?limit=0&before=x')).toMatchObject({
      status: 400,
      body: { error: { fields: { limit: 'must be 1 to 100', before: expect.any(String) } } },
    })
    expect(await get('/api/nothing')).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
  })

  test('says what runs and how far the database is', async () => {
    expect((await get('/api/healthz')).body).toEqual({ status: 'ok', database: 'reachable' })
    expect((await get('/api/info')).body).toEqual({
      environment: 'quiet-otter',
      commit: '4f2c9e1',
      migration: { id: 2, name: 'limit_entries' },
    })
  })

  test('metrics are Prometheus text, by method, route and status', async () => {
    await get('/api/entries')
    await get('/api/some/path/of/a/scanner')
    const response = await fetch(`${api.url}/api/metrics`)
    const text = await response.text()
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(text).toMatch(/^process_cpu_user_seconds_total \d/m)
    expect(text).toMatch(/^http_request_duration_seconds_count\{method="GET",route="\/api\/entries",status="200"\} \d+$/m)
    expect(text).toMatch(/^http_request_duration_seconds_count\{method="POST",route="\/api\/entries",status="413"\} 1$/m)
    expect(text).toMatch(/route="unmatched",status="404"/)
    expect(text).not.toContain('scanner')
  })

  test('logs are JSON lines that carry the request id of the answer', async () => {
    const mine = await get('/api/entries', { headers: { 'x-request-id': 'abc-123' } })
    expect(mine.headers.get('x-request-id')).toBe('abc-123')
    const odd = await get('/api/entries', { headers: { 'x-request-id': 'a b' } })
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    const lines = api.output.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'info',
        service: 'api',
        environment: 'quiet-otter',
        commit: '4f2c9e1',
        requestId: 'abc-123',
        method: 'GET',
        path: '/api/entries',
        status: 200,
      }),
    )
    expect(api.output.stderr).toBe('')
    expect(api.output.stdout).not.toContain(server.password)
  })

  test('PGSSLMODE=require is TLS; the pool holds at most five connections and bounds statements', async () => {
    await Promise.all(Array.from({ length: 40 }, () => get('/api/entries')))
    const [row] = await server.query(
      "select count(*)::int as connections, bool_and(ssl) as tls from pg_stat_activity join pg_stat_ssl using (pid) where application_name = 'api'",
    )
    expect(row).toEqual({ connections: 5, tls: true })
  })

  test('verify-full needs the right certificate and the right name', async () => {
    const rootCertificate = { PGSSLMODE: 'verify-full', PGSSLROOTCERT: `${server.directory}/server.crt` }
    const reach = async (env) => {
      const service = await startService('api', { ...server.env(env), ...identity })
      const health = await fetch(`${service.url}/api/healthz`).then((response) => response.json())
      await service.stop()
      return health.database
    }
    expect(await reach({ ...rootCertificate, PGHOST: 'localhost' })).toBe('reachable')
    expect(await reach({ PGSSLMODE: 'verify-full', PGHOST: 'localhost' })).toBe('unreachable')
    const wrong = startService('api', { ...server.env({ PGSSLMODE: 'always' }) })
    await expect(wrong).rejects.toThrow('could not read PGSSLMODE "always": allowed are disable')
  })

  test('a statement that waits too long is cut off, the answer is a 503', async () => {
    const locker = new pg.Client(server.config())
    await locker.connect()
    await locker.query('begin; lock table entries')
    expect(await get('/api/entries')).toMatchObject({ status: 503, body: { error: { code: 'database_unavailable' } } })
    await locker.end()
    expect(await get('/api/entries')).toMatchObject({ status: 200 })
  }, 20_000)

  test('without a database it lives, says so, and answers 503', async () => {
    const lonely = await startService('api', { ...server.env({ PGPORT: String(await freePort()) }), ...identity })
    expect(await fetch(`${lonely.url}/api/healthz`).then((response) => response.json())).toEqual({ status: 'ok', database: 'unreachable' })
    expect((await fetch(`${lonely.url}/api/entries`)).status).toBe(503)
    expect(await lonely.stop()).toBe(0)
  })

  test('outlives connections that the server cuts', async () => {
    await get('/api/entries')
    await server.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'api'")
    await expect.poll(() => get('/api/entries')).toMatchObject({ status: 200 })
  })

  test('SIGTERM: what is in flight is answered, nothing new is accepted, exit 0', async () => {
    const service = await startService('api', { ...server.env({ PGSSLMODE: 'require' }), ...identity })
    const locker = new pg.Client(server.config())
    await locker.connect()
    await locker.query('begin; lock table entries')
    const inFlight = fetch(`${service.url}/api/entries`)
    await expect.poll(() => server.query('select count(*)::int as n from pg_locks where not granted')).toEqual([{ n: 1 }])
    const exited = service.stop()
    await expect.poll(() => service.output.stdout).toContain('draining')
    await expect(fetch(`${service.url}/api/healthz`)).rejects.toThrow('fetch failed')
    await locker.query('commit')
    await locker.end()
    expect((await inFlight).status).toBe(200)
    const answered = performance.now()
    expect(await exited).toBe(0)
    expect(performance.now() - answered).toBeLessThan(2000)
    expect(await server.query("select 1 from pg_stat_activity where application_name = 'api' and state <> 'idle'")).toEqual([])
  })

  test('SIGTERM: an upload that never ends is cut off after four seconds', async () => {
    const service = await startService('api', { ...server.env({ PGSSLMODE: 'require' }), ...identity })
    const upload = request(`${service.url}/api/entries`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 100, expect: '100-continue' },
    })
    const cut = new Promise((resolve) => upload.once('error', resolve))
    // the service has it: what it has not seen it would not wait for
    await new Promise((resolve) => upload.once('continue', resolve).flushHeaders())
    upload.write('{')
    const started = performance.now()
    expect(await service.stop()).toBe(0)
    expect(service.output.stdout).toContain('"drained":false')
    expect(performance.now() - started).toBeLessThan(6000)
    await cut
  }, 20_000)

  test('goes on, and stops as ever, when nobody reads its log any more', async () => {
    const service = await startService('api', { ...server.env(), ...identity })
    const ask = () => fetch(`${service.url}/api/nope`).then((response) => response.status)
    // Unread lines make the next write a reset, not just a broken pipe.
    service.stdout.pause()
    expect(await ask()).toBe(404)
    service.stdout.destroy()
    expect([await ask(), await ask()]).toEqual([404, 404])
    expect(await service.stop()).toBe(0)
  })
})
