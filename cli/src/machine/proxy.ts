import { Agent, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex, Stream } from 'node:stream'
import { createProxyServer, type ProxyServer } from 'httpxy'

/**
 * Forwards a request to a port of this machine. httpxy sends it, streams its body, ends what has to end when one side goes away, and pairs the
 * sockets of an upgrade. What it does not do is here: which headers go no further than one hop, how the answer's head is written, and
 * sending again what a connection swallowed that had been closed meanwhile.
 */
export interface HttpProxy {
  readonly library: ProxyServer
  readonly agent: Agent
  readonly upgradeMs: number
  close(): void
}

/** What is under way, kept on the request, where the library's events find it: in a WeakMap it would cost a quarter of the whole. */
const SENT = Symbol('sent')
interface Sent {
  upstream?: ClientRequest
  /** Nothing of an answer can be passed on. */
  fail: (error: unknown) => void
}
type Forwarded = IncomingMessage & { [SENT]?: Sent }

export interface Target {
  port: number
}

const LOOPBACK = '127.0.0.1'

/** Shorter than the 5 s after which Node closes an idle connection: the one who may send next should be the one who closes. */
const IDLE_CONNECTION_MS = 4000

/** Nobody reads from a client whose upgrade is not settled, so one that leaves quietly goes unnoticed meanwhile: it must not be for ever. */
const UPGRADE_MS = 60_000

/** What says something about one connection, not about the message. `transfer-encoding` frames the body, which is framed anew on each hop. */
const HOP_BY_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'http2-settings'],
])

/** Never dropped because a Connection header names it: without its length, a body would be read as the next request. */
const OF_THE_MESSAGE = new Set(['content-length', 'host', 'transfer-encoding'])

/** Sent again if the connection was closed without an answer: doing it twice is doing it once. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

/** Stands for the body of a request that has none: piping an empty stream takes longer than the rest of sending it. */
const NO_BODY = { pipe: (request: ClientRequest) => request.end() } as unknown as Stream

export function createProxy({ upgradeMs = UPGRADE_MS } = {}): HttpProxy {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 64, timeout: IDLE_CONNECTION_MS })
  const library = createProxyServer({})
  library.on('proxyReq', (upstream, request: Forwarded) => {
    const sent = request[SENT]
    if (sent === undefined) return
    sent.upstream = upstream
    // without a listener Node closes the connection and says nothing
    upstream.once('upgrade', (_answer, socket) => {
      socket.destroy()
      sent.fail(new Error('it changed the protocol unasked'))
    })
  })
  library.on('proxyRes', (answer, request: Forwarded, response) => {
    try {
      answerWith(answer, response)
    } catch (error) {
      // a status or a header that Node reads, but would not write; the library ends this answer when the response to it ends
      request[SENT]?.fail(error)
    }
  })
  library.on('proxyReqWs', (upstream, request: Forwarded, socket) => {
    // the library closes the client's socket as soon as its own listener, which comes after this one, has run
    upstream.once('error', (error) => request[SENT]?.fail(error))
    upstream.once('upgrade', (_answer, service) => closeTogether(socket, service))
  })
  return { library, agent, upgradeMs, close: () => agent.destroy() }
}

/**
 * Resolves when the response has ended, however it did. Rejects if the service gave no answer: then nothing was written to `response`. `headers`
 * are added; of the client's own, those of a single hop and all that speak for a proxy are left out.
 */
export async function forward(
  proxy: HttpProxy,
  request: Forwarded,
  response: ServerResponse,
  target: Target,
  headers: Record<string, string>,
): Promise<void> {
  const body = hasBody(request)
  request.headers = outgoing(request.headers, headers)
  const options = { target: { host: LOOPBACK, port: target.port }, selfHandleResponse: true, ...(body ? {} : { buffer: NO_BODY }) }
  const send = (agent: Agent | false): Promise<void> =>
    new Promise((resolve, reject) => {
      request[SENT] = { fail: reject }
      proxy.library.web(request, response, { ...options, agent }).then(resolve, reject)
    })
  try {
    await send(proxy.agent)
  } catch (error) {
    if (isOver(request, response)) return
    if (body || !wasStale(error, request[SENT]) || !IDEMPOTENT.has(request.method ?? '')) throw error
    // over a connection of its own, which cannot be stale
    await send(false).catch((again) => {
      if (!isOver(request, response)) throw again
    })
  }
}

