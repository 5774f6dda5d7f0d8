import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ask, deferred, exchange, onHead, route, serve, serveSockets, service, wire } from './testing/http.ts'

const HEAD = 'Host: swift-otter.localhost'

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

test.each([
  ['destroy', 'Content-Length: 100\r\n\r\nhalf'],
  ['destroy', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ['reset', 'Content-Length: 100\r\n\r\nhalf'],
  ['reset', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
] as const)('a service that dies in mid-answer (%s) leaves no answer that looks whole: %j', async (die, answer) => {
  const dying = await serveSockets((socket) => onHead(socket, () => void socket.write(`HTTP/1.1 200 OK\r\n${answer}`)))
  const { port } = await route([service({ port: dying.port })])
  const client = wire(port, `GET / HTTP/1.1\r\n${HEAD}\r\n\r\n`)
  await client.until('half')
  dying[die]()
  expect(await client.closed).toMatch(/half(\r\n)?$/)
})

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

test('a service that answers and hangs up in the middle of a body is heard', async () => {
  const answer = 'HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge'
  const web = await serveSockets((socket) => void socket.once('data', () => socket.pause().write(answer)))
  const { port } = await route([service({ port: web.port })])
  const client = wire(port, `POST / HTTP/1.1\r\n${HEAD}\r\nContent-Length: 50000000\r\n\r\n`)
  const body = Buffer.alloc(1_000_000)
  client.socket.write(body)
  await client.until('large')
  web.destroy()
  for (let sent = 1; sent < 50; sent += 1) client.socket.write(body)
  client.socket.write(`GET / HTTP/1.1\r\n${HEAD}\r\nConnection: close\r\n\r\n`)
  // the rest of the body is taken in, and the connection serves on
  expect(await client.closed).toMatch(/^HTTP\/1\.1 413 Too Large\r\n[\s\S]*largeHTTP\/1\.1 502 [\s\S]*refused/)
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
  expect(await exchange(port, 'POST / HTTP/1.0', HEAD, ...lines, '', 'body')).toMatch(/^HTTP\/1\.1 200 /)
  expect(await exchange(port, 'POST /down HTTP/1.1', HEAD, ...lines)).toMatch(/^HTTP\/1\.1 502 /)
  expect(await exchange(port, 'POST / HTTP/1.1', 'Host: evil.example', ...lines)).toMatch(/^HTTP\/1\.1 404 /)
})

/** Waits until a number has stopped growing. */
async function settled(value: () => number): Promise<void> {
  for (let last = -1; last !== value(); ) {
    last = value()
    await sleep(100)
  }
}
