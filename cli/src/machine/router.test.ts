import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { ConflictError } from '../errors.ts'
import { startRouter } from './router.ts'
import { ask, deferred, environment, exchange, route, serve, service, wire } from './testing/http.ts'

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

test('each request goes to the service of its host and the longest route of its path', async () => {
  const web = await serve((_, response) => void response.end('web'))
  const api = await serve((request, response) => void response.end(`api ${request.url}`))
  const { port } = await route([service({ port: web.port }), service({ name: 'api', route: '/api', port: api.port })])
  expect((await ask(port, '/')).body).toBe('web')
  expect((await ask(port, '/apiary')).body).toBe('web')
  expect((await ask(port, '/api/../x?y=1', { host: 'SWIFT-otter.localhost.:80' })).body).toBe('api /api/../x?y=1')
  expect(
    await exchange(port, 'GET http://swift-otter.localhost/api/z HTTP/1.1', 'Host: swift-otter.localhost', 'Connection: close'),
  ).toMatch(/api \/api\/z$/)
})

test('what the environments say now is what holds', async () => {
  const web = await serve((_, response) => void response.end('web'))
  const routed = service({ port: web.port, status: 'starting' })
  const { port } = await route([routed])
  expect((await ask(port, '/')).status).toBe(502)
  routed.status = 'ready'
  expect((await ask(port, '/')).status).toBe(200)
})

test.each([
  ['GET / HTTP/1.1', ['Host: evil.example']],
  ['GET / HTTP/1.1', ['Host: evil.example:4000']],
  ['GET / HTTP/1.1', ['Host: swift-otter.localhost.evil.example']],
  ['GET / HTTP/1.1', []],
  ['GET / HTTP/1.0', []],
  ['GET / HTTP/1.1', ['Host:']],
  ['GET / HTTP/1.1', ['Host: swift-otter.localhost', 'Host: evil.example']],
  ['GET http://evil.example/ HTTP/1.1', ['Host: swift-otter.localhost']],
  ['GET http://swift-otter.localhost/ HTTP/1.1', ['Host: evil.example']],
  ['GET / HTTP/1.1', ['Host: evil.example', 'X-Forwarded-Host: swift-otter.localhost', 'Forwarded: host=swift-otter.localhost']],
])('%s with %j is answered 404 and reaches no service', async (line, headers) => {
  const web = await serve((_, response) => void response.end('web'))
  const { port } = await route([service({ port: web.port })])
  const answer = await exchange(port, line, ...headers, 'Accept: text/html', 'Connection: close')
  expect(answer).toMatch(/^HTTP\/1\.1 404 /)
  expect(answer).toContain('content-type: text/plain')
  expect(answer).not.toContain('swift-otter')
  expect(web.connections()).toBe(0)
})

test.each([
  ['evil.example', 404],
  ['other.localhost', 404],
])('an upgrade for %s is refused and reaches no service', async (host, status) => {
  const web = await serve((_, response) => void response.end('web'))
  const { port } = await route([service({ port: web.port })])
  const answer = await exchange(port, 'GET / HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket')
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(answer.toLowerCase()).toContain('connection: close')
  expect(web.connections()).toBe(0)
})

test('CONNECT opens nothing', async () => {
  const web = await serve((_, response) => void response.end('web'))
  const { port } = await route([service({ port: web.port })])
  expect(await exchange(port, `CONNECT 127.0.0.1:${web.port} HTTP/1.1`, 'Host: swift-otter.localhost')).not.toContain(' 200 ')
  expect(web.connections()).toBe(0)
})

test.each([
  ['Content-Length: 4', 'Transfer-Encoding: chunked'],
  ['Content-Length: 4', 'Content-Length: 5'],
  ['Transfer-Encoding: xchunked'],
  ['Transfer-Encoding: chunked, identity'],
  ['Transfer-Encoding: gzip, chunked'],
  ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
  ['Transfer-Encoding: \x0bchunked'],
  ['Content-Length: +4'],
  ['Content-Length : 4'],
])('a body whose end can be read in two ways reaches no service: %s', async (...headers) => {
  const web = await serve((_, response) => void response.end('web'))
  const { port } = await route([service({ port: web.port })])
  const answer = await exchange(
    port,
    'POST / HTTP/1.1',
    'Host: swift-otter.localhost',
    ...headers,
    'Connection: close',
    '',
    '0',
    '',
    'GET /x',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 (400|501) /)
  expect(web.connections()).toBe(0)
})

test('a Connection header takes no length off a body, which would make a second request of it', async () => {
  const seen: string[] = []
  const web = await serve((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    request.resume().on('end', () => void response.end('one'))
  })
  const { port } = await route([service({ port: web.port })])
  const body = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
  const named = 'Connection: close, Content-Length, Transfer-Encoding, Host'
  await exchange(port, 'GET /a HTTP/1.1', 'Host: swift-otter.localhost', named, `Content-Length: ${body.length}`, '', body)
  const chunks = [body.length.toString(16), body, '0']
  await exchange(port, 'GET /b HTTP/1.1', 'Host: swift-otter.localhost', named, 'Transfer-Encoding: chunked', '', ...chunks)
  await exchange(port, 'POST /c HTTP/1.1', 'Host: swift-otter.localhost', named, 'Transfer-Encoding: chunked', '', ...chunks)
  expect(seen).toEqual(['GET /a', 'GET /b', 'POST /c'])
})

