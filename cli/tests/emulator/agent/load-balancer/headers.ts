import type { IncomingMessage } from 'node:http'
import type { Listener } from './model.ts'

/** What the load balancer says to a target: its own word on scheme and port, the client's address at the end of those that came. */
export function forwardedHeaders(request: IncomingMessage, { port, tls }: Listener, traceId: string): Record<string, string> {
  const before = one(request.headers['x-forwarded-for'])
  const client = request.socket.remoteAddress ?? ''
  const host = one(request.headers['x-forwarded-host'])
  const forwarded = one(request.headers.forwarded)
  return {
    'x-forwarded-for': before === undefined ? client : `${before}, ${client}`,
    'x-forwarded-proto': tls === undefined ? 'http' : 'https',
    'x-forwarded-port': String(port),
    'x-amzn-trace-id': one(request.headers['x-amzn-trace-id']) ?? `Root=${traceId}`,
    // not of its making: handed on as they came
    ...(host === undefined ? {} : { 'x-forwarded-host': host }),
    ...(forwarded === undefined ? {} : { forwarded }),
  }
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}

/** Letters, digits and hyphens: what `drop_invalid_header_fields` lets through (Elastic Load Balancing user guide). */
const VALID = /^[-A-Za-z0-9]+$/

export function dropInvalidHeaders(request: IncomingMessage): void {
  for (const name of Object.keys(request.headers)) if (!VALID.test(name)) delete request.headers[name]
}
