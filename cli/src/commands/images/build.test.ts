import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../../tests/emulator/emulator.ts'
import { describeWith } from '../../../tests/support/toolchain.ts'
import { BUILT, blueprintOf, createWorkshop, type Workshop } from './testing.ts'

describeWith(['emulator'], 'images build', () => {
  let emulator: Emulator
  let shop: Workshop

  beforeAll(async () => {
    emulator = await startEmulator()
  })
  afterAll(() => emulator.stop())
  beforeEach(async () => {
    shop = await createWorkshop(emulator)
  })
  afterEach(() => shop.remove())

  test('builds all, then nothing, then what changed; a new commit is a new tag', async () => {
    const first = shop.commit()
    const { exitCode, stdout, stderr } = await shop.run('images', 'build', '--json')
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
    expect(shop.built()).toEqual(['api', 'migrations', 'web'])

    const again = JSON.parse((await shop.run('images', 'build', '--json')).stdout)
    expect(again.images).toEqual(result.images.map((image: object) => ({ ...image, built: false })))
    expect(shop.built()).toHaveLength(3)

    shop.write('services/api/main.js', '1')
    const second = shop.commit()
    const third = JSON.parse((await shop.run('images', 'build', '--json')).stdout)
    expect(third.images.map((image: { built: boolean }) => image.built)).toEqual([false, true, false])
    expect(third.images.map((image: { tags: string[] }) => image.tags[1])).toEqual([second, second, second])
    expect(third.images[0].image).toBe(result.images[0].image)
    expect(shop.built()).toEqual(['api', 'api', 'migrations', 'web'])
    expect(shop.docker.builds().at(-1)?.context).toEqual(['Dockerfile', 'main.js'])
  })

  test('nothing of the login is left behind, whether it works or not', async () => {
    await shop.run('images', 'build')
    shop.write('services/api/Dockerfile', 'FROM scratch\nRUN false\n')
    await shop.run('images', 'build')
    const folders = new Set(shop.docker.calls().map(({ configFolder }) => configFolder.path))
    expect(folders.size).toBe(2)
    for (const folder of folders) expect(existsSync(path.dirname(folder))).toBe(false)
  })

  test('changes that are not committed get no tag of the commit, and say so', async () => {
    shop.write('services/web/new.js', '1')
    const { stdout, stderr } = await shop.run('images', 'build', 'web', '--json')
    expect(JSON.parse(stdout).images[0].tags).toEqual([expect.stringMatching(/^tree-/)])
    expect(stderr).toContain(`warning: ${shop.project}/web gets no tag of the commit: services/web holds changes that are not committed`)
  })

  test('two at a time', async () => {
    for (const name of BUILT) shop.write(`services/${name}/Dockerfile`, `FROM scratch\nRUN sleep 1\n# ${name}\n`)
    expect((await shop.run('images', 'build')).exitCode).toBe(0)
    const times = shop.docker.builds().map(({ began, ended }) => ({ began, ended }))
    const atOnce = times.map(({ began }) => times.filter((other) => other.began <= began && began < other.ended).length)
    expect(Math.max(...atOnce)).toBe(2)
  })

  test('what fails says its last lines, the others finish, and nothing is pinned', async () => {
    await shop.run('env', 'create', 'brave-otter')
    const before = shop.read('envs/brave-otter/environment.json')
    shop.write('services/web/Dockerfile', 'FROM scratch\nRUN false\n')
    const { exitCode, stdout, stderr } = await shop.run('images', 'build', '--env', 'brave-otter', '--json')
    expect([exitCode, stdout]).toEqual([1, ''])
    const { error } = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')
    expect(error).toMatchObject({
      kind: 'tool',
      message: expect.stringMatching(/^could not build web: docker ended with exit code 1\n.*RUN false/s),
    })
    expect(error.hint).toContain('api, migrations are in the registry')
    expect(shop.read('envs/brave-otter/environment.json')).toBe(before)
    expect(shop.built()).toEqual(['api', 'migrations', 'web'])
  })

  test('pins the digests into an environment', async () => {
    await shop.run('env', 'create', 'brave-otter')
    const { stdout, stderr } = await shop.run('images', 'build', '--env', 'brave-otter')
    expect(stderr).not.toContain('warning')
    expect(stdout).toContain('next: devtool env apply brave-otter')
    const images = { ...JSON.parse(shop.read('envs/brave-otter/environment.json')).images }
    expect(JSON.parse(shop.read('envs/brave-otter/images.auto.tfvars.json')).images).toEqual(images)
    expect(images).toEqual({
      web: expect.stringMatching(/^shop\d+\/web@sha256:/),
      api: expect.stringMatching(/^shop\d+\/api@sha256:/),
      migrations: expect.stringMatching(/^shop\d+\/migrations@sha256:/),
      worker: 'ghcr.io/acme/worker:7',
    })
  })

  test('one service, another architecture: a tree of its own, and the tag of the commit stays where it is', async () => {
    await shop.run('env', 'create', 'brave-otter')
    const amd = JSON.parse((await shop.run('images', 'build', 'web', '--json')).stdout)
    const { stdout, stderr } = await shop.run('images', 'build', 'web', '--platform', 'arm64', '--env', 'brave-otter', '--json')
    const arm = JSON.parse(stdout)
    expect(arm.images[0].tags).toHaveLength(1)
    expect(arm.images[0].tags).not.toEqual(amd.images[0].tags.slice(0, 1))
    expect(shop.docker.builds().at(-1)?.args).toEqual(expect.arrayContaining(['--platform', 'linux/arm64']))
    expect(stderr).toContain('the tasks of brave-otter run on amd64')
    expect(stderr).toMatch(/stays on sha256:[0-9a-f]{64}, which was built of the same commit before: tags are immutable/)
  })

  test('the architecture of the blueprint, which the tasks run on too', async () => {
    shop.write('devtool.yaml', `${blueprintOf(shop.project)}architecture: arm64\n`)
    const { stdout } = await shop.run('images', 'build', 'web', '--json')
    expect(JSON.parse(stdout).platform).toBe('linux/arm64')
    await shop.run('env', 'create', 'brave-otter')
    expect(shop.read('envs/brave-otter/main.tf').match(/cpu_architecture *= "ARM64"/g)).toHaveLength(4)
  })

  test('another run was faster: its image is taken', async () => {
    shop.docker.behave({ registry: emulator.url, metadata: null })
    const { exitCode, stdout } = await shop.run('images', 'build', 'web', '--json')
    expect([exitCode, JSON.parse(stdout).images[0].built]).toEqual([0, false])
  })

  test('an interrupt ends it as such', async () => {
    for (const name of BUILT) shop.write(`services/${name}/Dockerfile`, `FROM scratch\nRUN sleep 1\n# ${name}\n`)
    setTimeout(() => shop.interrupt.abort(), 500)
    const { exitCode } = await shop.run('images', 'build')
    expect(exitCode).toBe(130)
    expect(shop.docker.builds().length).toBeLessThan(3)
  })

  describe('refused', () => {
    test.each([
      ['a service that is not there', ['nobody'], 2, 'could not build nobody: it is no service of devtool.yaml'],
      ['a ready-made image', ['worker'], 2, 'could not build worker: it has a ready-made image'],
      ['an environment that is not there', ['--env', 'calm-fox'], 1, 'could not find envs/calm-fox/environment.json'],
      ['the shared ground', ['--env', 'platform'], 2, 'could not set the images of platform: it runs none'],
      ['another architecture', ['--platform', 'riscv'], 2, 'Allowed choices are amd64, arm64'],
    ])('%s', async (_what, args, exitCode, message) => {
      await shop.run('env', 'create', 'brave-otter')
      const platform = shop.read('envs/brave-otter/environment.json').replace('"preview"', '"platform"').replace('brave-otter', 'platform')
      shop.write('envs/platform/environment.json', platform)
      const refused = await shop.run('images', 'build', ...args)
      expect(refused).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) })
      expect(shop.docker.calls()).toEqual([])
    })

    test('a repository that is not there', async () => {
      shop.write('devtool.yaml', blueprintOf('other'))
      const { exitCode, stderr } = await shop.run('images', 'build')
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/ECR has no repository other\/.*hint: run `devtool bootstrap`/s)])
    })

    test('no docker: said once, and not asked for when there is nothing to build', async () => {
      await shop.run('images', 'build')
      rmSync(path.join(shop.docker.bin, 'docker'))
      expect((await shop.run('images', 'build')).exitCode).toBe(0)
      shop.write('services/web/new.js', '1')
      const { exitCode, stderr } = await shop.run('images', 'build')
      expect(exitCode).toBe(1)
      expect(stderr.match(/docker is not installed or not on PATH/g)).toHaveLength(1)
    })
  })
})
