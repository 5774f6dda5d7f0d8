import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../../tests/emulator/emulator.ts'
import { testContext } from '../../../tests/support/context.ts'
import { describeWith } from '../../../tests/support/toolchain.ts'
import type { Aws } from '../../aws/clients.ts'
import { awsAt } from '../../aws/testing.ts'
import type { Context } from '../../context.ts'
import { createGit } from '../../git/git.ts'
import { type FakeDocker, fakeDocker } from '../../images/testing/docker.ts'
import { createOutput } from '../../output.ts'
import { runProgram } from '../../program.ts'
import { systemFiles } from '../../system/files.ts'
import { systemRun } from '../../system/run.ts'

const blueprintOf = (project: string): string => `project: ${project}
region: us-east-1
domain: preview.example.com
services:
  web: { build: services/web, port: 3001, route: / }
  api: { build: services/api, port: 3000, route: /api, database: true }
  worker: { image: "ghcr.io/acme/worker:7" }
database: { migrations: { build: services/migrations } }
`

const BUILT = ['web', 'api', 'migrations']

describeWith(['emulator'], 'images build', () => {
  let emulator: Emulator
  let aws: Aws
  let root: string
  let docker: FakeDocker
  let run: (...args: string[]) => Promise<{ exitCode: number; stdout: string; stderr: string }>
  let interrupt: AbortController
  let project: string
  let tests = 0
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: root, encoding: 'utf8' }).trim()
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), text)
  }
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
  const commit = (): string => {
    git('add', '.')
    git('commit', '-q', '--allow-empty', '-m', 'next')
    return git('rev-parse', 'HEAD').slice(0, 12)
  }
  const built = (): string[] =>
    docker
      .builds()
      .map(({ args }) => path.basename(args.at(-1) ?? ''))
      .sort()

  beforeAll(async () => {
    emulator = await startEmulator()
    aws = awsAt(emulator.url, 'us-east-1')
  })
  afterAll(() => emulator.stop())

  beforeEach(async () => {
    // emptying the emulator takes longer than another project
    tests += 1
    project = `shop${tests}`
    const { CreateRepositoryCommand } = await import('@aws-sdk/client-ecr')
    const { client } = await aws.ecr()
    for (const name of BUILT) {
      await client.send(new CreateRepositoryCommand({ repositoryName: `${project}/${name}`, imageTagMutability: 'IMMUTABLE' }))
    }
    const { context, folder, clock } = await testContext({ blueprint: blueprintOf(project) })
    root = folder
    docker = fakeDocker(path.join(folder, 'machine'))
    docker.behave({ registry: emulator.url })
    // the only programs there are: a real docker of this machine is not to be met
    symlinkSync(execFileSync('which', ['git'], { encoding: 'utf8' }).trim(), path.join(docker.bin, 'git'))
    write('.gitignore', 'machine/\nregistry/\nlocal/\nenvs/\nnode_modules/\n')
    for (const name of BUILT) write(`services/${name}/Dockerfile`, `FROM scratch\nCOPY . .\n# ${name}\n`)
    git('init', '-q')
    commit()
    interrupt = new AbortController()
    run = async (...args) => {
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
      const time = { now: () => new Date(clock.time), sleep: async () => undefined }
      const home = path.join(folder, 'machine')
      const variables = { PATH: docker.bin, HOME: home, XDG_CACHE_HOME: home }
      const output = createOutput(terminal, time, { json: args.includes('--json') })
      const own: Partial<Context> = { run: systemRun, variables, output, aws: async () => aws, interrupt: interrupt.signal }
      const full = { ...context, ...own, git: createGit({ files: systemFiles, run: systemRun, variables }) }
      return { exitCode: await runProgram(full, args), ...said }
    }
  })
  afterEach(() => rmSync(root, { recursive: true }))

  test('builds all, then nothing, then what changed; a new commit is a new tag', async () => {
    const first = commit()
    const { exitCode, stdout, stderr } = await run('images', 'build', '--json')
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('✓ 3 images for linux/amd64')])
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({ platform: 'linux/amd64', directory: null })
    const digest = expect.stringMatching(/^shop\d+\/web@sha256:[0-9a-f]{64}$/)
    expect(result.images[0]).toEqual({
      name: 'web',
      image: digest,
      tags: [expect.stringMatching(/^tree-[0-9a-f]{12}$/), first],
      built: true,
    })
    expect(built()).toEqual(['api', 'migrations', 'web'])

    const again = JSON.parse((await run('images', 'build', '--json')).stdout)
    expect(again.images).toEqual(result.images.map((image: object) => ({ ...image, built: false })))
    expect(built()).toHaveLength(3)

    write('services/api/main.js', '1')
    const second = commit()
    const third = JSON.parse((await run('images', 'build', '--json')).stdout)
    expect(third.images.map((image: { built: boolean }) => image.built)).toEqual([false, true, false])
    expect(third.images.map((image: { tags: string[] }) => image.tags[1])).toEqual([second, second, second])
    expect(third.images[0].image).toBe(result.images[0].image)
    expect(built()).toEqual(['api', 'api', 'migrations', 'web'])
    expect(docker.builds().at(-1)?.context).toEqual(['Dockerfile', 'main.js'])
  })

  test('nothing of the login is left behind, whether it works or not', async () => {
    await run('images', 'build')
    write('services/api/Dockerfile', 'FROM scratch\nRUN false\n')
    await run('images', 'build')
    const folders = new Set(docker.calls().map(({ configFolder }) => configFolder.path))
    expect(folders.size).toBe(2)
    for (const folder of folders) expect(existsSync(path.dirname(folder))).toBe(false)
  })

  test('changes that are not committed get no tag of the commit, and say so', async () => {
    write('services/web/new.js', '1')
    const { stdout, stderr } = await run('images', 'build', 'web', '--json')
    expect(JSON.parse(stdout).images[0].tags).toEqual([expect.stringMatching(/^tree-/)])
    expect(stderr).toContain(`warning: ${project}/web gets no tag of the commit: services/web holds changes that are not committed`)
  })

  test('two at a time', async () => {
    for (const name of BUILT) write(`services/${name}/Dockerfile`, `FROM scratch\nRUN sleep 1\n# ${name}\n`)
    expect((await run('images', 'build')).exitCode).toBe(0)
    const times = docker.builds().map(({ began, ended }) => ({ began, ended }))
    const atOnce = times.map(({ began }) => times.filter((other) => other.began <= began && began < other.ended).length)
    expect(Math.max(...atOnce)).toBe(2)
  })

  test('what fails says its last lines, the others finish, and nothing is pinned', async () => {
    await run('env', 'create', 'brave-otter')
    const before = read('envs/brave-otter/environment.json')
    write('services/web/Dockerfile', 'FROM scratch\nRUN false\n')
    const { exitCode, stdout, stderr } = await run('images', 'build', '--env', 'brave-otter', '--json')
    expect([exitCode, stdout]).toEqual([1, ''])
    const { error } = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')
    expect(error).toMatchObject({
      kind: 'tool',
      message: expect.stringMatching(/^could not build web: docker ended with exit code 1\n.*RUN false/s),
    })
    expect(error.hint).toContain('api, migrations are in the registry')
    expect(read('envs/brave-otter/environment.json')).toBe(before)
    expect(built()).toEqual(['api', 'migrations', 'web'])
  })

  test('pins the digests into an environment', async () => {
    await run('env', 'create', 'brave-otter')
    const { stdout, stderr } = await run('images', 'build', '--env', 'brave-otter')
    expect(stderr).not.toContain('warning')
    expect(stdout).toContain('next: devtool env apply brave-otter')
    const images = { ...JSON.parse(read('envs/brave-otter/environment.json')).images }
    expect(JSON.parse(read('envs/brave-otter/images.auto.tfvars.json')).images).toEqual(images)
    expect(images).toEqual({
      web: expect.stringMatching(/^shop\d+\/web@sha256:/),
      api: expect.stringMatching(/^shop\d+\/api@sha256:/),
      migrations: expect.stringMatching(/^shop\d+\/migrations@sha256:/),
      worker: 'ghcr.io/acme/worker:7',
    })
  })

  test('one service, another architecture: a tree of its own, and the tag of the commit stays where it is', async () => {
    await run('env', 'create', 'brave-otter')
    const amd = JSON.parse((await run('images', 'build', 'web', '--json')).stdout)
    const { stdout, stderr } = await run('images', 'build', 'web', '--platform', 'arm64', '--env', 'brave-otter', '--json')
    const arm = JSON.parse(stdout)
    expect(arm.images[0].tags).toHaveLength(1)
    expect(arm.images[0].tags).not.toEqual(amd.images[0].tags.slice(0, 1))
    expect(docker.builds().at(-1)?.args).toEqual(expect.arrayContaining(['--platform', 'linux/arm64']))
    expect(stderr).toContain('the tasks of brave-otter run on amd64')
    expect(stderr).toMatch(/stays on sha256:[0-9a-f]{64}, which was built of the same commit before: tags are immutable/)
  })

  test('another run was faster: its image is taken', async () => {
    docker.behave({ registry: emulator.url, metadata: null })
    const { exitCode, stdout } = await run('images', 'build', 'web', '--json')
    expect([exitCode, JSON.parse(stdout).images[0].built]).toEqual([0, false])
  })

  test('an interrupt ends it as such', async () => {
    for (const name of BUILT) write(`services/${name}/Dockerfile`, `FROM scratch\nRUN sleep 1\n# ${name}\n`)
    setTimeout(() => interrupt.abort(), 500)
    const { exitCode } = await run('images', 'build')
    expect(exitCode).toBe(130)
    expect(docker.builds().length).toBeLessThan(3)
  })

  describe('refused', () => {
    test.each([
      ['a service that is not there', ['nobody'], 2, 'could not build nobody: it is no service of devtool.yaml'],
      ['a ready-made image', ['worker'], 2, 'could not build worker: it has a ready-made image'],
      ['an environment that is not there', ['--env', 'calm-fox'], 1, 'could not find envs/calm-fox/environment.json'],
      ['the shared ground', ['--env', 'platform'], 2, 'could not set the images of platform: it runs none'],
      ['another architecture', ['--platform', 'riscv'], 2, 'Allowed choices are amd64, arm64'],
    ])('%s', async (_what, args, exitCode, message) => {
      await run('env', 'create', 'brave-otter')
      const platform = read('envs/brave-otter/environment.json').replace('"preview"', '"platform"').replace('brave-otter', 'platform')
      write('envs/platform/environment.json', platform)
      const refused = await run('images', 'build', ...args)
      expect(refused).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) })
      expect(docker.calls()).toEqual([])
    })

    test('a repository that is not there', async () => {
      write('devtool.yaml', blueprintOf('other'))
      const { exitCode, stderr } = await run('images', 'build')
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/ECR has no repository other\/.*hint: run `devtool bootstrap`/s)])
    })

    test('no docker: said once, and not asked for when there is nothing to build', async () => {
      await run('images', 'build')
      rmSync(path.join(docker.bin, 'docker'))
      expect((await run('images', 'build')).exitCode).toBe(0)
      write('services/web/new.js', '1')
      const { exitCode, stderr } = await run('images', 'build')
      expect(exitCode).toBe(1)
      expect(stderr.match(/docker is not installed or not on PATH/g)).toHaveLength(1)
    })
  })
})
