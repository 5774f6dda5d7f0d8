import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { systemClock } from '../../system/clock.ts'
import { systemFiles } from '../../system/files.ts'
import { systemProcesses } from '../../system/processes.ts'
import { systemSpawn } from '../../system/spawn.ts'
import type { LogWriter } from '../log.ts'
import { endMarked, type ProcessSpec, type RunningProcess, startProcess } from '../process.ts'
import { type KeptService, keepService, type Limits, type ServiceSpec } from '../service.ts'

export const ports = { spawn: systemSpawn, processes: systemProcesses(systemFiles), clock: systemClock, files: systemFiles }

const node = path.dirname(process.execPath)

/** A folder and a mark for each test; whatever the test started is gone after it. */
export interface Workshop {
  folder: string
  mark: string
  /** Writes a file into the folder; its path. */
  file(name: string, content: string): string
  /** The command line that runs this text as a Node program. */
  program(text: string): string
  start(command: ProcessSpec['command'], log?: LogWriter): Promise<RunningProcess>
  spec(fields: Partial<ServiceSpec>): ServiceSpec
  keep(fields: Partial<ServiceSpec>, limits?: Partial<Limits>): KeptService
  /** The port of an HTTP server of the test itself. */
  serve(handler: RequestListener): Promise<number>
  /** What still runs under the mark. */
  left(): Promise<{ pid: number; command: string }[]>
}

/** Call it in a `describe`, or at the top of a file. */
export function useWorkshop(): Workshop {
  let programs = 0
  let ends: (() => Promise<unknown>)[] = []

  const workshop: Workshop = {
    folder: '',
    mark: '',
    file: (name, content) => {
      const file = path.join(workshop.folder, name)
      writeFileSync(file, content)
      return file
    },
    program: (text) => {
      programs += 1
      return `node ${workshop.file(`program-${programs}.cjs`, text)}`
    },
    start: async (command, log) => {
      const spec = { command, folder: workshop.folder, environment: environment() }
      const running = await startProcess(ports, spec, { mark: workshop.mark, ...(log === undefined ? {} : { log }) })
      ends.push(() => running.stop(0))
      return running
    },
    spec: (fields) => ({
      name: 'web',
      command: 'false',
      folder: workshop.folder,
      environment: (port) => ({ ...environment(), PORT: String(port) }),
      port: true,
      health: '/healthz',
      mark: workshop.mark,
      log: path.join(workshop.folder, 'logs', 'web.log'),
      ...fields,
    }),
    keep: (fields, limits = {}) => {
      const kept = keepService(ports, workshop.spec(fields), { drainMs: 200, ...limits })
      ends.push(() => kept.stop())
      return kept
    },
    serve: async (handler) => {
      const server = createServer(handler)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      ends.push(async () => {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      })
      return (server.address() as AddressInfo).port
    },
    left: () => ports.processes.withVariable('DEVTOOL_RUN', workshop.mark),
  }

  beforeEach(() => {
    workshop.folder = mkdtempSync(path.join(tmpdir(), 'devtool-machine-'))
    workshop.mark = path.basename(workshop.folder)
  })
  afterEach(async () => {
    const all = ends
    ends = []
    await Promise.all(all.map((end) => end()))
    const left = await workshop.left()
    await endMarked(ports, workshop.mark, 0)
    rmSync(workshop.folder, { recursive: true, force: true })
    expect(left).toEqual([])
  })
  return workshop
}

const environment = (): Record<string, string> => ({ PATH: `${node}${path.delimiter}${process.env['PATH'] ?? ''}` })

/** An HTTP server on PORT that answers everything with its `text`; ends politely. */
export const httpServer = (text: string): string => `
const server = require('node:http').createServer((request, response) => response.end(${JSON.stringify(text)}))
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening as ' + ${JSON.stringify(text)}))
process.once('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections() })
`
