import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** The account as a role sees it that may read everything, and write what `mayWrite` names. */
export interface ReadingRole {
  /** As the account's own, for this role. */
  environment: Record<string, string>
  /** What it wrote: `PUT /bucket/key`. */
  wrote: string[]
  /** What it was not let do: the same, or an action of a service. */
  refused: string[]
  stop(): Promise<void>
}

interface Asked {
  method: string
  path: string
  headers: http.IncomingHttpHeaders
  body: Buffer
}

const READS = /^(Describe|Get|List|BatchGet|Query|Search)/

/** Stands before the account and refuses what changes something, as IAM would; where the emulator's own enforcement cannot tell by key. */
export async function startReadingRole(account: Record<string, string>, mayWrite: RegExp): Promise<ReadingRole> {
  const { AWS_ENDPOINT_URL = '' } = account
  const wrote: string[] = []
  const refused: string[] = []
  const server = http.createServer((message, response) => {
    void read(message).then((asked) => {
      const action = actionOf(asked)
      const allowed = action === null || mayWrite.test(action)
      if (action !== null) (allowed ? wrote : refused).push(action)
      if (allowed) forward(AWS_ENDPOINT_URL, asked, response)
      else
        response
          .writeHead(403, { 'content-type': 'application/xml' })
          .end(`<Error><Code>AccessDenied</Code><Message>${action}</Message></Error>`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    environment: { ...account, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` },
    wrote,
    refused,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function read(message: http.IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return { method: message.method ?? '', path: message.url ?? '/', headers: message.headers, body: Buffer.concat(chunks) }
}

/** Null for what only reads. The JSON protocols name the action in a header, the query protocol in the body, REST by its method. */
function actionOf({ method, path, headers, body }: Asked): string | null {
  const target = headers['x-amz-target']
  const named = typeof target === 'string' ? (target.split('.').at(-1) ?? '') : new URLSearchParams(body.toString('latin1')).get('Action')
  if (named !== null && named !== '') return READS.test(named) ? null : named
  return ['GET', 'HEAD'].includes(method) ? null : `${method} ${path.split('?')[0]}`
}

function forward(account: string, { method, path, headers, body }: Asked, response: http.ServerResponse): void {
  const request = http.request(new URL(path, account), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  request.on('error', () => response.destroy())
  request.end(body)
}
