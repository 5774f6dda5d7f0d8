import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Route } from '../ports.ts'
import { type Bench, createBench, hello, listening, printing, until } from './testing.ts'

describe('the ports of a container', () => {
  let bench: Bench
  beforeAll(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.containers.stop())
  afterAll(() => bench.close())

  test('its own ports, by every form of listen', async () => {
    const expressions = [
      "once(createServer((socket) => socket.end()).listen(3000), 'listening').then(() => connected(net.connect(3000)))",
      "once(http.createServer((_, response) => response.end('three')).listen({ port: '3003' }), 'listening').then(() => body('http://localhost:3003'))",
      "new Promise((resolve) => { const server = http.createServer((_, response) => response.end(JSON.stringify(server.address()))).listen(3004, '0.0.0.0', () => resolve(body('http://127.0.0.1:3004'))) })",
      "new Promise((resolve) => { const server = createServer((socket) => socket.end()).listen(() => resolve(connected(net.connect(server.address().port, '::1')))) })",
      "once(createServer().listen(3000), 'listening')",
      "(async () => { const server = createServer().listen(3005); await once(server, 'listening'); server.close(); await once(server, 'close'); return connected(net.connect(3005)) })()",
      "(async () => { const server = createServer((socket) => socket.end()).listen(3005); await once(server, 'listening'); return connected(net.connect(3005)) })()",
      'process.exit()',
    ]
    expect((await bench.run(printing(expressions))).lines).toEqual([
      'connected',
      'three',
      '{"address":"0.0.0.0","family":"IPv4","port":3004}',
      'connected',
      'EADDRINUSE',
      'ECONNREFUSED',
      'connected',
    ])
  })

  test('ports are reached from outside unless they listen on the loopback interface', async () => {
    const server = (port: number, host: string): string =>
      `once(http.createServer((_, response) => response.end('${port}')).listen(${port}, '${host}'), 'listening').then(() => 'up')`
    const container = await bench.start(printing([server(3000, '::'), server(3001, '127.0.0.1')]))
    await until(() => (container.lastLines(2).length === 2 ? true : undefined))
    const port = container.portOf(3000)
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('3000')
    expect([container.portOf(3001), container.portOf(3002)]).toEqual([undefined, undefined])
    await container.stop()
    expect(container.portOf(3000)).toBe(undefined)
  })

  test('child processes and worker threads are in it, too; a cluster is refused', async () => {
    const web = hello('web')
    const port = await listening(web)
    const ask = "fetch('http://web.example.com/').then((r) => r.text()).then(console.log, (e) => console.log(e.cause.code))"
    const files = {
      'ask.mjs': ask,
      'main.mjs': `
        import { spawnSync } from 'node:child_process'
        import { Worker } from 'node:worker_threads'
        import { once } from 'node:events'
        import cluster from 'node:cluster'
        import http from 'node:http'
        if (cluster.isPrimary) {
          console.log(spawnSync('node', ['ask.mjs'], { encoding: 'utf8' }).stdout.trim())
          await once(new Worker(new URL('ask.mjs', import.meta.url)), 'exit')
          await once(new Worker(new URL('ask.mjs', import.meta.url), { execArgv: [] }), 'exit')
          await once(cluster.fork(), 'exit')
        } else {
          try {
            http.createServer().listen(3000)
          } catch (error) {
            console.log(error.message)
          }
          process.exit()
        }`,
    }
    const routes = (): Route[] => [{ host: 'web.example.com', port: 80, to: { port } }]
    const { lines } = await bench.run(files, { routes }).finally(() => web.close())
    expect(lines).toEqual([
      'web web.example.com /',
      'web web.example.com /',
      'web web.example.com /',
      'the emulated network does not know node:cluster',
    ])
  })
})
