import { request } from 'node:http'
import { connect } from 'node:net'

export type Health = { state: 'healthy' } | { state: 'unhealthy'; reason: string }

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
}

/** Asks once, whether `GET path` on this machine answers with 200-399 in time, as the load balancer does. */
export function probe(target: { port: number; path: string; host?: string }, timeoutMs: number): Promise<Health> {
  return ask(timeoutMs, (signal, answer, fail) => {
    const headers = { connection: 'close', ...(target.host === undefined ? {} : { host: target.host }) }
    const asked = request({ host: '127.0.0.1', port: target.port, path: target.path, headers, agent: false, signal }, (response) => {
      const code = response.statusCode ?? 0
      answer(code >= 200 && code <= 399 ? { state: 'healthy' } : { state: 'unhealthy', reason: `HTTP ${code}` })
      response.destroy()
    })
    asked.on('error', fail)
    asked.end()
  })
}

/** Asks once, whether somebody listens on the port. */
export function probePort(port: number, timeoutMs: number): Promise<Health> {
  return ask(timeoutMs, (signal, answer, fail) => {
    const socket = connect({ host: '127.0.0.1', port, signal }, () => {
      answer({ state: 'healthy' })
      socket.destroy()
    })
    socket.on('error', fail)
  })
}

function ask(
  timeoutMs: number,
  question: (signal: AbortSignal, answer: (health: Health) => void, fail: (error: unknown) => void) => void,
): Promise<Health> {
  const signal = AbortSignal.timeout(timeoutMs)
  return new Promise((resolve) => {
    const fail = (error: unknown): void => {
      const reason = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : reasonOf(error)
      resolve({ state: 'unhealthy', reason })
    }
    try {
      question(signal, resolve, fail)
    } catch (error) {
      fail(error)
    }
  })
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('HPE_')) return 'the answer is not HTTP'
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error))
}
