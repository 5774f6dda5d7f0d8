import { createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type Health, probe, probePort } from './health.ts'
import { freePort, portIsFree } from './ports.ts'
import { useWorkshop } from './testing/workshop.ts'

const workshop = useWorkshop()

/** What a probe says of a server that treats its connections so. */
async function probed(treat: (socket: Socket) => void): Promise<Health> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    treat(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  try {
    return await probe({ port: typeof address === 'object' ? (address?.port ?? 0) : 0, path: '/healthz' }, 200)
  } finally {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
}

describe('a probe', () => {
  test.each([
    [200, { state: 'healthy' }],
    [204, { state: 'healthy' }],
    [302, { state: 'healthy' }],
    [399, { state: 'healthy' }],
    [404, { state: 'unhealthy', reason: 'HTTP 404' }],
    [503, { state: 'unhealthy', reason: 'HTTP 503' }],
  ])('%s', async (code, health) => {
    const asked: unknown[] = []
    const port = await workshop.serve((request, response) => {
      asked.push([request.method, request.url, request.headers.host])
      response.writeHead(code).end()
    })
    expect(await probe({ port, path: '/healthz?x', host: 'calm-otter.localhost' }, 2000)).toEqual(health)
    expect(asked).toEqual([['GET', '/healthz?x', 'calm-otter.localhost']])
  })

  test('does not wait for a body that never ends', async () => {
    const port = await workshop.serve((_, response) => response.write('x'))
    expect(await probe({ port, path: '/' }, 2000)).toEqual({ state: 'healthy' })
  })

  test('says what is wrong', async () => {
    expect(await probe({ port: await freePort(), path: '/' }, 2000)).toEqual({ state: 'unhealthy', reason: 'connection refused' })
    expect(await probed(() => {})).toEqual({ state: 'unhealthy', reason: 'no answer within 0.2 s' })
    expect(await probed((socket) => socket.write('HTTP/1.1 200 OK\r\nx'))).toEqual({ state: 'unhealthy', reason: 'no answer within 0.2 s' })
    expect(await probed((socket) => socket.end())).toEqual({ state: 'unhealthy', reason: 'connection reset' })
    expect(await probed((socket) => socket.resetAndDestroy())).toEqual({ state: 'unhealthy', reason: 'connection reset' })
    expect(await probed((socket) => socket.end('220 smtp ready\r\n'))).toEqual({ state: 'unhealthy', reason: 'the answer is not HTTP' })
    expect(await probe({ port: 1, path: '/a b' }, 2000)).toMatchObject({ state: 'unhealthy', reason: expect.stringContaining('path') })
  })
})

describe('ports', () => {
  test('a free one can be listened on, and nobody else gets it', async () => {
    const found = await Promise.all(Array.from({ length: 60 }, freePort))
    expect(new Set(found).size).toBe(60)
    expect(await portIsFree(found[0] ?? 0)).toBe(true)
  })

  test('a taken one is not free, on whichever address', async () => {
    const port = await workshop.serve((_, response) => response.end())
    expect(await portIsFree(port)).toBe(false)
    expect(await probePort(port, 500)).toEqual({ state: 'healthy' })

    const everywhere = createServer()
    await new Promise<void>((resolve) => everywhere.listen(0, '0.0.0.0', resolve))
    const address = everywhere.address()
    expect(await portIsFree(typeof address === 'object' ? (address?.port ?? 0) : 0)).toBe(false)
    await new Promise((resolve) => everywhere.close(resolve))
  })
})
