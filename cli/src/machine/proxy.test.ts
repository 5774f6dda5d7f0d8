import { request } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ask, deferred, exchange, route, serve, serveSockets, service, wire } from './testing/http.ts'

const HEAD = 'Host: swift-otter.localhost'
const headOnly = (socket: Socket, act: (head: string) => void): void => {
  let head = ''
  socket.on('data', (chunk) => {
    head += String(chunk)
    if (!head.includes('\r\n\r\n')) return
    const whole = head
    head = ''
    act(whole)
  })
}

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

test('server-sent events arrive one by one, their head before the first of them', async () => {
  const next = deferred<() => void>()
  const web = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    next.resolve(() => void response.write('data: x\n\n'))
  })
  const { port } = await route([service({ port: web.port })])
  const client = wire(port, `GET / HTTP/1.1\r\n${HEAD}\r\n\r\n`)
  await client.until('text/event-stream')
  const event = await next.promise
  event()
  await client.until(/data: x\n\n/)
  event()
  await client.until(/data: x\n\n[\s\S]*data: x\n\n/)
})

test('a body of any size passes without being kept: the client waits for a service that does not read', async () => {
  const size = 300 * 1024 * 1024
  const reading = deferred<() => void>()
  let arrived = 0
  const web = await serve((request, response) => {
    reading.resolve(() => {
      request.on('data', (chunk: Buffer) => {
        arrived += chunk.length
      })
      request.on('end', () => void response.end(String(arrived)))
    })
  })
  const { port } = await route([service({ port: web.port })])
  const client = wire(port, `POST / HTTP/1.1\r\n${HEAD}\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`)
  const chunk = Buffer.alloc(1024 * 1024)
  let sent = 0
  const pump = (): void => {
    while (sent < size) {
      sent += chunk.length
      if (!client.socket.write(chunk)) return void client.socket.once('drain', pump)
    }
  }
  pump()
  const read = await reading.promise
  await settled(() => sent)
  expect(sent).toBeLessThan(50 * 1024 * 1024)
  const before = process.memoryUsage().rss
  read()
  expect(await client.closed).toMatch(new RegExp(`\\r\\n${size}$`))
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
})

test('an answer of any size passes without being kept: the service waits for a client that does not read', async () => {
  const size = 300 * 1024 * 1024
  const chunk = Buffer.alloc(1024 * 1024)
  let sent = 0
  const web = await serve((_, response) => {
    const pump = (): void => {
      while (sent < size) {
        sent += chunk.length
        if (!response.write(chunk)) return void response.once('drain', pump)
      }
      response.end()
    }
    pump()
  })
  const { port } = await route([service({ port: web.port })])
  let received = 0
  const done = deferred()
  const asked = request({ host: '127.0.0.1', port, headers: { host: 'swift-otter.localhost' }, agent: false }, async (answer) => {
    await settled(() => sent)
    expect(sent).toBeLessThan(50 * 1024 * 1024)
    answer.on('data', (part: Buffer) => {
      received += part.length
    })
    answer.on('end', () => done.resolve())
  })
  asked.end()
  await done.promise
  expect(received).toBe(size)
})

test('a client that goes away ends the request of the service, while it answers and before', async () => {
  const closed = [deferred(), deferred()]
  const arrived = deferred()
  const web = await serve((request, response) => {
    response.once('close', () => closed[request.url === '/late' ? 1 : 0]?.resolve())
    if (request.url === '/late') arrived.resolve()
    else response.write('first')
  })
  const { port } = await route([service({ port: web.port })])
  const streaming = wire(port, `GET / HTTP/1.1\r\n${HEAD}\r\n\r\n`)
  await streaming.until('first')
  streaming.socket.destroy()
  await closed[0]?.promise
  const waiting = wire(port, `POST /late HTTP/1.1\r\n${HEAD}\r\nContent-Length: 9\r\n\r\nhalf`)
  await arrived.promise
  waiting.socket.destroy()
  await closed[1]?.promise
})

