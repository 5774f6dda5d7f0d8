import { readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import type { Server as NetServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Route } from '../ports.ts'
import { type Bench, createBench, hello, listening, printing, until } from './testing.ts'

describe('the network of a container', () => {
  let bench: Bench
  const servers: NetServer[] = []
  beforeAll(async () => {
    bench = await createBench()
  })
  afterEach(async () => {
    await bench.containers.stop()
    for (const server of servers.splice(0)) server.close()
  })
  afterAll(() => bench.close())

  async function serve(server: NetServer): Promise<number> {
    servers.push(server)
    return listening(server)
  }
  const outcome = async (expressions: readonly string[], routes: readonly Route[] = []): Promise<string[]> =>
    (await bench.run(printing(expressions), { routes: () => routes })).lines

  test('names and addresses of the table, by every client that Node has', async () => {
    const port = await serve(hello('web'))
    const routes: Route[] = [
      { host: 'web.example.com', port: 80, to: { port } },
      { host: '10.0.1.7', port: 3001, to: { port } },
    ]
    const expressions = [
      "body('http://web.example.com/a')",
      "body('http://WEB.example.com./b')",
      "got(http, 'http://10.0.1.7:3001/c')",
      "connected(net.connect(80, 'web.example.com'))",
      "connected(connect({ host: 'web.example.com', port: 80, localAddress: '10.9.9.9' }))",
      "connected(new net.Socket().connect('3001', '10.0.1.7'))",
      "dns.promises.lookup('web.example.com').then(({ address }) => body(`http://${address}/d`)).then((text) => text.replace(/100\\.[\\d.]+/, 'made-up'))",
    ]
    expect(await outcome(expressions, routes)).toEqual([
      'web web.example.com /a',
      'web web.example.com. /b',
      'web 10.0.1.7:3001 /c',
      'connected',
      'connected',
      'connected',
      'web made-up /d',
    ])
  })

  test('TLS with the name that was asked for, trusted by the authority', async () => {
    const { certificate, key } = await bench.authority.leaf(['*.preview.example.com'])
    const seen: (string | false | null | undefined)[] = []
    const server = createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
      seen.push((request.socket as import('node:tls').TLSSocket).servername)
      response.end(`tls ${request.headers.host}`)
    })
    const port = await serve(server)
    const hosts = ['calm-otter.preview.example.com', 'other.example.com']
    const routes = hosts.map((host) => ({ host, port: 443, to: { port } }))
    const expressions = [
      "body('https://calm-otter.preview.example.com/')",
      "got(https, 'https://calm-otter.preview.example.com/')",
      "connected(tls.connect(443, 'calm-otter.preview.example.com'))",
      "connected(tls.connect({ socket: net.connect(443, 'calm-otter.preview.example.com'), servername: 'calm-otter.preview.example.com' }))",
      "connected(tls.connect({ socket: net.connect(443, 'calm-otter.preview.example.com') }))",
      "body('https://other.example.com/')",
    ]
    expect(await outcome(expressions, routes)).toEqual([
      ...['tls calm-otter.preview.example.com', 'tls calm-otter.preview.example.com', 'connected', 'connected', 'connected'],
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ])
    expect(seen).toEqual(['calm-otter.preview.example.com', 'calm-otter.preview.example.com'])
  })

  test('what is not in the table is not there', async () => {
    const machine = await serve(hello('this machine'))
    const routes: Route[] = [
      { host: 'db.example.com', port: 5432, to: 'timeout' },
      { host: 'db.example.com', port: 5433, to: 'refused' },
    ]
    const expressions = [
      "body('http://nowhere.example.com/')",
      "connected(net.connect(5432, 'db.example.com'))",
      "connected(net.connect(5433, 'db.example.com'))",
      "connected(net.connect(22, 'db.example.com'))",
      "connected(net.connect(53, '192.0.2.1'))",
      `body('http://127.0.0.1:${machine}/')`,
      `body('http://localhost:${machine}/')`,
      `body('http://[::1]:${machine}/')`,
      "connected(tls.connect(5433, 'db.example.com'))",
    ]
    expect(await outcome(expressions, routes)).toEqual([
      'ENOTFOUND',
      'ETIMEDOUT',
      'ECONNREFUSED',
      'ETIMEDOUT',
      'ETIMEDOUT',
      ...['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED'],
    ])
  })

  test('a dropped connection takes as long as it takes, and no longer than the program waits', async () => {
    const routes: Route[] = [{ host: 'db.example.com', port: 5432, to: 'timeout' }]
    const expressions = [
      "(async () => { const start = performance.now(); await connected(net.connect(5432, 'db.example.com')).catch(() => {}); return performance.now() - start > 900 })()",
      "fetch('http://db.example.com:5432', { signal: AbortSignal.timeout(100) }).catch((error) => error.name)",
    ]
    expect(await outcome(expressions, routes)).toEqual(['true', 'TimeoutError'])
  })

  test('errors read as those of the kernel', async () => {
    const seen = await outcome(
      [
        "connected(net.connect(5432, '10.0.0.9')).catch(({ message, errno, syscall, address, port }) => JSON.stringify({ message, errno: errno < 0, syscall, address, port }))",
        "dns.promises.lookup('no.example.com').catch(({ message, hostname }) => `${message} ${hostname}`)",
      ],
      [{ host: '10.0.0.9', port: 5432, to: 'refused' }],
    )
    expect(JSON.parse(seen[0] ?? '')).toEqual({
      ...{ message: 'connect ECONNREFUSED 10.0.0.9:5432', errno: true, syscall: 'connect', address: '10.0.0.9', port: 5432 },
    })
    expect(seen[1]).toBe('getaddrinfo ENOTFOUND no.example.com no.example.com')
  })

  test('lookups', async () => {
    const routes: Route[] = [{ host: 'db.example.com', port: 5432, to: 'timeout' }]
    const expressions = [
      "lookupLater('localhost', { all: true }).then(JSON.stringify)",
      "promisify(dns.lookup)('db.example.com').then(({ address, family }) => [net.isIPv4(address), family])",
      "new Promise((resolve) => dns.lookup('db.example.com', (error, address, family) => resolve([error, net.isIPv4(address), family])))",
      "new Promise((resolve) => dns.lookup('db.example.com', 6, (error) => resolve(error.code)))",
      "new Promise((resolve) => dns.lookup('10.1.2.3', { all: true }, (error, found) => resolve(JSON.stringify(found))))",
      "lookupLater('other.example.com')",
    ]
    expect(await outcome(expressions, routes)).toEqual([
      '[{"address":"127.0.0.1","family":4}]',
      'true,4',
      ',true,4',
      'ENOTFOUND',
      '[{"address":"10.1.2.3","family":4}]',
      'ENOTFOUND',
    ])
  })

  test('routes change while it runs', async () => {
    const port = await serve(hello('late'))
    const routes: Route[] = []
    const files = {
      'main.mjs': `
        for (let code; code !== 'late web.example.com /';) {
          const next = await fetch('http://web.example.com/').then((r) => r.text(), (e) => e.cause.code)
          if (next !== code) console.log(next)
          code = next
          await new Promise((resolve) => setTimeout(resolve, 20))
        }`,
    }
    const container = await bench.start(files, { routes: () => routes })
    await until(() => (container.lastLines(1).length > 0 ? true : undefined))
    routes.push({ host: 'web.example.com', port: 80, to: { port } })
    bench.containers.refresh()
    await container.ended
    expect(container.lastLines(5)).toEqual(['ENOTFOUND', 'late web.example.com /'])
  })
})

test('the API is reached as it is', async () => {
  const api = hello('api')
  const port = await listening(api)
  const bench = await createBench(`http://127.0.0.1:${port}`)
  try {
    const files = { 'main.mjs': 'console.log(await (await fetch(process.env.AWS_ENDPOINT_URL)).text())' }
    expect((await bench.run(files)).lines).toEqual([`api 127.0.0.1:${port} /`])
  } finally {
    api.close()
    await bench.close()
  }
})
