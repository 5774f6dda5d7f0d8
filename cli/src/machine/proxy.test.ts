import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { ask, deferred, exchange, onHead, route, serve, serveSockets, service } from './testing/http.ts'

const HEAD = 'Host: swift-otter.localhost'
test('a service gets what the client sent, with the edge it came through instead of what the client says of it', async () => {
  const web = await serve((request, response) => void response.end(JSON.stringify(request.headers)))
  const { port } = await route([service({ port: web.port })])
  const answer = await exchange(
    port,
    'GET / HTTP/1.1',
    ...['Host: Swift-Otter.localhost:4000', 'Connection: close, X-Private, Host', 'X-Private: a', 'Keep-Alive: timeout=9', 'TE: trailers'],
    ...['Trailer: x', 'Proxy-Authorization: Basic x', 'Proxy-Connection: keep-alive', 'Upgrade: websocket', 'HTTP2-Settings: x'],
    ...['Forwarded: for=6.6.6.6', 'X-Forwarded-For: 6.6.6.6', 'X-FORWARDED-Proto: https', 'X-Forwarded-Prefix: /evil'],
    ...['Cookie: a=b', 'cookie: c=d', 'Authorization: Bearer t', 'X-Custom: one', 'X-Custom: two'],
  )
  const body = answer.slice(answer.indexOf('{'))
  expect(JSON.parse(body)).toEqual({
    host: 'Swift-Otter.localhost:4000',
    connection: 'keep-alive',
    cookie: 'a=b; c=d',
    authorization: 'Bearer t',
    'x-custom': 'one, two',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(port),
    'x-forwarded-host': 'Swift-Otter.localhost:4000',
  })
})

test('a client gets what the service sent, but for what is of the connection', async () => {
  const web = await serve((_, response) => {
    response.writeHead(418, 'Short and stout', [
      ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Mixed-CASE', 'as it is', 'Connection', 'close, X-Private', 'X-Private', 'a'],
      ...['Keep-Alive', 'timeout=1', 'Upgrade', 'h2', 'Trailer', 'x', 'Proxy-Authenticate', 'Basic'],
    ])
    response.end('tea')
  })
  const { port } = await route([service({ port: web.port })])
  const answer = await exchange(port, 'GET / HTTP/1.1', HEAD, '', 'GET / HTTP/1.1', HEAD, 'Connection: close')
  expect(answer.match(/HTTP\/1\.1 418 Short and stout\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Mixed-CASE: as it is\r\n/g)).toHaveLength(
    2,
  )
  expect(answer).not.toMatch(/x-private|upgrade|trailer|proxy-authenticate|timeout=1\b/i)
  expect(answer.match(/^connection: .*$/gim)).toEqual(['Connection: keep-alive', 'Connection: close'])
})

test('methods, statuses without a body and HEAD', async () => {
  const web = await serve((request, response) => {
    response.writeHead(Number(request.url?.slice(1)), {
      'x-seen': `${request.method} ${request.headers['content-length']} ${request.headers['transfer-encoding']}`,
    })
    response.end(request.url === '/200' ? 'body' : undefined)
  })
  const { port } = await route([service({ port: web.port })])
  const seen = async (method: string, path: string, body?: string) => {
    const { status, headers, body: text } = await ask(port, path, { method, ...(body === undefined ? {} : { body }) })
    return [status, headers['x-seen'], text]
  }
  expect(await seen('HEAD', '/200')).toEqual([200, 'HEAD undefined undefined', ''])
  expect(await seen('GET', '/204')).toEqual([204, 'GET undefined undefined', ''])
  expect(await seen('GET', '/304')).toEqual([304, 'GET undefined undefined', ''])
  expect(await seen('DELETE', '/200')).toEqual([200, 'DELETE 0 undefined', 'body'])
  expect(await seen('POST', '/200', 'abc')).toEqual([200, 'POST 3 undefined', 'body'])
  const bare = await exchange(port, 'POST /200 HTTP/1.1', HEAD, 'Connection: close')
  expect(bare).toMatch(/x-seen: POST 0 undefined/)
  const old = await exchange(port, 'GET /200 HTTP/1.0', HEAD)
  expect(old).toMatch(/\r\n\r\nbody$/)
})

