import { chownSync, copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Route } from '../ports.ts'
import type { Owner } from './owner.ts'

const hooks = path.join(import.meta.dirname, 'hook')

/** The emulated network of one process and of those that it starts: a folder with the hook, its table and what listens. */
export interface NetworkFolder {
  /** `NODE_OPTIONS` that put a Node process into this network, before options of its own. */
  nodeOptions(own: string | undefined): string
  /** Gives the processes the table as it is now; they look at each connect. */
  write(routes: readonly Route[]): void
  /** The loopback port behind a port that a process listens on for others. */
  portOf(port: number): number | undefined
}

/** `pass` are loopback ports of this machine that are reached as they are: the one of the API. */
export function createNetworkFolder(folder: string, pass: readonly number[], owner: Owner | undefined): NetworkFolder {
  const ports = path.join(folder, 'ports')
  mkdirSync(ports, { recursive: true })
  if (owner !== undefined) chownSync(ports, owner.uid, owner.gid)
  for (const file of readdirSync(hooks)) copyFileSync(path.join(hooks, file), path.join(folder, file))

  const table = path.join(folder, 'network.json')
  let written = ''
  const write = (routes: readonly Route[]): void => {
    const text = JSON.stringify({ agent: process.pid, pass, routes })
    if (text === written) return
    writeFileSync(`${table}.tmp`, text)
    renameSync(`${table}.tmp`, table)
    written = text
  }
  write([])

  const hook = `--require ${JSON.stringify(path.join(folder, 'network.cjs'))}`
  return {
    nodeOptions: (own) => (own === undefined || own === '' ? hook : `${hook} ${own}`),
    write,
    portOf: (port) => {
      const claim = claimOf(path.join(ports, String(port)))
      return claim === undefined || claim.loopback ? undefined : claim.port
    },
  }
}

/** What the hook wrote, or a process of the container that wants to be mistaken for it. */
function claimOf(file: string): { port: number | undefined; loopback: boolean } | undefined {
  try {
    const { port, loopback } = JSON.parse(readFileSync(file, 'utf8'))
    return { port: Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined, loopback: loopback === true }
  } catch {
    return undefined
  }
}
