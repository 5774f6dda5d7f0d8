import { readFile } from 'node:fs/promises'
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../support/toolchain.ts'
import { ask, startApp, targetFor, untilHealth } from './testing/apps.ts'
import { type Scene, startScene } from './testing/scene.ts'
import { nothing } from './testing/world.ts'

describeWith(['emulator'], 'load balancers as applied', () => {
  let scene: Scene

  beforeAll(async () => {
    scene = await startScene()
  })

  afterAll(() => scene?.close())

  test('why a target is not healthy', async () => {
    const { world, app, http, group, leave } = scene
    const broken = await startApp((_, response) => response.writeHead(503).end())
    const silent = await startApp(() => {})
    world.balancers.register(group, targetFor(world, '10.0.0.20', broken))
    world.balancers.register(group, targetFor(world, '10.0.0.21', silent))
    world.balancers.register(group, targetFor(world, '10.0.0.22', undefined))
    world.balancers.register(group, targetFor(world, '10.0.0.23', app, world.closedGroup))
    const first = world.balancers.health(group).map(({ state, reason }) => [state, reason])
    expect(first).toEqual(Array(4).fill(['initial', 'Elb.RegistrationInProgress']))
    await untilHealth(world.balancers, group, (states) => states.every((state) => state === 'unhealthy'))
    expect(world.balancers.health(group).map(({ reason, description }) => [reason, description])).toEqual([
      ['Target.ResponseCodeMismatch', 'Health checks failed with these codes: [503]'],
      ['Target.Timeout', 'Request timed out'],
      ['Target.FailedHealthChecks', 'Health checks failed'],
      ['Target.Timeout', 'Request timed out'],
    ])
    expect((await ask(http, '/')).status).toBe(503)
    await Promise.all(['10.0.0.20', '10.0.0.21', '10.0.0.22', '10.0.0.23'].map((address) => leave(address)))
    await Promise.all([broken.close(), silent.close()])
  })

  test('a target gets well after as many checks as the threshold says', async () => {
    const { world, group, leave } = scene
    let code = 500
    const checks: number[] = []
    const sick = await startApp((_, response) => {
      checks.push(code)
      response.writeHead(code).end()
    })
    world.balancers.register(group, targetFor(world, '10.0.0.30', sick))
    await untilHealth(world.balancers, group, (states) => states[0] === 'unhealthy')
    code = 200
    await untilHealth(world.balancers, group, (states) => states[0] === 'healthy')
    expect(checks).toEqual([500, 500, 200, 200])
    await leave('10.0.0.30')
    await sick.close()
  })

  test('HTTPS by the name that is asked for, and the way there from HTTP', async () => {
    const { world, http, listener, group, healthy, leave, last } = scene
    const redirect: elb.Action = { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } }
    await world.rule(listener, 1, { Actions: [redirect], Conditions: [{ Field: 'host-header', Values: ['*.preview.example.com'] }] })
    const [first, second] = [await world.certificate('*.preview.example.com'), await world.certificate('www.example.com', 'example.com')]
    const Certificates = [{ CertificateArn: first }]
    const SslPolicy = 'ELBSecurityPolicy-TLS13-1-2-2021-06'
    const secure = await world.listener({ Protocol: 'HTTPS', Port: 443, SslPolicy, Certificates })
    const more = [{ CertificateArn: second }]
    await world.clients.elb.send(new elb.AddListenerCertificatesCommand({ ListenerArn: secure, Certificates: more }))
    await world.balancers.reconcile()
    const port = world.balancers.listener(world.dnsName, 443) ?? 0
    const ca = await readFile(world.authority.file, 'utf8')
    const over = (servername: string) => ask(port, '/', { tls: { ca, servername }, headers: { host: servername } })

    const moved = await ask(http, '/a?b', { headers: { host: 'calm-heron.preview.example.com' } })
    expect([moved.status, moved.headers.location]).toEqual([301, 'https://calm-heron.preview.example.com:443/a?b'])
    expect(await over('calm-heron.preview.example.com')).toMatchObject({ status: 404, body: 'no such environment' })
    expect(last()).toEqual({ host: 'calm-heron.preview.example.com', method: 'GET', path: '/', rule: secure, target: null, status: 404 })
    expect((await over('example.com')).status).toBe(404)
    // the default certificate is not for this name, nor for one label more
    await expect(over('other.example.org')).rejects.toThrow('altnames')
    await expect(over('a.b.preview.example.com')).rejects.toThrow('altnames')

    await world.rule(secure, 1, { Actions: [{ Type: 'forward', TargetGroupArn: group }] })
    await world.balancers.reconcile()
    expect(world.balancers.listener(world.dnsName, 443)).toBe(port)
    await healthy()
    expect(JSON.parse((await over('example.com')).body).headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-port': '443' })
    await leave()

    await world.clients.elb.send(new elb.DeleteListenerCommand({ ListenerArn: secure }))
    await world.balancers.reconcile()
    expect(world.balancers.listener(world.dnsName, 443)).toBeUndefined()
    await expect(over('example.com')).rejects.toThrow('ECONNREFUSED')
  })

  test('a target of a group that nothing leads to is not used', async () => {
    const { world, app, listener } = scene
    const lonely = await world.targetGroup('lonely')
    await world.balancers.reconcile()
    world.balancers.register(lonely, targetFor(world, '10.0.0.40', app))
    expect(world.balancers.health(lonely)).toMatchObject([{ state: 'unused', reason: 'Target.NotInUse' }])
    const rule = await world.rule(listener, 3, {
      Actions: [{ Type: 'forward', TargetGroupArn: lonely }],
      Conditions: [{ Field: 'path-pattern', Values: ['/lonely'] }],
    })
    await world.balancers.reconcile()
    await untilHealth(world.balancers, lonely, (states) => states[0] === 'healthy')
    await world.clients.elb.send(new elb.DeleteRuleCommand({ RuleArn: rule }))
    await world.balancers.reconcile()
    expect(world.balancers.health(lonely)).toMatchObject([{ state: 'unused' }])
    await world.balancers.deregister(lonely, '10.0.0.40')
  })

  test('what is not implemented is refused, and the rest serves on', async () => {
    const { world, http } = scene
    const other = await world.listener({ Port: 8080 })
    const Conditions = [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET'] } }]
    const odd = await world.rule(other, 1, { Conditions, Actions: [nothing] })
    await expect(world.balancers.reconcile()).rejects.toThrow('the emulator does not implement conditions on http-request-method')
    expect(world.balancers.listener(world.dnsName, 8080)).toBeUndefined()
    expect((await ask(http, '/')).status).toBe(503)
    await world.clients.elb.send(new elb.DeleteRuleCommand({ RuleArn: odd }))
    await world.balancers.reconcile()
    expect((await ask(world.balancers.listener(world.dnsName, 8080) ?? 0, '/')).status).toBe(404)
  })
})