test('one connection to a service serves many requests', async () => {
  const web = await serve((_, response) => void response.end('x'))
  const { port } = await route([service({ port: web.port })])
  for (let count = 0; count < 20; count += 1) await ask(port, '/')
  expect(web.connections()).toBe(1)
})

/** Answers the first request of a connection and closes without an answer when a second comes, as if it had timed out just then. */
const forgetful = (requests: string[]) => (socket: Socket) => {
  let count = 0
  onHead(socket, (head) => {
    requests.push(head.split(' ')[0] ?? '')
    count += 1
    if (count > 1) socket.destroy()
    else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
}

test.each(['GET', 'HEAD', 'PUT', 'DELETE'])('%s on a connection that was closed meanwhile is sent again', async (method) => {
  const requests: string[] = []
  const { port: upstream } = await serveSockets(forgetful(requests))
  const { port } = await route([service({ port: upstream })])
  expect((await ask(port, '/')).status).toBe(200)
  expect((await ask(port, '/', { method })).status).toBe(200)
  expect(requests).toEqual(['GET', method, method])
})

test('is sent again over a connection of its own: others may be closed as well', async () => {
  const requests: string[] = []
  const both = deferred()
  const { port: upstream } = await serveSockets((socket) => {
    let count = 0
    onHead(socket, (head) => {
      if (requests.push(head) === 2) both.resolve()
      count += 1
      if (count > 1) socket.destroy()
      else void both.promise.then(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
    })
  })
  const { port } = await route([service({ port: upstream })])
  await Promise.all([ask(port, '/'), ask(port, '/')])
  expect((await ask(port, '/')).status).toBe(200)
  expect(requests).toHaveLength(4)
})

test.each([
  ['POST', undefined],
  ['PATCH', undefined],
  ['PUT', 'body'],
])('%s with body %s is never sent twice', async (method, body) => {
  const requests: string[] = []
  const { port: upstream } = await serveSockets(forgetful(requests))
  const { port } = await route([service({ port: upstream })])
  await ask(port, '/')
  const { status, body: text } = await ask(port, '/', { method, ...(body === undefined ? {} : { body }) })
  expect([status, text]).toEqual([502, expect.stringContaining('it closed the connection without an answer')])
  expect(requests).toEqual(['GET', method])
})

test('a service that gives no answer on a new connection is asked once', async () => {
  let asked = 0
  const { port: upstream } = await serveSockets((socket) =>
    onHead(socket, () => {
      asked += 1
      socket.destroy()
    }),
  )
  const { port } = await route([service({ port: upstream })])
  expect((await ask(port, '/')).status).toBe(502)
  expect(asked).toBe(1)
})

test.each([
  ['SSH-2.0-OpenSSH_9.2\r\n', 'its answer is not HTTP'],
  ['HTTP/1.1 200 OK\r\nX: a\u0000b\r\n\r\n', 'its answer is not HTTP'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx', 'its answer is not HTTP'],
  ['HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n', 'Invalid status code: 99'],
  ['HTTP/1.1 200 O\u0001K\r\nContent-Length: 0\r\n\r\n', 'Invalid character in statusMessage'],
  ['HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', 'it changed the protocol unasked'],
])('%j of a service is answered 502', async (bytes, reason) => {
  const { port: upstream } = await serveSockets((socket) => onHead(socket, () => void socket.write(bytes, 'latin1')))
  const { port } = await route([service({ port: upstream })])
  const { status, body } = await ask(port, '/')
  expect([status, body]).toEqual([502, expect.stringContaining(reason)])
})

test('an early hint is not the answer', async () => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  const { port: upstream } = await serveSockets((socket) => onHead(socket, () => void socket.write(hint)))
  const { port } = await route([service({ port: upstream })])
  expect(await ask(port, '/')).toMatchObject({ status: 200, body: 'ok' })
})
