import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type RequestListener, request, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createSocketServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { type Router, type RouterOptions, startRouter } from '../router.ts'
import type { RoutedEnvironment, RoutedService } from '../routes.ts'

/** Real servers and sockets for the tests of the router. All of them are gone after the test, however it ended. */

export interface Listening {
  port: number
  server: Server
  /** Connections so far. */
  connections: () => number
}

export async function serve(handler: RequestListener): Promise<Listening> {
  const server = createServer(handler)
  let connections = 0
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, server, connections: () => connections }
}

/** A server below HTTP, for answers that no HTTP server gives. */
export async function serveSockets(listener: (socket: Socket) => void): Promise<{ port: number; destroy: () => void; reset: () => void }> {
  const open = new Set<Socket>()
  const server = createSocketServer((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    listener(socket)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const closing = (close: (socket: Socket) => void) => (): void => {
    open.forEach(close)
    server.close()
  }
  const destroy = closing((socket) => void socket.destroy())
  onTestFinished(destroy)
  return { port: (server.address() as AddressInfo).port, destroy, reset: closing((socket) => void socket.resetAndDestroy()) }
}

/** Calls `act` with the head of each request that comes. */
export function onHead(socket: Socket, act: (head: string) => void): void {
  let head = ''
  socket.on('data', (chunk) => {
    head += String(chunk)
    if (!head.includes('\r\n\r\n')) return
    const whole = head
    head = ''
    act(whole)
  })
}

export function service(overrides: Partial<RoutedService> = {}): RoutedService {
  return { name: 'web', route: '/', port: null, status: 'ready', lastLines: () => [], reason: null, ...overrides }
}

export function environment(...services: RoutedService[]): RoutedEnvironment {
  return { name: 'swift-otter', url: 'http://swift-otter.localhost:4000', services }
}

export async function route(services: RoutedService[], options: Partial<RouterOptions> = {}): Promise<Router> {
  const environments = [environment(...services)]
  // unhandled, it fails the run
  const onError = (error: unknown): void => {
    throw error
  }
  const router = await startRouter({ port: 0, environments: () => environments, onError, ...options })
  onTestFinished(() => router.close())
  return router
}

export interface Asked {
  method?: string
  host?: string
  headers?: OutgoingHttpHeaders
  body?: string
}

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  rawHeaders: string[]
  body: string
}

/** One request on a connection of its own. */
export function ask(
  port: number,
  path: string,
  { method = 'GET', host = 'swift-otter.localhost', headers = {}, body }: Asked = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, agent: false, headers: { host, ...headers } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, rawHeaders: answer.rawHeaders, body: text })
      })
      answer.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

export interface Wire {
  socket: Socket
  /** All that was received. */
  received: () => string
  /** Resolves once that has come, with all that was received. */
  until: (what: string | RegExp) => Promise<string>
  closed: Promise<string>
  connected: Promise<void>
}

/** Bytes as they are. */
export function wire(port: number, text: string, { allowHalfOpen = false } = {}): Wire {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen })
  const connected = new Promise<void>((resolve) => void socket.once('connect', () => resolve()))
  let received = ''
  const closed = new Promise<string>((resolve) => void socket.once('close', () => resolve(received)))
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  socket.on('data', (chunk: string) => {
    received += chunk
  })
  socket.write(text, 'latin1')
  onTestFinished(() => void socket.destroy())
  const has = (what: string | RegExp): boolean => (typeof what === 'string' ? received.includes(what) : what.test(received))
  const until = (what: string | RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (has(what)) resolve(received)
      }
      socket.on('data', look)
      socket.once('close', () => (has(what) ? resolve(received) : reject(new Error(`closed before ${String(what)} came: ${received}`))))
      look()
    })
  return { socket, received: () => received, until, closed, connected }
}

/** Sends lines as the head of a request, and gives back all that came until the connection was closed. */
export function exchange(port: number, ...lines: string[]): Promise<string> {
  return wire(port, `${lines.join('\r\n')}\r\n\r\n`).closed
}

export function deferred<Value = void>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
