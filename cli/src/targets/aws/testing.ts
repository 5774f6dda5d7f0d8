import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Aws } from '../../aws/clients.ts'
import type { Output } from '../../output.ts'
import { createFolderStore } from '../../registry/folder-store.ts'
import { systemFiles } from '../../system/files.ts'
import type { ChangeOptions, Outcome, Terraform } from '../../terraform/driver.ts'
import type { TerraformFailure } from '../../terraform/failure.ts'
import { noProgress } from '../../terraform/progress.ts'
import type { Run } from '../target.ts'
import { packBundle } from './bundle.ts'
import { bundleKey, type Ports } from './ports.ts'

/** For tests only: what each operation of an account answers, by its name; any other one answers with nothing. */
export type Answers = Record<string, unknown>

/** An account that is empty but for `answers`. */
export function accountWith(answers: Answers): Aws {
  const sdk = new Proxy(
    {},
    {
      get: (_, name) => {
        const text = String(name)
        if (text.startsWith('paginate')) {
          const reply = answers[text.slice('paginate'.length)] ?? {}
          return async function* () {
            yield reply
          }
        }
        return class {
          readonly operation = text.replace(/Command$/, '')
        }
      },
    },
  )
  const client = { send: async ({ operation }: { operation: string }) => answers[operation] ?? {} }
  return new Proxy({ region: 'us-east-1' }, { get: (_, name) => (name === 'region' ? 'us-east-1' : async () => ({ client, sdk })) }) as Aws
}

export const SAVED: Outcome = {
  ok: true,
  failure: null,
  interrupted: false,
  exitCode: 0,
  changes: { add: 0, change: 0, destroy: 0, import: 0 },
  resources: [],
  drifted: [],
  outputs: {},
  warnings: [],
  progress: noProgress,
  stateSaved: true,
  rescuedState: null,
}

export function refused(kind: TerraformFailure['kind'], message: string): Outcome {
  const failure: TerraformFailure = { phase: 'destroy', kind, resource: null, message, hint: null, lines: [], lock: null }
  return { ...SAVED, ok: false, exitCode: 1, failure }
}

export interface Stage {
  ports: Ports
  run: Run
  /** What Terraform was asked, in order: `destroy`, `destroy refresh=false`, `push <file's text>`. */
  asked: string[]
  said: string[]
  slept: number[]
  answers: Answers
  /** What the next runs of Terraform come to; then `SAVED`. Called with the folder that it works in. */
  outcomes: ((directory: string) => Promise<Outcome>)[]
}

/** An environment `otter` of the project `shop` that was applied and has its bundle in the store, and nothing real behind it. */
export async function stage(): Promise<Stage> {
  const folder = await mkdtemp(path.join(tmpdir(), 'devtool-target-'))
  const made: Pick<Stage, 'asked' | 'said' | 'slept' | 'answers' | 'outcomes'> = {
    asked: [],
    said: [],
    slept: [],
    answers: {},
    outcomes: [],
  }
  const clock = {
    now: () => new Date('2026-11-21T08:00:00.000Z'),
    sleep: async (milliseconds: number) => {
      made.slept.push(milliseconds)
    },
    every: () => async () => undefined,
  }
  const change = async (what: string, { directory, refresh }: ChangeOptions): Promise<Outcome> => {
    made.asked.push(refresh === false ? `${what} refresh=false` : what)
    const outcome = made.outcomes.shift()
    return outcome === undefined ? SAVED : outcome(directory)
  }
  const terraform: Partial<Terraform> = {
    engine: { command: '/nowhere/terraform', product: 'terraform', version: '1.11.4', platform: 'linux_amd64' },
    init: async () => ({ skipped: false, lockCompleted: false, providers: null }),
    apply: (options) => change('apply', options),
    destroy: (options) => change('destroy', options),
    pushState: async ({ file }) => {
      made.asked.push(`push ${await systemFiles.readText(file)}`)
      await systemFiles.remove(file)
    },
  }
  const store = createFolderStore(path.join(folder, 'bucket'), { files: systemFiles, clock })
  const repository = path.join(folder, 'repository')
  await systemFiles.write(path.join(repository, 'envs/otter/main.tf'), '# otter\n')
  await store.putBytes(bundleKey('otter'), (await packBundle(systemFiles, repository, ['envs/otter'])).bytes)
  const output: Partial<Output> = {
    info: (text) => void made.said.push(text),
    warn: (text) => void made.said.push(text),
    step: async (_, work) => work(() => undefined),
  }
  const ports: Ports = {
    version: '0.0.0',
    // a checkout of something else
    repository: path.join(folder, 'elsewhere'),
    files: systemFiles,
    run: () => Promise.reject(new Error('the test did not expect a program to be run')),
    clock,
    output: output as Output,
    variables: {},
    aws: accountWith(made.answers),
    account: { id: '123456789012', bucket: 'shop-devtool' },
    project: 'shop',
    store,
    states: createFolderStore(path.join(folder, 'states'), { files: systemFiles, clock }),
    terraform: async () => terraform as Terraform,
  }
  const locks = { own: { user: 'ci', host: 'runner-8' }, ended: [], left: () => undefined, confirm: async () => undefined }
  const run = { id: 'run-1', since: '2026-11-21T08:00:00.000Z', unclean: false, interrupt: new AbortController().signal, locks }
  return { ports, run, ...made }
}
