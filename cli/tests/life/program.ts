import path from 'node:path'
import type { Context } from '../../src/context.ts'
import { createGitHub } from '../../src/github/client.ts'
import { createOutput } from '../../src/output.ts'
import { runProgram } from '../../src/program.ts'
import { createLeases } from '../../src/registry/lease.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { createAwsTarget } from '../../src/targets/aws/target.ts'
import type { Target } from '../../src/targets/target.ts'
import type { FakeWorkflowRun } from '../github/state.ts'
import { root } from '../support/toolchain.ts'
import { modelAws } from './aws.ts'
import { createBucket } from './bucket.ts'
import { CHECKOUT, createDisk } from './disk.ts'
import { createEngine } from './engine.ts'
import { createProcess, type Process, processesOf } from './process.ts'
import { LABEL } from './pulls.ts'
import type { Death } from './story.ts'
import { API_URL, versionOf } from './wire.ts'
import type { World } from './world.ts'

/** One start of the program on a runner. */
export interface Start {
  args: string[]
  /** Where its checkout stands; null is the default branch. */
  commit: string | null
  /** What the repository was called when the run was made. */
  repository: string
  death: Death | null
}

export interface Ended {
  process: Process
  /** Null: it died. */
  exitCode: number | null
  stdout: string
  stderr: string
}

export const MAIN = 'ffffffffffffffffffffffffffffffffffffffff'

export function blueprintOf(limit: number): string {
  return `project: shop
region: us-east-1
domain: preview.example.com
services:
  web: { build: services/web, port: 3001, route: / }
previews: { label: ${LABEL}, ttl: 72h, limit: ${limit} }
environments:
  production: { pinned: true, template: dedicated, domain: shop.example.com }
`
}

/** The real program, with the doors of a process of its own. Resolves when it has ended, or died. */
export function start(world: World, request: Start): Promise<Ended> {
  const number = world.processes.length + 1
  const said = { stdout: '', stderr: '' }
  return new Promise((resolve, reject) => {
    const process = createProcess({
      number,
      timeline: world.timeline,
      chance: world.chance(`process ${number}`),
      death: request.death,
      hosted: world.story.hosted,
      onDeath: () => {
        world.note(`process ${number} dies at ${process.at}`)
        // GitHub hears of it when its runner says so, or when it has not heard of that for ten minutes
        complete(world.chance(`end ${number}`).pick([5_000, 660_000]))
        resolve({ process, exitCode: null, ...said })
      },
    })
    const workflowRun: FakeWorkflowRun = { id: number, attempt: 1, status: 'in_progress', conclusion: null }
    const complete = (delay: number): void => {
      world.timeline.after(delay, () => Object.assign(workflowRun, { status: 'completed', conclusion: 'failure' }))
    }
    world.github.state.workflowRuns.push(workflowRun)
    world.processes.push(process)
    world.note(`process ${number} starts: devtool ${request.args.join(' ')} at ${request.commit?.slice(0, 8) ?? 'main'}`)
    const context = contextFor(world, process, request, said)
    runProgram(context, request.args).then((exitCode) => {
      if (process.state === 'dead') return
      process.end()
      complete(1_000)
      world.note(`process ${number} ends with ${exitCode}: ${lastLine(exitCode === 0 ? said.stdout : said.stderr)}`)
      resolve({ process, exitCode, ...said })
    }, reject)
  })
}

function contextFor(world: World, process: Process, request: Start, said: { stdout: string; stderr: string }): Context {
  const { number, clock } = process
  const store = world.bucket.open(process.pass)
  const local = createBucket().open(async (_, work) => work())
  const files = createDisk(
    new Map([
      [path.join(CHECKOUT, 'devtool.yaml'), blueprintOf(world.story.limit)],
      [path.join(CHECKOUT, 'modules/ecs-service/variables.tf'), ''],
    ]),
    root,
  )
  const chance = world.chance(`random ${number}`)
  const random = {
    below: (limit: number) => chance.below(limit),
    id: () => `${number}-${chance.below(2 ** 32).toString(36)}`,
    secret: () => 'secret',
  }
  const variables = {
    GITHUB_TOKEN: world.github.rules.token,
    GITHUB_API_URL: API_URL,
    GITHUB_REPOSITORY: request.repository,
    GITHUB_ACTIONS: 'true',
    GITHUB_RUN_ID: String(number),
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_OUTPUT: '/runner/output',
    GITHUB_STEP_SUMMARY: '/runner/summary',
    XDG_CACHE_HOME: '/cache',
  }
  const terminal = {
    writeResult: (text: string) => {
      said.stdout += text
    },
    write: (text: string) => {
      said.stderr += text
    },
    live: false,
    color: false,
    columns: 100,
  }
  const refuse = (what: string) => () => Promise.reject(new Error(`the test did not expect ${what}`))
  const target = async (): Promise<Target> =>
    createAwsTarget({
      version: '0.0.0',
      repository: CHECKOUT,
      files,
      run: refuse('a program to be run'),
      clock,
      output,
      variables,
      aws: modelAws(world, process),
      account: { id: '123456789012', bucket: 'bucket' },
      project: 'shop',
      store,
      states: store,
      terraform: async () => createEngine(world, process, files),
    })
  const output = createOutput(terminal, clock, { json: request.args.includes('--json') })
  return {
    version: '0.0.0',
    cwd: CHECKOUT,
    variables,
    assets: root,
    files,
    run: refuse('a program to be run'),
    clock,
    random,
    processes: processesOf(process, world.processes),
    prompt: { interactive: false, ask: refuse('a question') },
    output,
    git: { head: async () => ({ branch: null, commit: request.commit ?? MAIN }), repository: async () => undefined },
    interrupt: process.interrupt,
    aws: refuse('a call to AWS'),
    account: refuse('a look at the account'),
    openStore: async (_, kind) => (kind === 'local' ? local : store),
    registry: (opened) => createRegistry({ store: opened, clock, random }),
    leases: (opened) => createLeases({ store: opened, clock, random }),
    target,
    observer: refuse('a look at services'),
    github: async ({ blueprint }) =>
      createGitHub({
        repository: request.repository,
        label: blueprint.previews?.label ?? null,
        variables,
        clock,
        version: versionOf(number),
        note: output.info,
      }),
    browser: { present: false, open: refuse('a browser') },
    supervise: refuse('a supervisor'),
  }
}

function lastLine(text: string): string {
  const error = /"(?:message|outcome|reason)": ?"[^"]*"/g
  return (text.match(error) ?? [text.trim().split('\n').at(-1) ?? '']).join(' ').slice(0, 300)
}
