import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createAuthority } from '../certificates.ts'
import type { Authority, ContainerSpec, Exit, ImageStore, Route, RunningContainer } from '../ports.ts'
import { type Containers, createContainers } from './runtime.ts'

/** Containers of programs that a test writes down. */
export interface Bench {
  folder: string
  authority: Authority
  containers: Containers
  /** Everything that the containers printed, in the order in which it came. */
  lines: string[]
  /** Starts `main.mjs` or another of these files. */
  start(files: Record<string, string>, options?: StartOptions): Promise<RunningContainer>
  /** The same, run to its end. */
  run(files: Record<string, string>, options?: StartOptions): Promise<{ exit: Exit; lines: string[] }>
  close(): Promise<void>
}

export interface StartOptions extends Partial<ContainerSpec> {
  routes?: () => readonly Route[]
}

export async function createBench(endpoint = 'http://127.0.0.1:9', others?: ImageStore): Promise<Bench> {
  const folder = mkdtempSync(path.join(tmpdir(), 'devtool-containers-'))
  const authority = await createAuthority(path.join(folder, 'authority'))
  const known = new Map<string, string>()
  const images: ImageStore = {
    resolve: async (reference) => {
      const found = known.get(reference)
      return found === undefined ? others?.resolve(reference) : { folder: found, start: 'node main.mjs' }
    },
  }
  const containers = createContainers({ endpoint, folder, authority, images, region: 'us-east-1' })
  const lines: string[] = []

  const start: Bench['start'] = async (files, { routes = () => [], ...spec } = {}) => {
    const image = path.join(folder, `image-${known.size + 1}`)
    mkdirSync(image)
    chmodSync(image, 0o755)
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(image, name), text)
    known.set(image, image)
    const defaults = {
      name: 'app',
      environment: {},
      stopTimeoutSeconds: 5,
      readonlyRootFilesystem: true,
      log: (line: string) => void lines.push(line),
    }
    return containers.start({ ...defaults, image, ...spec }, routes)
  }

  return {
    folder,
    authority,
    containers,
    lines,
    start,
    run: async (files, options) => {
      const own: string[] = []
      const container = await start(files, { log: (line) => void own.push(line), ...options })
      return { exit: await container.ended, lines: own }
    },
    close: async () => {
      await containers.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Waits for something that another process does. */
export async function until<T>(look: () => T | undefined, milliseconds = 10_000): Promise<T> {
  for (const end = Date.now() + milliseconds; Date.now() < end; ) {
    const found = look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('it did not happen in time')
}

/** The port of a server of the test, which stands for another machine. */
export async function listening(server: NetServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

export const hello = (name: string): Server =>
  createServer((request, response) => void response.end(`${name} ${request.headers.host} ${request.url}`))

/** Prints what each of these expressions comes to, or the code of the error that it ends with. */
export function printing(expressions: readonly string[]): Record<string, string> {
  const helpers = `
    import dns from 'node:dns'
    import { lookup as lookupLater } from 'node:dns/promises'
    import http from 'node:http'
    import https from 'node:https'
    import net, { connect, createServer } from 'node:net'
    import tls from 'node:tls'
    import { promisify } from 'node:util'
    import { fork, spawnSync } from 'node:child_process'
    import { Worker } from 'node:worker_threads'
    import { once } from 'node:events'
    const body = async (url) => (await fetch(url)).text()
    const got = (from, url) => new Promise((resolve, reject) => from.get(url, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text))
    }).on('error', reject))
    const connected = (socket) => new Promise((resolve, reject) => {
      socket.once(socket.encrypted ? 'secureConnect' : 'connect', () => resolve('connected')).once('error', reject)
    }).finally(() => socket.destroy())
    const codeOf = (error) => error.cause?.code ?? error.code ?? String(error.stack)`
  const line = (code: string): string => `try { console.log(String(await (${code}))) } catch (error) { console.log(codeOf(error)) }`
  return { 'main.mjs': [helpers, ...expressions.map(line)].join('\n') }
}