test.each(['Content-Length: 100\r\n\r\nhalf', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'])(
  'a service that dies in mid-answer leaves no answer that looks whole: %j',
  async (answer) => {
    const dying = await serveSockets((socket) => headOnly(socket, () => void socket.write(`HTTP/1.1 200 OK\r\n${answer}`)))
    const { port } = await route([service({ port: dying.port })])
    const client = wire(port, `GET / HTTP/1.1\r\n${HEAD}\r\n\r\n`)
    await client.until('half')
    const ended = ask(port, '/')
    await sleep(20)
    dying.destroy()
    expect(await client.closed).toMatch(/half(\r\n)?$/)
    await expect(ended).rejects.toThrow('aborted')
  },
)

test('a slow service holds up nobody else', async () => {
  const slow = deferred()
  const web = await serve((request, response) => {
    if (request.url === '/slow') void slow.promise.then(() => response.end('slow'))
    else response.end('fast')
  })
  const { port } = await route([service({ port: web.port })])
  const answers = Array.from({ length: 300 }, () => ask(port, '/slow'))
  expect((await ask(port, '/')).body).toBe('fast')
  slow.resolve()
  expect(new Set((await Promise.all(answers)).map(({ body }) => body))).toEqual(new Set(['slow']))
})

test('an answer that comes before the body has gone passes, and the rest of the body holds up nothing', async () => {
  const web = await serve((_, response) => void response.writeHead(413, { 'content-length': 5 }).end('large'))
  const { port } = await route([service({ port: web.port })])
  const { until, socket } = wire(port, `POST / HTTP/1.1\r\n${HEAD}\r\nContent-Length: 10\r\n\r\n12345`)
  expect(await until('large')).toContain('413 Payload Too Large')
  socket.write(`67890GET /2 HTTP/1.1\r\n${HEAD}\r\n\r\n`)
  await until(/large[\s\S]*large/)
})

test('a client that waits to be asked for its body is asked only where somebody will read it', async () => {
  const web = await serve((request, response) => {
    response.write(`${request.headers.expect} `)
    request.pipe(response)
  })
  const { port } = await route([service({ port: web.port }), service({ name: 'down', route: '/down' })])
  const lines = ['Content-Length: 4', 'Expect: 100-continue', 'Connection: close']
  const client = wire(port, `POST / HTTP/1.1\r\n${HEAD}\r\n${lines.join('\r\n')}\r\n\r\n`)
  await client.until('HTTP/1.1 100 Continue\r\n\r\n')
  client.socket.write('body')
  expect(await client.closed).toMatch(/HTTP\/1\.1 200 OK[\s\S]*undefined \r\n[\s\S]*body/)
  expect(await exchange(port, 'POST /down HTTP/1.1', HEAD, ...lines)).toMatch(/^HTTP\/1\.1 502 /)
  expect(await exchange(port, 'POST / HTTP/1.1', 'Host: evil.example', ...lines)).toMatch(/^HTTP\/1\.1 404 /)
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
  headOnly(socket, (head) => {
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
    headOnly(socket, (head) => {
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
    headOnly(socket, () => {
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
  const { port: upstream } = await serveSockets((socket) => headOnly(socket, () => void socket.write(bytes, 'latin1')))
  const { port } = await route([service({ port: upstream })])
  const { status, body } = await ask(port, '/')
  expect([status, body]).toEqual([502, expect.stringContaining(reason)])
})

test('an early hint is not the answer', async () => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  const { port: upstream } = await serveSockets((socket) => headOnly(socket, () => void socket.write(hint)))
  const { port } = await route([service({ port: upstream })])
  expect(await ask(port, '/')).toMatchObject({ status: 200, body: 'ok' })
})

/** Waits until a number has stopped growing. */
async function settled(value: () => number): Promise<void> {
  for (let last = -1; last !== value(); ) {
    last = value()
    await sleep(100)
  }
}
