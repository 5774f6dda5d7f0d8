import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Answer } from './answers.ts'

/** Answers for the load balancer itself. */
export function respond(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { server: 'awselb/2.0', ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** A response on a connection whose parser has let go of it. */
export function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket as never)
  response.once('finish', () => void socket.end())
  return response
}

/** Answers past the response, which then ends unfinished: whoever still works on it learns that nobody waits any more. */
export function cutWith({ method, socket }: IncomingMessage, { status, headers, body }: Answer): void {
  const all = { server: 'awselb/2.0', ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  socket.write([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', method === 'HEAD' ? '' : body].join('\r\n'))
  socket.destroySoon()
}
