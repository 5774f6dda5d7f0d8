import type { Answering, Asked, Said } from '../github/answering.ts'
import type { Process } from './process.ts'
import type { Timeline } from './timeline.ts'

/** Where `GITHUB_API_URL` of the processes points. */
export const API_URL = 'http://github.test'

/** Whose requests are on the wire: each says its number in its `user-agent`. */
interface Wire {
  answer: Answering['answer']
  timeline: Timeline
  process(number: number): Process | undefined
}

export const versionOf = (number: number): string => `0.0.${number}`

/**
 * Puts a wire between the processes of a life and its GitHub in the place of `fetch`, and the time of that life in the place of timers:
 * Octokit's queues wait with them. Gives back what takes it away again.
 */
export function lay(wire: Wire): { timers(): number; remove(): void } {
  const { fetch, setTimeout, clearTimeout } = globalThis
  const pending = new Map<object, () => void>()

  const later = (work: (...args: unknown[]) => void, delay = 0, ...args: unknown[]): NodeJS.Timeout => {
    const handle = { unref: () => handle, ref: () => handle, hasRef: () => true, refresh: () => handle }
    const takeBack = wire.timeline.after(delay, () => {
      pending.delete(handle)
      work(...args)
    })
    pending.set(handle, takeBack)
    return handle as unknown as NodeJS.Timeout
  }
  const never = (handle: NodeJS.Timeout | undefined): void => {
    const takeBack = handle === undefined ? undefined : pending.get(handle)
    if (handle === undefined || takeBack === undefined) clearTimeout(handle)
    else {
      takeBack()
      pending.delete(handle)
    }
  }

  const carry = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input))
    const headers = Object.fromEntries(new Headers(init.headers))
    const number = Number(/devtool\/0\.0\.(\d+)/.exec(headers['user-agent'] ?? '')?.[1])
    const process = wire.process(number)
    if (process === undefined || url.origin !== API_URL) throw new Error(`nobody is there: ${url.href}`)
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined
    const query = Object.fromEntries(url.searchParams)
    const asked: Asked = { method: init.method ?? 'GET', path: decodeURI(url.pathname), query, headers, body }
    const name = `GitHub ${asked.method} ${asked.path}`
    // a dead process must not keep Octokit's queue, which all of them share here, waiting for an answer
    return responseOf(await Promise.race([process.pass(name, () => wire.answer(asked)), process.died]))
  }

  Object.assign(globalThis, { fetch: carry, setTimeout: later, clearTimeout: never })
  return {
    timers: () => pending.size,
    remove: () => void Object.assign(globalThis, { fetch, setTimeout, clearTimeout }),
  }
}

function responseOf({ reply, connection }: Said): Response {
  if (connection === 'drop' || connection === 'hang') throw new TypeError('fetch failed')
  const text = reply.body === undefined ? '' : JSON.stringify(reply.body)
  const sent = connection === 'cut' ? text.slice(0, text.length / 2) : text
  const headers = { 'content-type': 'application/json; charset=utf-8', ...reply.headers }
  return new Response(reply.status === 204 ? null : sent, { status: reply.status, headers })
}
