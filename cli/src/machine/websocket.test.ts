import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { createProxy, forwardUpgrade } from './proxy.ts'
import { deferred, exchange, type Listening, route, serve, service, type Wire, wire } from './testing/http.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ACCEPT = createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
const asking = (path = '/', ...headers: string[]): string =>
  [
    ...[`GET ${path} HTTP/1.1`, 'Host: swift-otter.localhost', 'Connection: keep-alive, Upgrade', 'Upgrade: websocket'],
    ...[`Sec-WebSocket-Key: ${KEY}`, 'Sec-WebSocket-Version: 13', ...headers, '', ''],
  ].join('\r\n')

/** A text frame of up to 125 bytes, masked as those of a client are. */
function frame(text: string): string {
  const mask = randomBytes(4)
  const payload = Buffer.from(text).map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload]).toString('latin1')
}

function unmasked(bytes: Buffer): string {
  const length = (bytes[1] ?? 0) & 0x7f
  return Buffer.from(bytes.subarray(6, 6 + length).map((byte, index) => byte ^ (bytes[2 + (index % 4)] ?? 0))).toString()
}

type Upgraded = (socket: Duplex, request: IncomingMessage, head: Buffer) => void

/** A service that agrees to an upgrade and then does `act` with the connection. */
async function agreeing(act: Upgraded): Promise<Listening> {
  const listening = await serve((_, response) => void response.end('plain'))
  listening.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${ACCEPT}`]
    socket.write(`${lines.join('\r\n')}\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n`)
    act(socket, request, head)
  })
  return listening
}

async function opened(upstream: Listening): Promise<Wire & { routerPort: number }> {
  const { port } = await route([service({ port: upstream.port })])
  const client = wire(port, asking())
  await client.until('\r\n\r\n')
  return { ...client, routerPort: port }
}

test('frames go both ways, also those that came along with the request', async () => {
  const web = await agreeing((socket, request, head) => {
    const reply = (bytes: Buffer): void => {
      const text = Buffer.from(`${unmasked(bytes)} of ${request.url}`)
      socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]))
    }
    if (head.length > 0) reply(head)
    socket.on('data', reply)
  })
  const { port } = await route([service({ port: web.port }), service({ name: 'api', route: '/api' })])
  const client = wire(port, asking('/live?x=1') + frame('early'))
  const head = await client.until('early of /live?x=1')
  expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
  expect(head.toLowerCase()).toContain(`sec-websocket-accept: ${ACCEPT.toLowerCase()}`)
  expect(head.match(/set-cookie: [ab]=[12]/gi)).toHaveLength(2)
  client.socket.write(frame('late'), 'latin1')
  await client.until('late of /live?x=1')
})

test('the service sees the edge, and only what a WebSocket needs of the connection', async () => {
  const web = await agreeing((socket, request) => void socket.end(JSON.stringify(request.headers)))
  const { port } = await route([service({ port: web.port })])
  const answer = await wire(port, asking('/', 'X-Forwarded-For: 6.6.6.6', 'Keep-Alive: timeout=1', 'Origin: http://x', 'Cookie: a=b'))
    .closed
  expect(JSON.parse(answer.slice(answer.indexOf('{')))).toEqual({
    host: 'swift-otter.localhost',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': KEY,
    'sec-websocket-version': '13',
    origin: 'http://x',
    cookie: 'a=b',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(port),
    'x-forwarded-host': 'swift-otter.localhost',
  })
})

test('much data passes whole, however slowly it is read', async () => {
  const size = 20 * 1024 * 1024
  const web = await agreeing((socket) => void socket.pipe(socket))
  const client = await opened(web)
  let received = 0
  client.socket.removeAllListeners('data')
  const all = deferred()
  client.socket.on('data', (chunk: string) => {
    received += chunk.length
    if (received === size) all.resolve()
  })
  client.socket.pause()
  client.socket.write(Buffer.alloc(size, 'x'))
  setTimeout(() => client.socket.resume(), 50)
  await all.promise
})

test('what a client ends, the service sees ended, and the other way round', async () => {
  const ended = deferred()
  const web = await agreeing((socket) => {
    socket.once('end', () => {
      ended.resolve()
      socket.end('bye')
    })
  })
  const client = await opened(web)
  client.socket.end()
  await ended.promise
  expect(await client.closed).toMatch(/bye$/)
})

test('a client that vanishes takes the connection of the service along', async () => {
  const ended = deferred()
  const web = await agreeing((socket) => {
    socket.resume()
    socket.once('end', () => ended.resolve())
  })
  const client = await opened(web)
  client.socket.resetAndDestroy()
  await ended.promise
})

test('a service that dies takes the connection of the client along', async () => {
  const socket = deferred<Duplex>()
  const client = await opened(await agreeing((upgraded) => socket.resolve(upgraded)))
  ;(await socket.promise).destroy()
  await client.closed
})

test('also one that would go on sending', async () => {
  const socket = deferred<Duplex>()
  const web = await agreeing((upgraded) => socket.resolve(upgraded))
  const { port } = await route([service({ port: web.port })])
  const client = wire(port, asking(), { allowHalfOpen: true })
  await client.until('\r\n\r\n')
  const ended = deferred()
  client.socket.once('end', () => ended.resolve())
  ;(await socket.promise).destroy()
  await ended.promise
  const sending = setInterval(() => void client.socket.write('x'), 20)
  onTestFinished(() => clearInterval(sending))
  await client.closed
})

test('clients that vanish while they are refused do the router no harm', async () => {
  const { port } = await route([])
  for (let count = 0; count < 50; count += 1) {
    const client = wire(port, asking())
    await client.connected
    client.socket.resetAndDestroy()
  }
  expect(await wire(port, asking()).closed).toMatch(/^HTTP\/1\.1 404 /)
})

test('a client that leaves before the service has answered is not waited for', async () => {
  const ended = deferred()
  const arrived = deferred()
  const web = await serve(() => {})
  web.server.on('upgrade', (_, socket: Duplex) => {
    socket.on('error', () => {})
    socket.resume()
    socket.once('end', () => ended.resolve())
    onTestFinished(() => void socket.destroy())
    arrived.resolve()
  })
  const { port } = await route([service({ port: web.port })])
  const client = wire(port, asking())
  await arrived.promise
  client.socket.resetAndDestroy()
  await ended.promise
})

test('one that leaves quietly meanwhile is not waited for endlessly', async () => {
  const ended = deferred()
  const web = await serve(() => {})
  web.server.on('upgrade', (_, socket: Duplex) => {
    socket.on('error', () => {})
    socket.resume()
    socket.once('end', () => ended.resolve())
    onTestFinished(() => void socket.destroy())
  })
  const proxy = createProxy({ upgradeMs: 50 })
  const edge = await serve(() => {})
  const refused: unknown[] = []
  edge.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    void forwardUpgrade(proxy, request, socket, head, { port: web.port }, {}, (error) => void refused.push(error))
  })
  const client = wire(edge.port, asking())
  client.socket.end()
  await Promise.all([ended.promise, client.closed])
  expect(refused).toEqual([])
})

test('a service that says no is heard', async () => {
  const web = await serve((request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic' })
    response.end(`not without a key ${request.headers.upgrade}`)
  })
  const { port } = await route([service({ port: web.port })])
  const answer = await wire(port, asking()).closed
  expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/)
  expect(answer).toContain('not without a key websocket')
})

test('a service that cannot be reached, or hangs up, is answered 502', async () => {
  const gone = await serve(() => {})
  gone.server.close()
  const rude = await serve(() => {})
  rude.server.on('upgrade', (_, socket: Duplex) => void socket.destroy())
  const { port } = await route([service({ port: gone.port }), service({ name: 'rude', route: '/rude', port: rude.port })])
  expect(await wire(port, asking()).closed).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n[\s\S]*reason: connection refused/)
  expect(await wire(port, asking('/rude')).closed).toMatch(/^HTTP\/1\.1 502 [\s\S]*reason: it closed the connection without an answer/)
})

test('two upgrades of one connection are no way round the host rule', async () => {
  const web = await agreeing((socket) => void socket.pipe(socket))
  const { port } = await route([service({ port: web.port })])
  expect(
    await exchange(port, 'GET / HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', '', asking()),
  ).not.toContain('101')
  expect(web.connections()).toBe(0)
})

test('closing the router closes what was upgraded', async () => {
  const ended = deferred()
  const web = await agreeing((socket) => {
    socket.resume()
    socket.once('end', () => ended.resolve())
  })
  const router = await route([service({ port: web.port })])
  const client = wire(router.port, asking())
  await client.until('\r\n\r\n')
  await router.close()
  await Promise.all([client.closed, ended.promise])
})