/**
 * Pairs the client's socket with one of the service, once that has agreed; what else it answers is passed on. Resolves when the client's socket
 * has closed. `refuse` is called if the service gave no answer, and has to write there and then: after it, the socket is ended.
 */
export async function forwardUpgrade(
  proxy: HttpProxy,
  request: Forwarded,
  socket: Duplex,
  head: Buffer,
  target: Target,
  headers: Record<string, string>,
  refuse: (error: unknown) => void,
): Promise<void> {
  request.headers = { ...outgoing(request.headers, headers), connection: 'Upgrade', upgrade: 'websocket' }
  let answered = false
  const fail = (error: unknown): void => {
    if (!answered && socket.writable) refuse(error)
    answered = true
  }
  request[SENT] = { fail }
  const options = { target: { host: LOOPBACK, port: target.port }, upgradeTimeout: proxy.upgradeMs }
  // what it rejects with went through `fail` before, or happened to a pair of sockets that it has closed
  await proxy.library.ws(request, socket as Socket, options, head).catch(fail)
}

/** Whether this asks for a WebSocket. Any other upgrade may be ignored, and is; one with a body is no WebSocket. */
export function isWebSocket(request: IncomingMessage): boolean {
  return request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket' && !hasBody(request)
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Whether nothing can be written to the client any more, or something was already. */
function isOver(request: IncomingMessage, response: ServerResponse): boolean {
  return response.headersSent || response.destroyed || request.socket.destroyed
}

function wasStale(error: unknown, sent: Sent | undefined): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return sent?.upstream?.reusedSocket === true && (code === 'ECONNRESET' || code === 'EPIPE')
}

/** As it came, with its case and its repetitions: the library would write each header in lower case, and hand on those of the connection. */
function answerWith(answer: IncomingMessage, response: ServerResponse): void {
  const named = namedBy(answer.headers.connection)
  const headers: string[] = []
  for (let index = 0; index < answer.rawHeaders.length; index += 2) {
    const name = answer.rawHeaders[index] ?? ''
    if (isOfTheConnection(name.toLowerCase(), named)) continue
    headers.push(name, answer.rawHeaders[index + 1] ?? '')
  }
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers)
  answer.pipe(response)
  // a head whose body takes its time (server-sent events) goes now; one whose body is here already has gone with it
  setImmediate(() => {
    if (!response.writableEnded && !response.destroyed) response.flushHeaders()
  })
}

function outgoing(headers: IncomingHttpHeaders, added: Record<string, string>): IncomingHttpHeaders {
  const named = namedBy(headers.connection)
  const kept: IncomingHttpHeaders = {}
  for (const name in headers) {
    // `expect` was answered by the one who called us
    if (isOfTheConnection(name, named) || name === 'expect' || name === 'forwarded' || name.startsWith('x-forwarded-')) continue
    kept[name] = headers[name]
  }
  for (const name in added) kept[name] = added[name]
  const framing = headers['transfer-encoding']
  if (framing !== undefined) kept['transfer-encoding'] = framing
  return kept
}

function isOfTheConnection(name: string, named: readonly string[]): boolean {
  return HOP_BY_HOP.has(name) || (named.length > 0 && named.includes(name) && !OF_THE_MESSAGE.has(name))
}

function namedBy(connection: string | undefined): readonly string[] {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return []
  return connection.toLowerCase().split(/\s*,\s*/)
}

function closeTogether(client: Socket, service: Socket): void {
  client.once('close', (failed) => (failed ? service.destroy() : service.destroySoon()))
  service.once('close', () => client.destroySoon())
}
