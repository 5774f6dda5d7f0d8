import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Emulator } from '../../../tests/emulator/emulator.ts'
import { testContext } from '../../../tests/support/context.ts'
import { awsAt } from '../../aws/testing.ts'
import type { Context } from '../../context.ts'
import { createGit } from '../../git/git.ts'
import { type FakeDocker, fakeDocker } from '../../images/testing/docker.ts'
import { createOutput } from '../../output.ts'
import { runProgram } from '../../program.ts'
import { systemFiles } from '../../system/files.ts'
import { systemRun } from '../../system/run.ts'

export const blueprintOf = (project: string): string => `project: ${project}
region: us-east-1
domain: preview.example.com
services:
  web: { build: services/web, port: 3001, route: / }
  api: { build: services/api, port: 3000, route: /api, database: true }
  worker: { image: "ghcr.io/acme/worker:7" }
database: { migrations: { build: services/migrations } }
`

/** What `blueprintOf` builds. */
export const BUILT = ['web', 'api', 'migrations']

/** A repository with something to build, a docker that is none, and a registry in the emulator. */
export interface Workshop {
  root: string
  project: string
  docker: FakeDocker
  interrupt: AbortController
  run(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>
  git(...args: string[]): string
  write(file: string, text: string): void
  read(file: string): string
  /** Commits everything; the first twelve digits. */
  commit(): string
  /** Names of what docker was asked to build. */
  built(): string[]
  remove(): void
}

let made = 0

export async function createWorkshop(emulator: Emulator, more: Partial<Context> = {}): Promise<Workshop> {
  // emptying the emulator takes longer than another project
  made += 1
  const project = `shop${made}`
  const aws = awsAt(emulator.url, 'us-east-1')
  const { CreateRepositoryCommand } = await import('@aws-sdk/client-ecr')
  const { client } = await aws.ecr()
  for (const name of BUILT) {
    await client.send(new CreateRepositoryCommand({ repositoryName: `${project}/${name}`, imageTagMutability: 'IMMUTABLE' }))
  }
  const { context, folder: root, clock } = await testContext({ blueprint: blueprintOf(project) })
  const home = path.join(root, 'machine')
  const docker = fakeDocker(home)
  docker.behave({ registry: emulator.url })
  // the only programs there are: a real docker of this machine is not to be met
  symlinkSync(execFileSync('which', ['git'], { encoding: 'utf8' }).trim(), path.join(docker.bin, 'git'))
  const interrupt = new AbortController()

  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: root, encoding: 'utf8' }).trim()
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), text)
  }
  const commit = (): string => {
    git('add', '.')
    git('commit', '-q', '--allow-empty', '-m', 'next')
    return git('rev-parse', 'HEAD').slice(0, 12)
  }
  const run: Workshop['run'] = async (...args) => {
    const said = { stdout: '', stderr: '' }
    const terminal = {
      writeResult: (text: string) => {
        said.stdout += text
      },
      write: (text: string) => {
        said.stderr += text
      },
      ...{ live: false, color: false, columns: 100 },
    }
    const time = { now: () => new Date(clock.time), sleep: async () => undefined, every: () => async () => undefined }
    const variables = { PATH: docker.bin, HOME: home, XDG_CACHE_HOME: home }
    const output = createOutput(terminal, time, { json: args.includes('--json') })
    const own: Partial<Context> = { run: systemRun, variables, output, aws: async () => aws, interrupt: interrupt.signal }
    const full = { ...context, ...own, ...more, git: createGit({ files: systemFiles, run: systemRun, variables }) }
    return { exitCode: await runProgram(full, args), ...said }
  }

  write('.gitignore', 'machine/\nregistry/\nlocal/\nenvs/\nnode_modules/\n')
  for (const name of BUILT) write(`services/${name}/Dockerfile`, `FROM scratch\nCOPY . .\n# ${name}\n`)
  git('init', '-q')
  commit()
  return {
    ...{ root, project, docker, interrupt, run, git, write, commit },
    read: (file) => readFileSync(path.join(root, file), 'utf8'),
    built: () =>
      docker
        .builds()
        .map(({ args }) => path.basename(args.at(-1) ?? ''))
        .sort(),
    remove: () => rmSync(root, { recursive: true }),
  }
}
