import { createServer, type IncomingHttpHeaders, type RequestListener, request, type Server } from 'node:http'
import { request as requestTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Interface, LoadBalancers, Target } from '../../ports.ts'
import type { World } from './world.ts'

export interface App {
  server: Server
  port: number
  close(): Promise<void>
}

/** What a task runs: an HTTP server. */
export async function startApp(answer: RequestListener): Promise<App> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => void server.close(() => resolve()))
    },
  }
}

export function targetFor(world: World, address: string, app: { port: number } | undefined, group: string = world.openGroup): Target {
  const at: Interface = { address, subnetId: world.subnetId, securityGroupIds: [group], publicAddress: false }
  return { id: address, port: 3000, interface: at, to: () => app?.port }
}

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

interface AskOptions {
  method?: string
  headers?: Record<string, string>
  body?: string
  tls?: { ca: string; servername?: string }
  signal?: AbortSignal
}

/** A request to a listener, over a connection of its own. */
export function ask(port: number, url: string, { tls, body, ...options }: AskOptions = {}): Promise<Reply> {
  const place = { host: '127.0.0.1', port, path: url, agent: false, ...options }
  return new Promise((resolve, reject) => {
    const asked = tls === undefined ? request(place) : requestTls({ ...place, ...tls })
    asked.on('error', reject)
    asked.on('response', (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => {
        text += chunk
      })
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
    })
    asked.end(body)
  })
}

/** Waits until the group's health is as wanted; woken by changes, without looking again and again. */
export async function untilHealth(balancers: LoadBalancers, group: string, wanted: (states: string[]) => boolean): Promise<void> {
  const states = (): string[] => balancers.health(group).map(({ state }) => state)
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (!wanted(states())) return
      stop()
      resolve()
    }
    const stop = balancers.onHealthChange(look)
    look()
  })
}
