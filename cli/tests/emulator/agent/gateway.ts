import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'

/** One call of the AWS API. */
export interface Call {
  /** As in the signature: `ecs`, `elasticloadbalancing`, `lambda`, ... Empty if unsigned. */
  service: string
  /** The operation; of a REST API the method and the path. */
  action: string
  method: string
  /** Path and query. */
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** Passes the call on to moto, with another body if one is given. */
export type Forward = (body?: Buffer) => Promise<Answer>

/** Answers a call, or leaves it to moto. */
export type Handler = (call: Call, forward: Forward) => Promise<Answer | undefined>

export interface GatewayOptions {
  /** Moto's URL. */
  upstream: string
  handlers: Readonly<Record<string, Handler>>
  /** A call of that service that may have changed something was answered without an error. */
  onChange: (service: string) => void
}

export interface Gateway {
  url: string
  stop(): Promise<void>
}

/** Whose calls are read whole; all others, as the objects of S3, stream through. */
const READ = new Set(['acm', 'ec2', 'ecs', 'elasticloadbalancing', 'iam', 'lambda', 'logs', 'rds', 'route53', 'secretsmanager', 'ssm'])
const READS = /^(Describe|Get|List|Lookup|Search|Test|Filter|Head|Batch(Get|Describe)|PutLogEvents|GET |HEAD )/
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** A thin proxy in front of moto. The Host header stays: it is an address, so that no bucket name is looked for in it. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const upstream = new URL(options.upstream)
  const agent = new Agent({ keepAlive: true })

  const passOn = (
    incoming: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
    body: Buffer | IncomingMessage,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { ...incoming.headers }
      for (const name of HOP_BY_HOP) delete headers[name]
      if (Buffer.isBuffer(body)) headers['content-length'] = String(body.length)
      const outgoing = request(
        { host: upstream.hostname, port: upstream.port, method: incoming.method, path: incoming.url, headers, agent },
        resolve,
      )
      outgoing.on('error', reject)
      if (Buffer.isBuffer(body)) outgoing.end(body)
      else pipeline(body, outgoing).catch(reject)
    })

  const answerCall = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(incoming.headers.authorization ?? '')?.[1] ?? ''
    if (!READ.has(service)) {
      const reply = await passOn(incoming, incoming)
      response.writeHead(reply.statusCode ?? 502, withoutHops(reply.headers))
      await pipeline(reply, response)
      return
    }
    const call = callOf(service, incoming, await whole(incoming))
    const forward: Forward = async (body = call.body) => {
      const reply = await passOn(incoming, body)
      return { status: reply.statusCode ?? 502, headers: withoutHops(reply.headers), body: await whole(reply) }
    }
    const answer = (await options.handlers[service]?.(call, forward)) ?? (await forward())
    if (answer.status < 400 && !READS.test(call.action)) options.onChange(service)
    response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length })
    response.end(call.method === 'HEAD' ? undefined : answer.body)
  }

  const server = createServer((incoming, response) => {
    answerCall(incoming, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy()
      response.writeHead(502, { 'content-type': 'text/plain' })
      response.end(`the emulator's gateway failed: ${error instanceof Error ? error.stack : String(error)}`)
    })
  })
  // an invocation may take as long as its function's time limit
  server.requestTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  server.unref()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      agent.destroy()
      await closed
    },
  }
}

function callOf(service: string, incoming: IncomingMessage, body: Buffer): Call {
  const { method = 'GET', url = '/', headers } = incoming
  const target = headers['x-amz-target']
  const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  const action =
    typeof target === 'string'
      ? (target.split('.').at(-1) ?? '')
      : ((form ? new URLSearchParams(body.toString()).get('Action') : null) ?? `${method} ${url}`)
  return { service, action, method, url, headers, body }
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))
}
