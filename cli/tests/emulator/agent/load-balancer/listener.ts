import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, type SecureContext } from 'node:tls'
import { isWebSocket } from '../../../../src/machine/proxy.ts'
import { matches } from '../iam/matching.ts'
import type { Authority } from '../ports.ts'
import type { Listener } from './model.ts'
import { responseOn } from './respond.ts'
import { type Serving, serveRequest, serveUpgrade } from './serve.ts'

export interface RunningListener {
  /** On 127.0.0.1. */
  readonly port: number
  /** Serves from now on as this one says. */
  update(listener: Listener): Promise<void>
  /** Cuts every connection. */
  close(): Promise<void>
}

type SecureVersion = NonNullable<Listener['tls']>['version']

interface Certificate {
  names: string[]
  cert: Buffer
  key: Buffer
  context: SecureContext
}

const OPTIONS = { requestTimeout: 0, headersTimeout: 60_000, maxHeaderSize: 65_536, shouldUpgradeCallback: isWebSocket }

export async function startListener(first: Listener, authority: Authority, serving: Omit<Serving, 'listener'>): Promise<RunningListener> {
  let listener = first
  let certificates = await certificatesOf(first, authority)
  const upgraded = new Set<Duplex>()
  const server = first.tls === undefined ? createHttpServer(OPTIONS) : secureServer(first.tls.version, () => certificates)
  const own: Serving = { ...serving, listener: () => listener }

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    serveRequest(request, response, own).catch(() => response.destroy())
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => {})
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    // any other upgrade is answered as if it had not been asked for
    const served = isWebSocket(request) ? serveUpgrade(request, socket, head, own) : serveRequest(request, responseOn(request, socket), own)
    served.catch(() => socket.destroy())
  }
  server.on('request', onRequest)
  server.on('checkContinue', onRequest)
  server.on('upgrade', onUpgrade)
  configure(server, first, certificates)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    async update(next) {
      certificates = await certificatesOf(next, authority)
      listener = next
      configure(server, next, certificates)
    },
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      server.closeAllConnections()
      for (const socket of upgraded) socket.destroy()
      await closed
    },
  }
}

function configure(server: Server | SecureServer, { balancer, tls }: Listener, [first]: readonly Certificate[]): void {
  // how long a connection may stay silent, within a request or between two
  server.timeout = balancer.idleTimeoutMs
  server.keepAliveTimeout = balancer.idleTimeoutMs
  // for a client that asks for no name
  if (tls !== undefined && first !== undefined && 'setSecureContext' in server) {
    server.setSecureContext({ cert: first.cert, key: first.key, minVersion: tls.version })
  }
}

/** The certificate is chosen by the name that the client asks for. */
function secureServer(minVersion: SecureVersion, certificates: () => readonly Certificate[]): SecureServer {
  return createHttpsServer({ ...OPTIONS, minVersion, SNICallback: (name, done) => done(null, choose(certificates(), name)) })
}

function choose(certificates: readonly Certificate[], name: string): SecureContext | undefined {
  const exact = certificates.find(({ names }) => names.some((each) => each.toLowerCase() === name.toLowerCase()))
  const wild = certificates.find(({ names }) => names.some((each) => coversLabel(each, name)))
  return (exact ?? wild ?? certificates[0])?.context
}

/** `*.example.com` stands for one label in front. */
function coversLabel(pattern: string, name: string): boolean {
  return (
    pattern.startsWith('*.') && matches(pattern.toLowerCase(), name.toLowerCase()) && name.split('.').length === pattern.split('.').length
  )
}

function certificatesOf({ tls }: Listener, authority: Authority): Promise<Certificate[]> {
  return Promise.all(
    (tls?.certificates ?? []).map(async (names) => {
      const files = await authority.leaf(names)
      const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)])
      return { names, cert, key, context: createSecureContext({ cert, key }) }
    }),
  )
}
