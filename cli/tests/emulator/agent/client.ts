import { readFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Account } from './account.ts'
import type { Authority, LoadBalancers } from './ports.ts'

export interface VisitOptions {
  method?: string
  headers?: Record<string, string>
  body?: string
  /** HTTP on port 80 instead of HTTPS on port 443. */
  plain?: boolean
  timeoutMs?: number
}

export interface Visit {
  status: number
  headers: IncomingHttpHeaders
  text: string
  json<T>(): T
}

export interface Visitor {
  /** Rejects as a client outside would: a name that leads nowhere, a security group that lets nobody in, a certificate that does not fit. */
  request(host: string, path: string, init?: VisitOptions): Promise<Visit>
  /** The loopback port behind a public name and port, for a client of one's own. Rejects as `request` does. */
  listener(host: string, port: number): Promise<number>
}

export interface VisitorPorts {
  account: Pick<Account, 'names' | 'network'>
  loadBalancers: LoadBalancers
  authority: Authority
  settled: () => Promise<void>
}

export function visitor({ account, loadBalancers, authority, settled }: VisitorPorts): Visitor {
  const find = async (host: string, port: number): Promise<number> => {
    await settled()
    const dnsName = (await account.names()).target(host) ?? host
    const balancer = loadBalancers.all().find((each) => each.dnsName.toLowerCase() === dnsName.toLowerCase())
    if (balancer === undefined) throw new Error(`getaddrinfo ENOTFOUND ${host}`)
    const network = await account.network()
    const ways = balancer.interfaces.map((end) => network.why('internet', end, port))
    if (!ways.includes(undefined)) throw new Error(`connect ETIMEDOUT ${host}:${port}: ${ways[0] ?? 'it is in no subnet'}`)
    const listener = loadBalancers.listener(dnsName, port)
    if (listener === undefined) throw new Error(`connect ECONNREFUSED ${host}:${port}`)
    return listener
  }

  return {
    listener: find,
    request: async (host, path, init = {}) => {
      const listener = await find(host, init.plain === true ? 80 : 443)
      const options: RequestOptions = {
        host: '127.0.0.1',
        port: listener,
        path,
        method: init.method ?? 'GET',
        headers: { host, ...init.headers, ...(init.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(init.body)) }) },
        agent: false,
        timeout: init.timeoutMs ?? 30_000,
      }
      const ca = init.plain === true ? undefined : await readFile(authority.file, 'utf8')
      return send(options, host, ca, init.body)
    },
  }
}

function send(options: RequestOptions, host: string, ca: string | undefined, body: string | undefined): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const outgoing = ca === undefined ? httpRequest(options) : httpsRequest({ ...options, servername: host, ca })
    outgoing.once('timeout', () => outgoing.destroy(new Error(`${host} did not answer in time`)))
    outgoing.once('error', reject)
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) })
      })
    })
    outgoing.end(body)
  })
}
