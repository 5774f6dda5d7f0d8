import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Context } from '../../src/context.ts'
import type { Head } from '../../src/git/git.ts'
import type { GitHub } from '../../src/github/client.ts'
import { createOutput } from '../../src/output.ts'
import { runProgram } from '../../src/program.ts'
import { createFolderStore } from '../../src/registry/folder-store.ts'
import { createLeases } from '../../src/registry/lease.ts'
import type { EnvironmentRecord } from '../../src/registry/record.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import type { Browser } from '../../src/system/browser.ts'
import { systemFiles } from '../../src/system/files.ts'
import type { ObjectStore } from '../../src/system/object-store.ts'
import { systemProcesses } from '../../src/system/processes.ts'
import type { LogLine, LogRequest, Observer } from '../../src/targets/target.ts'
import { type FakeTarget, fakeTarget } from './fake-target.ts'
import { root } from './toolchain.ts'

/** Sees what it is told to see. */
export interface FakeObserver extends Observer {
  asked: LogRequest[]
  answers: { observe: (records: EnvironmentRecord[]) => EnvironmentRecord[]; lines: LogLine[] }
}

/** Opens nothing; a test may say that it is not there, or let it fail. */
export interface FakeBrowser extends Browser {
  present: boolean
  opened: string[]
}

export interface TestContext {
  context: Context
  store: ObjectStore
  target: FakeTarget
  observer: FakeObserver
  browser: FakeBrowser
  folder: string
  clock: { time: number }
  /** A minute passes: what is done again and again is done. */
  tick(): Promise<void>
  /** Runs the real program in process. */
  run(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>
}

export const BLUEPRINT = `project: shop
region: us-east-1
domain: preview.example.com
services:
  web: { build: services/web, port: 3001, route: / }
  worker: { image: "ghcr.io/acme/worker:7" }
previews: { limit: 2, ttl: 72h }
environments:
  production: { pinned: true, template: dedicated, domain: shop.example.com }
`

export interface TestContextOptions {
  blueprint?: string
  /** What the person types, in order; without it there is no terminal. */
  answers?: string[]
  /** Where the checkout stands; a test moves it. */
  head?: Head
  /** Fails to open the registry. */
  storeError?: Error
  /** A client for each run, as each is a process of its own. */
  github?: () => GitHub
  variables?: Record<string, string>
}

export async function testContext(options: TestContextOptions = {}): Promise<TestContext> {
  const folder = await mkdtemp(path.join(tmpdir(), 'devtool-context-'))
  await writeFile(path.join(folder, 'devtool.yaml'), options.blueprint ?? BLUEPRINT)
  const clock = { time: Date.parse('2026-11-21T08:00:00.000Z') }
  const repeated = new Set<() => Promise<void>>()
  const ports = {
    now: () => new Date(clock.time),
    sleep: async (milliseconds: number) => {
      clock.time += milliseconds
    },
    every: (_: number, work: () => Promise<void>) => {
      repeated.add(work)
      return async () => void repeated.delete(work)
    },
  }
  const store = createFolderStore(path.join(folder, 'registry'), { files: systemFiles, clock: ports })
  const localStore = createFolderStore(path.join(folder, 'local'), { files: systemFiles, clock: ports })
  const target = fakeTarget()
  const observer = fakeObserver()
  const browser = fakeBrowser()
  const answers = [...(options.answers ?? [])]
  let drawn = 0
  const random = { below: (limit: number) => drawn++ % limit, id: () => `run-${drawn++}`, secret: () => `secret-${drawn++}` }
  const said = { stdout: '', stderr: '' }
  const refuse = (what: string) => () => Promise.reject(new Error(`the test did not expect ${what}`))

  const contextFor = (json: boolean): Context => ({
    version: '0.0.0',
    cwd: folder,
    variables: options.variables ?? {},
    assets: root,
    files: systemFiles,
    run: refuse('a program to be run'),
    clock: ports,
    random,
    processes: systemProcesses(systemFiles),
    browser,
    prompt: { interactive: options.answers !== undefined, ask: async () => answers.shift() ?? '' },
    output: createOutput(
      {
        writeResult: (text) => {
          said.stdout += text
        },
        write: (text) => {
          said.stderr += text
        },
        live: false,
        color: false,
        columns: 100,
      },
      ports,
      { json },
    ),
    git: {
      head: async () => options.head ?? { branch: 'feature/cart', commit: 'c0ffee0000000000000000000000000000000000' },
      repository: async () => 'acme/shop',
    },
    interrupt: new AbortController().signal,
    aws: refuse('a call to AWS'),
    account: refuse('a look at the account'),
    openStore: async (_place, kind) => {
      if (kind === 'local') return localStore
      if (options.storeError !== undefined) throw options.storeError
      return store
    },
    registry: (opened) => createRegistry({ store: opened, clock: ports, random }),
    leases: (opened) => createLeases({ store: opened, clock: ports, random }),
    target: async () => target,
    observer: async () => observer,
    github: async () => options.github?.() ?? refuse('a call to GitHub')(),
    supervise: refuse('a supervisor'),
  })

  return {
    context: contextFor(false),
    store,
    target,
    observer,
    browser,
    folder,
    clock,
    tick: async () => {
      clock.time += 60_000
      for (const work of [...repeated]) await work()
    },
    run: async (...args) => {
      said.stdout = ''
      said.stderr = ''
      const exitCode = await runProgram(contextFor(args.includes('--json')), args)
      return { exitCode, ...said }
    },
  }
}

function fakeObserver(): FakeObserver {
  const observer: FakeObserver = {
    asked: [],
    answers: { observe: (records) => records, lines: [] },
    observe: async (records) => observer.answers.observe([...records]),
    logs: async (request, onLine) => {
      observer.asked.push(request)
      for (const line of observer.answers.lines) onLine(line)
    },
  }
  return observer
}

function fakeBrowser(): FakeBrowser {
  const browser: FakeBrowser = {
    present: true,
    opened: [],
    open: async (url) => {
      browser.opened.push(url)
    },
  }
  return browser
}