test('names of this machine list the environments, as a page for a browser and as text for the rest', async () => {
  const { port } = await route([service({ name: 'api', route: '/api' })])
  for (const host of ['localhost', '127.0.0.1:80', '[::1]', 'tame-newt.localhost']) {
    const page = await ask(port, '/', { host, headers: HTML })
    expect(page.status).toBe(404)
    expect(page.body).toContain('<a href="http://swift-otter.localhost:4000/api">api</a>')
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    const text = await ask(port, '/', { host, headers: { accept: '*/*' } })
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(text.body).toContain('http://swift-otter.localhost:4000')
  }
})

test('a path that no service takes is answered 404, and HEAD without a body', async () => {
  const { port } = await route([service({ name: 'api', route: '/api' })])
  expect(await ask(port, '/', { headers: HTML })).toMatchObject({
    status: 404,
    body: expect.stringContaining('Nothing at / in swift-otter'),
  })
  expect(await ask(port, '/', { method: 'HEAD' })).toMatchObject({ status: 404, body: '' })
  expect((await ask(port, '*', { method: 'OPTIONS' })).status).toBe(404)
})

test.each(['starting', 'failed', 'stopped'] as const)('a service that is %s is not asked', async (status) => {
  const web = await serve((_, response) => void response.end('web'))
  const broken = service({ port: web.port, status, reason: 'exit code 1', lastLines: () => ['<b>last</b>', '\u001b[31mline'] })
  const { port } = await route([broken])
  const page = await ask(port, '/', { headers: HTML })
  expect(page.status).toBe(502)
  expect(page.body).toContain('&lt;b&gt;last&lt;/b&gt;\nline')
  expect(page.body.includes('http-equiv="refresh"')).toBe(status === 'starting')
  const text = await ask(port, '/', { method: 'POST', body: 'x' })
  expect(text.body).toContain('reason: exit code 1')
  expect(text.body).toContain('  <b>last</b>\n  line\n')
  expect((await ask(port, '/', { method: 'POST', body: 'x', headers: HTML })).body).not.toContain('refresh')
  expect(await exchange(port, 'GET / HTTP/1.1', 'Host: swift-otter.localhost', 'Connection: Upgrade', 'Upgrade: websocket')).toMatch(
    /^HTTP\/1\.1 502 /,
  )
  expect(web.connections()).toBe(0)
})

test('a service without a port yet, and one that has just gone, are answered 502', async () => {
  const gone = await serve(() => {})
  gone.server.close()
  const { port } = await route([service({ name: 'gone', port: gone.port }), service({ name: 'none', route: '/none', port: null })])
  expect((await ask(port, '/')).body).toContain('gone does not answer (swift-otter)\n\nstatus: ready\nreason: connection refused')
  expect((await ask(port, '/none')).status).toBe(502)
})

test.each([
  ['POST', 'h2c'],
  ['GET', 'h2c'],
  ['POST', 'websocket'],
  ['GET', 'websocket'],
])('%s with a body that also asks for %s is answered as if it had not', async (method, protocol) => {
  const web = await serve((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on(
      'end',
      () => void response.end(`${request.headers.connection} ${request.headers.upgrade} ${request.headers['http2-settings']} ${body}`),
    )
  })
  const { port } = await route([service({ port: web.port })])
  const asked = `${method} / HTTP/1.1\r\nHost: swift-otter.localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\n`
  const { socket, until } = wire(port, `${asked}HTTP2-Settings: AAMAAABk\r\nContent-Length: 8\r\n\r\none`)
  setImmediate(() => void socket.write(' two\n'))
  expect(await until('two')).toContain('keep-alive undefined undefined one two')
  // and the connection serves on
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  expect(await until('Choose')).toContain('404 Not Found')
})

test('a fault of ours ends that request, not the router', async () => {
  const errors: unknown[] = []
  let broken = true
  const environments = () => {
    if (broken) throw new Error('no list')
    return [environment()]
  }
  const { port } = await route([], { environments, onError: (error) => void errors.push(error) })
  await expect(ask(port, '/')).rejects.toThrow('socket hang up')
  await exchange(port, 'GET / HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket')
  expect(errors).toEqual([new Error('no list'), new Error('no list')])
  broken = false
  expect((await ask(port, '/')).status).toBe(404)
})

test('a port that is taken is a conflict', async () => {
  const taken = await serve(() => {})
  const started = startRouter({ port: taken.port, environments: () => [] })
  await expect(started).rejects.toThrow(ConflictError)
  await expect(started).rejects.toThrow(`port ${taken.port} of this machine is taken`)
})

test('listens on loopback only', async () => {
  const { port } = await route([])
  const outside = Object.values(networkInterfaces()).flatMap((found) => found ?? [])
  for (const { address } of outside.filter(({ internal, family }) => !internal && family === 'IPv4')) {
    const code = await new Promise((resolve) => {
      const socket = connect(port, address)
      socket.once('connect', () => resolve(socket.destroy() && 'connected'))
      socket.once('error', (error) => resolve('code' in error && error.code))
    })
    expect(code).toBe('ECONNREFUSED')
  }
})

test('closing cuts what is under way and what is idle, on both sides', async () => {
  const arrived = deferred()
  const ended = deferred()
  const web = await serve((_, response) => {
    response.write('first')
    response.once('close', () => ended.resolve())
    arrived.resolve()
  })
  const environments = [environment(service({ port: web.port }))]
  const router = await startRouter({ port: 0, environments: () => environments })
  const idle = wire(router.port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await idle.until('Choose')
  const streaming = wire(router.port, 'GET / HTTP/1.1\r\nHost: swift-otter.localhost\r\n\r\n')
  await streaming.until('first')
  await arrived.promise
  const half = wire(router.port, 'GET / HTTP/1.1\r\nHost:')
  await half.connected
  await router.close()
  await Promise.all([half.closed, idle.closed, streaming.closed, ended.promise])
  await expect(ask(router.port, '/')).rejects.toThrow('ECONNREFUSED')
})
