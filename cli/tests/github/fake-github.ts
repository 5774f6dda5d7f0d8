import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answering, type Asked, createAnswering, type FakeGitHubOptions, type Said } from './answering.ts'
import type { Reply } from './trouble.ts'

export type { FakeGitHubOptions } from './answering.ts'

export interface FakeGitHub extends Omit<Answering, 'answer'> {
  /** For `GITHUB_API_URL`. */
  readonly url: string
  stop(): Promise<void>
}

/** GitHub on loopback. */
export async function startFakeGitHub(options: FakeGitHubOptions = {}): Promise<FakeGitHub> {
  const { answer, ...github } = createAnswering(options)
  const server = http.createServer((message, response) => {
    void read(message)
      .then(answer)
      .then((said) => deliver(response, said))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    ...github,
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function deliver(response: http.ServerResponse, { reply, connection }: Said): void {
  if (connection === 'hang') return
  if (connection === 'drop') response.destroy()
  else if (connection === 'cut') cut(response, reply)
  else send(response, reply)
}

async function read(message: http.IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const url = new URL(message.url ?? '/', 'http://github.test')
  const body = text === '' ? undefined : JSON.parse(text)
  return { method: message.method ?? '', path: url.pathname, query: Object.fromEntries(url.searchParams), headers: message.headers, body }
}

function send(response: http.ServerResponse, { status, body, headers }: Reply): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(text)
}

/** The first half of the answer, and then the connection ends as if that were all. */
function cut(response: http.ServerResponse, { status, body }: Reply): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(text.slice(0, text.length / 2))
}
