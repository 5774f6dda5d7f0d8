import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Aws, createAws } from './clients.ts'

export interface TestEmulator {
  url: string
  stop(): Promise<void>
}

/** For tests only: moto's server on a free port. */
export async function startTestEmulator(): Promise<TestEmulator> {
  const launcher = process.env.DEVTOOL_EMULATOR_LAUNCHER
  if (launcher === undefined) throw new Error('DEVTOOL_EMULATOR_LAUNCHER names no launcher')
  const folder = await mkdtemp(path.join(tmpdir(), 'devtool-aws-'))
  const portFile = path.join(folder, 'port')
  const child = spawn('python3', [launcher, '-p', '0', '--portfile', portFile, '--quiet'], { stdio: 'ignore' })
  const port = await readPort(portFile, child)
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function readPort(file: string, child: ChildProcess): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`the emulator ended with ${child.exitCode}`)
    const text = await readFile(file, 'utf8').catch(() => '')
    if (text !== '') return text.trim()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the emulator did not start')
}

/** For tests only: clients with made-up credentials against an endpoint. */
export function awsAt(url: string, region: string = 'eu-west-1'): Aws {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '2',
  })
  return createAws({ region, variables: process.env })
}

export interface Wire {
  url: string
  /** `METHOD path` of each request, in order. */
  requests: string[]
  close(): Promise<void>
}

/** For tests only: an HTTP server that answers as AWS would. */
export async function startWire(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void): Promise<Wire> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    request.resume()
    request.on('end', () => answer(request, response, requests.length))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
