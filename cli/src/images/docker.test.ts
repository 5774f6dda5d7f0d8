import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemFiles } from '../system/files.ts'
import { systemRun } from '../system/run.ts'
import { openDocker } from './docker.ts'
import type { Machine } from './ports.ts'
import { type FakeDocker, fakeDocker } from './testing/docker.ts'

const HOST = '123456789012.dkr.ecr.us-east-1.amazonaws.com'
const login = { host: HOST, username: 'AWS', password: 'the-token' }
let folder: string
let scratch: string
let home: string
let docker: FakeDocker
let machine: Machine

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'devtool-docker-'))
  scratch = path.join(folder, 'scratch')
  home = path.join(folder, 'home')
  for (const each of [path.join(scratch, 'context'), path.join(home, '.docker')]) mkdirSync(each, { recursive: true })
  writeFileSync(path.join(scratch, 'context', 'Dockerfile'), 'FROM scratch\n')
  docker = fakeDocker(folder)
  const variables = { PATH: `${docker.bin}:/usr/bin:/bin`, HOME: home, AWS_SECRET_ACCESS_KEY: 's', GITHUB_TOKEN: 't', BUILDX_BUILDER: 'ci' }
  machine = { files: systemFiles, run: systemRun, variables, interrupt: new AbortController().signal }
})
afterEach(() => rmSync(folder, { recursive: true }))

const request = () => ({
  name: 'api',
  context: path.join(scratch, 'context'),
  platform: 'linux/arm64',
  tags: [`${HOST}/shop/api:tree-1`, `${HOST}/shop/api:c0ffee`],
  cacheFrom: `${HOST}/shop/api:cache-arm64-0`,
  cacheTo: `${HOST}/shop/api:cache-arm64-1`,
  metadata: path.join(scratch, 'api.json'),
})
const configured = (config: unknown): void => writeFileSync(path.join(home, '.docker', 'config.json'), JSON.stringify(config))

describe('a build', () => {
  test('is called with everything that it needs, and gives the digest', async () => {
    const digest = await (await openDocker(machine, login, scratch)).build(request())
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    const context = path.join(scratch, 'context')
    expect(docker.builds()[0]?.args.join(' ')).toBe(
      `buildx build --push --platform linux/arm64 --provenance=mode=max --progress plain --tag ${HOST}/shop/api:tree-1 --tag ${HOST}/shop/api:c0ffee ` +
        `--cache-from type=registry,ref=${HOST}/shop/api:cache-arm64-0 ` +
        `--cache-to type=registry,ref=${HOST}/shop/api:cache-arm64-1,mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true ` +
        `--metadata-file ${path.join(scratch, 'api.json')} --file ${path.join(context, 'Dockerfile')} ${context}`,
    )
  })

  test('the first one has no cache to begin with', async () => {
    await (await openDocker(machine, login, scratch)).build({ ...request(), cacheFrom: undefined })
    expect(docker.builds()[0]?.args).not.toContain('--cache-from')
  })

  test('the password is in no argument and no variable, and in a file for this user alone', async () => {
    await (await openDocker(machine, login, scratch)).build(request())
    for (const call of docker.calls()) {
      expect(JSON.stringify(call.args)).not.toMatch(/the-token|QVdTOnRoZS10b2tlbg/)
      expect(call.variables).toEqual(expect.arrayContaining(['PATH', 'HOME', 'BUILDX_BUILDER', 'DOCKER_CONFIG']))
      expect(call.variables.filter((name) => /^AWS|GITHUB/.test(name))).toEqual([])
      expect(call.config.auths?.[HOST]?.auth).toBe(Buffer.from('AWS:the-token').toString('base64'))
      expect(call.configFolder).toMatchObject({ mode: 0o700, fileMode: 0o600 })
    }
    expect(existsSync(path.join(home, '.docker', 'config.json'))).toBe(false)
  })

  test('what fails says its last lines', async () => {
    writeFileSync(path.join(scratch, 'context', 'Dockerfile'), 'FROM scratch\nRUN false\n')
    await expect((await openDocker(machine, login, scratch)).build(request())).rejects.toThrow(
      /^could not build api: docker ended with exit code 1\n#1 .*\n#5 ERROR: process "\/bin\/sh -c false" did not complete/s,
    )
  })

  test.each([null, '{}', 'x', '{"containerimage.digest":"sha256:1"}'])('without a digest it is not done: %s', async (metadata) => {
    docker.behave({ metadata })
    await expect((await openDocker(machine, login, scratch)).build(request())).rejects.toThrow('did not say which image it pushed')
  })
})

describe("the user's own configuration", () => {
  test('counts: plugins, builders, contexts, other logins; the store of passwords is asked for the others only', async () => {
    for (const name of ['cli-plugins', 'buildx', 'contexts']) mkdirSync(path.join(home, '.docker', name))
    configured({
      currentContext: 'colima',
      credsStore: 'desktop',
      auths: { 'ghcr.io': {}, [HOST]: {} },
      credHelpers: { [HOST]: 'ecr-login', 'gcr.io': 'gcloud' },
    })
    const before = readFileSync(path.join(home, '.docker', 'config.json'), 'utf8')
    await openDocker(machine, login, scratch)
    const [call] = docker.calls()
    expect(call?.configFolder.entries).toEqual(['buildx', 'cli-plugins', 'config.json', 'contexts'])
    expect(call?.config).toEqual({
      currentContext: 'colima',
      auths: { 'ghcr.io': {}, [HOST]: { auth: expect.any(String) } },
      credHelpers: { 'ghcr.io': 'desktop', 'gcr.io': 'gcloud' },
    })
    expect(readFileSync(path.join(home, '.docker', 'config.json'), 'utf8')).toBe(before)
    rmSync(scratch, { recursive: true })
    expect(existsSync(path.join(home, '.docker', 'buildx'))).toBe(true)
  })

  test('that cannot be read is named', async () => {
    writeFileSync(path.join(home, '.docker', 'config.json'), '{')
    await expect(openDocker(machine, login, scratch)).rejects.toThrow(`could not read ${path.join(home, '.docker', 'config.json')}`)
  })
})

describe('a docker that cannot', () => {
  test('is not there', async () => {
    const without = { ...machine, variables: { HOME: home, PATH: path.join(folder, 'nowhere') } }
    await expect(openDocker(without, login, scratch)).rejects.toMatchObject({
      message: 'could not build images: docker is not installed or not on PATH',
      hint: expect.stringContaining('https://docs.docker.com/engine/install'),
    })
  })

  test.each([
    ['has no buildx', { buildx: false as const }, 'this docker has no buildx', 'docker-buildx-plugin'],
    [
      'is not running',
      { inspect: 'Name: default\nDriver: docker\n\nNodes:\nName: default\nError:  Cannot connect to the Docker daemon\n' },
      "docker's builder does not answer: Cannot connect to the Docker daemon",
      'start Docker',
    ],
    ['has a builder that exports no cache', { inspect: 'Name: default\nDriver: docker\n' }, 'driver docker', 'docker buildx create'],
  ])('%s', async (_what, behaviour, message, hint) => {
    docker.behave(behaviour)
    await expect(openDocker(machine, login, scratch)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    })
  })

  test('the containerd image store makes the docker driver do', async () => {
    docker.behave({ inspect: 'Name: default\nDriver: docker\n', info: '[["driver-type","io.containerd.snapshotter.v1"]]\n' })
    await openDocker(machine, login, scratch)
    expect(docker.calls().at(-1)?.args).toEqual(['info', '--format', '{{json .DriverStatus}}'])
  })
})
