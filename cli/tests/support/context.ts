import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Context } from '../../src/context.ts'
import type { GitHub } from '../../src/github/client.ts'
import { createOutput } from '../../src/output.ts'
import { runProgram } from '../../src/program.ts'
import { createFolderStore } from '../../src/registry/folder-store.ts'
import { createLeases } from '../../src/registry/lease.ts'
import type { EnvironmentRecord } from '../../src/registry/record.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { systemFiles } from '../../src/system/files.ts'
import type { ObjectStore } from '../../src/system/object-store.ts'
import { systemProcesses } from '../../src/system/processes.ts'
import type { ApplyHooks, Leftover, LogLine, LogRequest, Observer, Plan, Root, Run, Target } from '../../src/targets/target.ts'
import { root } from './toolchain.ts'

/** A target that does nothing but say what it was asked; each answer can be replaced. */
export interface FakeTarget extends Target {
  asked: string[]
  answers: {
    plan: () => Promise<Plan>
    apply: (root: Root, run: Run, hooks: ApplyHooks) => Promise<void>
    destroy: () => Promise<Leftover[]>
  }
}

/** Sees what it is told to see. */
export interface FakeObserver extends Observer {
  asked: LogRequest[]
  answers: { observe: (records: EnvironmentRecord[]) => EnvironmentRecord[]; lines: LogLine[] }
}

export interface TestContext {
  context: Context
  store: ObjectStore
  target: FakeTarget
  observer: FakeObserver
  folder: string
  clock: { time: number }
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
  /** Fails to open the registry. */
  storeError?: Error
  github?: GitHub
}

export async function testContext(options: TestContextOptions = {}): Promise<TestContext> {
  const folder = await mkdtemp(path.join(tmpdir(), 'devtool-context-'))
  await writeFile(path.join(folder, 'devtool.yaml'), options.blueprint ?? BLUEPRINT)
  const clock = { time: Date.parse('2026-11-21T08:00:00.000Z') }
  const ports = {
    now: () => new Date(clock.time),
    sleep: async (milliseconds: number) => {
      clock.time += milliseconds
    },
  }
  const store = createFolderStore(path.join(folder, 'registry'), { files: systemFiles, clock: ports })
  const localStore = createFolderStore(path.join(folder, 'local'), { files: systemFiles, clock: ports })
  const target = fakeTarget()
  const observer = fakeObserver()
  const answers = [...(options.answers ?? [])]
  let drawn = 0
  const random = { below: (limit: number) => drawn++ % limit, id: () => `run-${drawn++}`, secret: () => `secret-${drawn++}` }
  const said = { stdout: '', stderr: '' }
  const refuse = (what: string) => () => Promise.reject(new Error(`the test did not expect ${what}`))

  const contextFor = (json: boolean): Context => ({
    version: '0.0.0',
    cwd: folder,
    variables: {},
    assets: root,
    files: systemFiles,
    run: refuse('a program to be run'),
    clock: ports,
    random,
    processes: systemProcesses(systemFiles),
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
      head: async () => ({ branch: 'feature/cart', commit: 'c0ffee0000000000000000000000000000000000' }),
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
    github: async () => options.github ?? refuse('a call to GitHub')(),
    supervise: refuse('a supervisor'),
  })

  return {
    context: contextFor(false),
    store,
    target,
    observer,
    folder,
    clock,
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

function fakeTarget(): FakeTarget {
  const target: FakeTarget = {
    asked: [],
    answers: {
      plan: async () => ({ add: 0, change: 0, destroy: 0, resources: [] }),
      apply: async (_root, _run, hooks) => {
        await hooks.onChanging()
        await hooks.onSettled()
      },
      destroy: async () => [],
    },
    plan: async (planned, slot) => {
      target.asked.push(`plan ${planned.name} slot ${slot}`)
      return target.answers.plan()
    },
    apply: async (applied, slot, run, hooks) => {
      target.asked.push(`apply ${applied.name} slot ${slot}${run.unclean ? ' unclean' : ''}`)
      await target.answers.apply(applied, run, hooks)
      const services = Object.entries(applied.document.images).map(([name, image]) => ({
        name,
        image,
        url: null,
        status: 'ready' as const,
      }))
      return { changed: [], url: `https://${applied.name}.preview.example.com`, services }
    },
    destroy: async (environment, run) => {
      target.asked.push(`destroy ${environment.name}${environment.applied ? '' : ' never applied'}${run.unclean ? ' unclean' : ''}`)
      return target.answers.destroy()
    },
    close: async () => undefined,
  }
  return target
}
