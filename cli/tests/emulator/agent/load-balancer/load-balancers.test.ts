import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeWith } from '../../../support/toolchain.ts'
import { ask, targetFor, untilHealth } from './testing/apps.ts'
import { type Scene, startScene } from './testing/scene.ts'

describeWith(['emulator'], 'requests through a load balancer', () => {
  let scene: Scene

  beforeAll(async () => {
    scene = await startScene()
  })

  afterAll(() => scene?.close())

  test('say what they are', () => {
    const { world, http } = scene
    const [balancer] = world.balancers.all()
    expect(balancer).toMatchObject({ dnsName: world.dnsName, arn: world.balancerArn, scheme: 'internet-facing', ports: [80] })
    expect(balancer?.interfaces.map(({ address, publicAddress }) => [address, publicAddress])).toEqual([
      ['10.0.0.251', true],
      ['10.0.1.251', true],
    ])
    expect(world.balancers.listener(`${world.dnsName.toUpperCase()}.`, 80)).toBe(http)
    expect(world.balancers.listener(world.dnsName, 81)).toBeUndefined()
  })

  test('503 without a target, then through the target once a first check has passed', async () => {
    const { world, http, group, healthy, leave, last } = scene
    expect(await ask(http, '/')).toMatchObject({ status: 503, headers: { server: 'awselb/2.0' } })
    await healthy()
    expect(world.balancers.health(group)).toEqual([{ id: '10.0.0.10', port: 3000, state: 'healthy' }])
    const headers = {
      host: 'calm-heron.preview.example.com',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
      bad_name: 'x',
    }
    const reply = await ask(http, '/a?b=c', { method: 'POST', headers, body: 'sent' })
    const seen = JSON.parse(reply.body)
    expect(seen).toMatchObject({ url: '/a?b=c', body: 'sent', headers: { host: 'calm-heron.preview.example.com' } })
    expect(seen.headers).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '80',
    })
    expect(seen.headers['x-amzn-trace-id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/)
    expect(seen.headers).not.toHaveProperty('bad_name')
    expect(last()).toMatchObject({
      host: 'calm-heron.preview.example.com',
      method: 'POST',
      path: '/a',
      target: '10.0.0.10:3000',
      status: 200,
    })
    await leave()
    expect(world.balancers.health(group)).toEqual([])
    expect((await ask(http, '/')).status).toBe(503)
  })

  test('the healthy ones take turns', async () => {
    const { world, app, http, group, healthy, leave } = scene
    await healthy('10.0.0.10')
    world.balancers.register(group, targetFor(world, '10.0.0.11', app))
    await untilHealth(world.balancers, group, (states) => states.every((state) => state === 'healthy'))
    const before = world.balancers.requests().length
    for (let count = 0; count < 4; count += 1) await ask(http, '/')
    const served = world.balancers.requests().slice(before)
    expect(new Set(served.map(({ target }) => target))).toEqual(new Set(['10.0.0.10:3000', '10.0.0.11:3000']))
    await Promise.all([leave('10.0.0.10'), leave('10.0.0.11')])
  })

  test('502 where the target breaks, 504 where it is silent', async () => {
    const { http, waiting, healthy, leave, last } = scene
    await healthy()
    expect((await ask(http, '/break')).status).toBe(502)
    const began = performance.now()
    expect((await ask(http, '/wait')).status).toBe(504)
    expect(performance.now() - began).toBeGreaterThan(900)
    await vi.waitFor(() => expect(last()).toMatchObject({ path: '/wait', status: 504 }))
    // the target learns that nobody waits any more
    await vi.waitFor(() => expect(waiting[0]?.destroyed).toBe(true))
    // an answer that stalls half way can only be cut
    await expect(ask(http, '/stall')).rejects.toThrow('aborted')
    waiting.length = 0
    await leave()
  })

  test('a drained target ends what it has begun, and gets nothing new', async () => {
    const { world, http, group, waiting, healthy, leave } = scene
    await healthy()
    const begun = scene.begun()
    const inFlight = ask(http, '/wait')
    await begun
    let over = false
    const drained = leave().then(() => {
      over = true
    })
    expect(world.balancers.health(group)).toMatchObject([{ state: 'draining', reason: 'Target.DeregistrationInProgress' }])
    expect((await ask(http, '/')).status).toBe(503)
    expect(over).toBe(false)
    waiting.shift()?.end('done')
    expect((await inFlight).body).toBe('done')
    await drained
    expect(world.balancers.health(group)).toEqual([])
  })

  test('what outlasts the drain is cut', async () => {
    const { world, app, http, listener, waiting, last } = scene
    const short = await world.targetGroup('short', {}, 0)
    await world.rule(listener, 5, {
      Actions: [{ Type: 'forward', TargetGroupArn: short }],
      Conditions: [{ Field: 'path-pattern', Values: ['/wait/short'] }],
    })
    await world.balancers.reconcile()
    world.balancers.register(short, targetFor(world, '10.0.0.12', app))
    await untilHealth(world.balancers, short, (states) => states.includes('healthy'))
    const begun = scene.begun()
    const inFlight = ask(http, '/wait/short').catch((error: Error) => error.message)
    await begun
    await world.balancers.deregister(short, '10.0.0.12')
    expect(await inFlight).toMatch(/hang up|aborted|reset/)
    await vi.waitFor(() => expect(last()).toMatchObject({ path: '/wait/short', status: 460 }))
    waiting.length = 0
  })

  test('websockets, which end when nobody says anything', async () => {
    const { http, healthy, leave, last } = scene
    await healthy()
    const socket = connect(http, '127.0.0.1')
    const lines = ['GET /socket HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: a', '', '']
    socket.write(lines.join('\r\n'))
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk
      if (text.endsWith('http ')) socket.write('hello')
    })
    await once(socket, 'close')
    expect(text).toMatch(/^HTTP\/1.1 101 .*http echo hello$/s)
    await vi.waitFor(() => expect(last()).toMatchObject({ path: '/socket', status: 101, target: '10.0.0.10:3000' }))
    await leave()

    const refused = connect(http, '127.0.0.1')
    refused.write(lines.join('\r\n'))
    const [answer] = await once(refused, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 503 /)
    await once(refused, 'close')
  })

  test('another upgrade is answered as if it had not been asked for', async () => {
    const { http, healthy, leave } = scene
    await healthy()
    const reply = await ask(http, '/plain', {
      headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' },
    })
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.body).headers).not.toHaveProperty('upgrade')
    await leave()
  })

  test('nothing listens or checks any more once it is stopped', async () => {
    const { world, http, healthy } = scene
    await healthy()
    const begun = scene.begun()
    const inFlight = ask(http, '/wait').catch((error: Error) => error.message)
    await begun
    await world.balancers.stop()
    expect(await inFlight).toMatch(/hang up|aborted|reset/)
    await expect(ask(http, '/')).rejects.toThrow('ECONNREFUSED')
  })
})
