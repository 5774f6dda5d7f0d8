import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** How a program that a workflow started was started. */
export interface Call {
  program: string
  args: string[]
  cwd: string
  env: Record<string, string>
  /** The stub does not know such arguments, and failed. */
  unknown?: true
  /** It was waiting, and this ended it; null if nothing did. */
  signal?: string | null
}

export interface Answer {
  stdout?: string
  exitCode?: number
  /** Outputs of the step, as DevTool hands them on. */
  outputs?: Readonly<Record<string, string>>
  /** Goes on until it gets SIGINT. */
  untilInterrupted?: boolean
  /** What `curl` fetches. */
  body?: string
}

/** What a runner starts a job on: a checkout, and programs that are not what they say. */
export interface RunnerMachine {
  workspace: string
  temporary: string
  path: string
  home: string
  /** For the stubs; no workflow sees them. */
  hidden: Record<string, string>
  calls(): Promise<Call[]>
  remove(): Promise<void>
}

const STUB = fileURLToPath(new URL('stub.cjs', import.meta.url))
const PROGRAMS = ['npm', 'terraform', 'curl', 'sha256sum', 'unzip', 'devtool']

export interface MachineOptions {
  /** By the beginning of the command line. */
  answers?: Readonly<Record<string, Answer>>
  /** Programs that are the machine's own after all. */
  real?: readonly string[]
}

export async function createMachine({ answers = {}, real = [] }: MachineOptions = {}): Promise<RunnerMachine> {
  const folder = await mkdtemp(path.join(tmpdir(), 'devtool-workflow-'))
  const place = (...parts: string[]): string => path.join(folder, ...parts)
  const stub = place('stub.cjs')
  for (const name of ['bin', 'temp', 'home', 'workspace/scripts', 'workspace/infra/shop']) await mkdir(place(name), { recursive: true })
  await cp(STUB, stub)
  const start = `#!${process.execPath}\nrequire(${JSON.stringify(stub)})\n`
  const program = async (file: string): Promise<void> => {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, start)
    await chmod(file, 0o755)
  }
  for (const name of PROGRAMS.filter((each) => !real.includes(each))) await program(place('bin', name))
  await symlink(process.execPath, place('bin', 'node'))
  for (const name of ['node_modules/.bin/devtool', 'cli/bin/devtool.js']) await program(place('workspace', name))
  await writeFile(place('workspace/scripts/build.mjs'), '')
  const record = place('calls.jsonl')
  await writeFile(record, '')
  await writeFile(place('answers.json'), JSON.stringify(answers))
  return {
    workspace: place('workspace'),
    temporary: place('temp'),
    home: place('home'),
    path: `${place('bin')}:/usr/local/bin:/usr/bin:/bin`,
    hidden: { STUB_RECORD: record, STUB_ANSWERS: place('answers.json') },
    calls: async () => {
      const lines = (await readFile(record, 'utf8')).split('\n').filter((line) => line !== '')
      return lines.map((line): Call => JSON.parse(line))
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
