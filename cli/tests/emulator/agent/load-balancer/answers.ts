import { STATUS_CODES } from 'node:http'
import type { Action } from './model.ts'
import type { Asked } from './rules.ts'

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** An answer of the load balancer's own: 502, 503, 504, ... */
export function errorAnswer(status: number, words?: string): Answer {
  const title = `${status} ${STATUS_CODES[status]}`
  const more = words === undefined ? '' : `<p>${escaped(words)}</p>`
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1>${more}</center>\r\n</body>\r\n</html>\r\n`
  return { status, headers: { 'content-type': 'text/html' }, body }
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

export function fixedAnswer({ status, contentType, body }: Extract<Action, { type: 'fixed-response' }>): Answer {
  return { status, headers: { 'content-type': contentType }, body }
}

/** `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}` stand for what the request had; the port is always said. */
export function redirectAnswer(
  redirect: Extract<Action, { type: 'redirect' }>,
  asked: Asked,
  listener: { port: number; tls: boolean },
): Answer {
  const parts: Record<string, string> = {
    protocol: listener.tls ? 'https' : 'http',
    host: asked.host,
    port: String(listener.port),
    path: asked.path.replace(/^\//, ''),
    query: asked.query,
  }
  const filled = (text: string): string => text.replace(/#\{(protocol|host|port|path|query)\}/g, (_, name: string) => parts[name] ?? '')
  const query = filled(redirect.query)
  const location = `${filled(redirect.protocol).toLowerCase()}://${filled(redirect.host)}:${filled(redirect.port)}${filled(redirect.path)}`
  const answer = errorAnswer(redirect.status)
  return { ...answer, headers: { ...answer.headers, location: query === '' ? location : `${location}?${query}` } }
}
