import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { ConflictError, ToolError, UserError } from '../errors.ts'

/** JSON over HTTP on a Unix socket: how a command talks to the process that it left behind. Only the user's own processes can reach it. */

export interface ControlCall {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** `/environments/calm-otter`. */
  path: string
  body: unknown
}

/** Nobody answers on the socket. */
export class NobodyThere extends ToolError {}

/** Answers calls with what `handle` returns. A `UserError` reaches the caller as one, `undefined` as 404. The socket's folder must be private. */
export async function serveControl(
  socket: string,
  handle: (call: ControlCall) => Promise<unknown>,
): Promise<{ close: () => Promise<void> }> {
  const server = createServer((incoming, response) => {
    void answer(incoming, response, handle)
  })
  // a call lasts as long as what it waits for
  server.requestTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}

async function answer(incoming: IncomingMessage, response: ServerResponse, handle: (call: ControlCall) => Promise<unknown>): Promise<void> {
  const send = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(value))
  }
  try {
    const body = await readJson(incoming)
    const value = await handle({ method: incoming.method as ControlCall['method'], path: incoming.url ?? '/', body })
    send(value === undefined ? 404 : 200, value ?? { message: 'no such thing' })
  } catch (error) {
    const known = error instanceof UserError
    send(known ? 409 : 500, { message: error instanceof Error ? error.message : String(error), hint: known ? error.hint : undefined })
  }
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

/**
 * One call; its answer, `undefined` if there is no such thing. Waits as long as the other side works on it.
 *
 * @throws NobodyThere when no process serves the socket, or it ended before it answered.
 */
export function callControl<Value>(
  socket: string,
  method: ControlCall['method'],
  path: string,
  body?: unknown,
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(new NobodyThere(`could not reach ${socket}: ${error.message}`, { cause: error }))
    const outgoing = request({ socketPath: socket, method, path, agent: false }, (response) => {
      readJson(response).then((value) => {
        const { message = '', hint } = (value ?? {}) as { message?: string; hint?: string }
        if (response.statusCode === 200) resolve(value as Value)
        else if (response.statusCode === 404) resolve(undefined)
        else if (response.statusCode === 409) reject(new ConflictError(message, hint === undefined ? {} : { hint }))
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${message}`))
      }, fail)
    })
    outgoing.once('error', fail)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
