import { createServer, type IncomingMessage, type Server, ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { ConflictError, UserError } from '../errors.ts'
import { badGatewayPage, foreignPage, notFoundPage, type Page } from './pages.ts'
import { createProxy, forward, forwardUpgrade, isWebSocket } from './proxy.ts'
import { type Destination, destinationOf, type RoutedEnvironment, targetPath } from './routes.ts'

export type { RoutedEnvironment, RoutedService } from './routes.ts'

type Service = Extract<Destination, { kind: 'service' }>

export interface Router {
  readonly port: number
  /** Cuts every connection. */
  close(): Promise<void>
}

export interface RouterOptions {
  /** 0 for any that is free. */
  port: number
  /** Asked for every request: what it says now is what holds. */
  environments: () => readonly RoutedEnvironment[]
  /** A fault of ours in one request; the others go on. */
  onError?: (error: unknown) => void
}

const SERVER_OPTIONS = {
  // an upload may take as long as it takes; its head may not
  requestTimeout: 0,
  headersTimeout: 60_000,
  // longer than a browser or a load tester waits between two requests
  keepAliveTimeout: 65_000,
  // answered like any other name that is not ours
  requireHostHeader: false,
  // Node 24.9 and newer; `asOrdinary` does the same for the others
  shouldUpgradeCallback: isWebSocket,
}

/** Listens on 127.0.0.1 and hands each request to the service that its host and path name. */
export async function startRouter({ port, environments, onError = () => {} }: RouterOptions): Promise<Router> {
  const proxy = createProxy()
  const server = createServer(SERVER_OPTIONS)
  const upgraded = new Set<Duplex>()

  let bound = ''
  const headersFor = (request: IncomingMessage): Record<string, string> => ({
    'x-forwarded-for': request.socket.remoteAddress ?? '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': bound,
    'x-forwarded-host': request.headers.host ?? '',
  })

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isChunkedAtMost(request)) {
      response.shouldKeepAlive = false
      send(request, response, { status: 501, text: 'This transfer coding is not known here.\n' })
      return
    }
    const destination = destinationOf(request, environments())
    const target = targetOf(destination)
    if (destination.kind !== 'service' || target === undefined) {
      send(request, response, pageFor(request, destination, environments()))
      return
    }
    request.url = targetPath(request.url ?? '/')
    if (request.headers.expect !== undefined && request.httpVersion === '1.1') response.writeContinue()
    try {
      await forward(proxy, request, response, target, headersFor(request))
    } catch (error) {
      send(request, response, unavailable(request, destination, reasonOf(error)))
    }
  }

  const answerUpgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const destination = destinationOf(request, environments())
    const target = targetOf(destination)
    if (destination.kind !== 'service' || target === undefined) {
      send(request, responseOn(request, socket), pageFor(request, destination, environments()))
      return
    }
    request.url = targetPath(request.url ?? '/')
    await forwardUpgrade(proxy, request, socket, head, target, headersFor(request), (error) => {
      send(request, responseOn(request, socket), unavailable(request, destination, reasonOf(error)))
    })
  }

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch((error) => {
      response.destroy()
      onError(error)
    })
  }

  server.on('request', handle)
  server.on('checkContinue', handle)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // a client that is gone; what it was talking to learns of it from the close
    socket.on('error', () => {})
    if (!isWebSocket(request)) {
      asOrdinary(server, request, socket, head)
      return
    }
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    answerUpgrade(request, socket, head).catch((error) => {
      socket.destroy()
      onError(error)
    })
  })

  await listen(server, port)
  server.on('error', onError)
  const address = server.address() as AddressInfo
  bound = String(address.port)
  return {
    port: address.port,
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      server.closeAllConnections()
      for (const socket of upgraded) socket.destroy()
      proxy.close()
      await closed
    },
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject)
      resolve()
    })
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new ConflictError(`port ${port} of this machine is taken`, {
        hint: 'stop what listens there, or choose another port',
        cause: error,
      })
    throw new UserError(`could not listen on port ${port} of this machine: ${error.message}`, { hint: 'choose another port', cause: error })
  })
}

function targetOf(destination: Destination): { port: number } | undefined {
  if (destination.kind !== 'service') return undefined
  const { port, status } = destination.service
  return port === null || status !== 'ready' ? undefined : { port }
}

function pageFor(request: IncomingMessage, destination: Destination, environments: readonly RoutedEnvironment[]): Page {
  if (destination.kind === 'foreign') return foreignPage()
  if (destination.kind === 'nowhere') return notFoundPage(destination.asked, destination.environment, environments)
  return unavailable(request, destination, destination.service.reason)
}

function unavailable({ method }: IncomingMessage, { environment, service }: Service, reason: string | null): Page {
  return badGatewayPage(environment, service, { reason, reload: method === 'GET' || method === 'HEAD' })
}

/** Node hands a request over before it has found out that it cannot tell where the body ends. */
function isChunkedAtMost({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined || headers['transfer-encoding'].toLowerCase() === 'chunked'
}

/** In words, why a service that is said to be ready gave no answer. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return 'connection refused'
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'it closed the connection without an answer'
  if (code.startsWith('HPE_')) return 'its answer is not HTTP'
  return error instanceof Error ? error.message : String(error)
}

function send(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const html = page.html !== undefined && (request.headers.accept ?? '').toLowerCase().includes('text/html')
  const body = html ? (page.html ?? '') : page.text
  response.writeHead(page.status, STATUS_CODES[page.status], {
    'content-type': `${html ? 'text/html' : 'text/plain'}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    vary: 'accept',
  })
  response.end(body)
}

/** A response on a connection whose parser has let go of it. */
function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket as never)
  response.once('finish', () => void socket.end())
  return response
}

/**
 * A request that asks for another protocol than WebSocket, as curl and Java do for HTTP/2, is answered as if it had not asked. Node has stopped
 * reading behind its head, so a head without the wish goes back before the rest, and the connection to the server.
 */
function asOrdinary(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? ''
    if (!['connection', 'upgrade', 'http2-settings'].includes(name.toLowerCase())) lines.push(`${name}: ${request.rawHeaders[index + 1]}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}
