import type { ServerResponse } from 'node:http'
import type { RoutedRequest } from '../../ports.ts'
import { type App, startApp, targetFor, untilHealth } from './apps.ts'
import { startWorld, type World } from './world.ts'

/** For tests only: a load balancer whose listener for HTTP leads to one target group, and an app that can be its target. */
export interface Scene {
  world: World
  app: App
  /** The loopback port of the listener. */
  http: number
  listener: string
  group: string
  /** What the app was asked below /wait and has not answered. */
  waiting: ServerResponse[]
  /** Resolves when the app is next asked for something below /wait. */
  begun(): Promise<void>
  /** Registers the app as a target, and waits until it is healthy. */
  healthy(address?: string): Promise<void>
  leave(address?: string): Promise<void>
  last(): RoutedRequest | undefined
  close(): Promise<void>
}

export async function startScene(): Promise<Scene> {
  const world = await startWorld()
  try {
    return await setScene(world)
  } catch (error) {
    await world.close()
    throw error
  }
}

async function setScene(world: World): Promise<Scene> {
  const waiting: ServerResponse[] = []
  let asked: () => void = () => {}
  const app = await startEcho((response) => {
    waiting.push(response)
    asked()
  })
  const group = await world.targetGroup('web')
  const listener = await world.listener({})
  await world.rule(listener, 10, { Actions: [{ Type: 'forward', TargetGroupArn: group }] })
  await world.balancers.reconcile()
  return {
    world,
    app,
    http: world.balancers.listener(world.dnsName, 80) ?? 0,
    listener,
    group,
    waiting,
    begun: () =>
      new Promise((resolve) => {
        asked = resolve
      }),
    healthy: async (address = '10.0.0.10') => {
      world.balancers.register(group, targetFor(world, address, app))
      await untilHealth(world.balancers, group, (states) => states.includes('healthy'))
    },
    leave: (address = '10.0.0.10') => world.balancers.deregister(group, address),
    last: () => world.balancers.requests().at(-1),
    close: async () => {
      await world.close()
      await app.close()
    },
  }
}

/** An app that says what it was asked, can break, stall or wait, and echoes what it is told over an upgraded connection. */
async function startEcho(wait: (response: ServerResponse) => void): Promise<App> {
  const app = await startApp((request, response) => {
    if (request.url === '/break') request.socket.destroy()
    else if (request.url === '/stall') response.write('begun')
    else if (request.url?.startsWith('/wait') === true) wait(response)
    else {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk
      })
      request.on('end', () => response.end(JSON.stringify({ headers: request.headers, url: request.url, body })))
    }
  })
  app.server.on('upgrade', (request, socket, head) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.write(`${request.headers['x-forwarded-proto']} ${head}`)
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
    socket.on('data', (chunk: Buffer) => socket.write(`echo ${chunk}`))
  })
  return app
}
