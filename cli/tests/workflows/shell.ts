import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import type { RunnerMachine } from './machine.ts'

export interface ShellStep {
  script: string
  /** `bash` as the workflow says it, or undefined where it says nothing. */
  shell: string | undefined
  /** Relative to the workspace. */
  folder: string
  env: Record<string, string>
  /** Called once the program runs, with its process id. */
  started?: (pid: number) => Promise<void>
}

export interface ShellResult {
  exitCode: number
  log: string
  outputs: Record<string, string>
  /** Variables that the following steps get. */
  exported: Record<string, string>
  /** Folders that come first on PATH from now on. */
  paths: string[]
  summary: string
}

/**
 * Runs a `run:` step as a runner does: with a file, and with `-o pipefail` only where `shell: bash` is written
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell).
 */
export async function runShell(machine: RunnerMachine, step: ShellStep, number: number): Promise<ShellResult> {
  const file = (name: string): string => path.join(machine.temporary, `${name}-${number}`)
  const channels = {
    GITHUB_OUTPUT: file('output'),
    GITHUB_ENV: file('env'),
    GITHUB_PATH: file('path'),
    GITHUB_STEP_SUMMARY: file('summary'),
  }
  for (const channel of Object.values(channels)) await writeFile(channel, '')
  await writeFile(file('script'), step.script)
  const flags = step.shell === 'bash' ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e']
  const child = execa('bash', [...flags, file('script')], {
    cwd: path.join(machine.workspace, step.folder),
    env: {
      ...machine.hidden,
      HOME: machine.home,
      RUNNER_TEMP: machine.temporary,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      ...channels,
      ...step.env,
    },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    all: true,
    timeout: 30_000,
  })
  if (child.pid !== undefined) await step.started?.(child.pid)
  const { exitCode, all } = await child
  const read = (channel: keyof typeof channels): Promise<string> => readFile(channels[channel], 'utf8')
  return {
    exitCode: exitCode ?? 1,
    log: all ?? '',
    outputs: pairs(await read('GITHUB_OUTPUT')),
    exported: pairs(await read('GITHUB_ENV')),
    paths: (await read('GITHUB_PATH')).split('\n').filter((line) => line !== ''),
    summary: await read('GITHUB_STEP_SUMMARY'),
  }
}

/** `name=value`, or `name<<end`, lines, `end`. */
function pairs(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  const lines = text.split('\n')
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name = '', end] = /^([^=]+?)<<(.+)$/.exec(line) ?? []
    if (end === undefined) {
      const at = line.indexOf('=')
      if (at > 0) found[line.slice(0, at)] = line.slice(at + 1)
      continue
    }
    found[name] = lines.splice(0, lines.indexOf(end)).join('\n')
    lines.shift()
  }
  return found
}
