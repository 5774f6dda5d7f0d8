import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../../support/toolchain.ts'
import { readDockerfile } from './dockerfile.ts'
import { type GitImages, gitImages } from './images.ts'
import { createBench } from './testing.ts'

const registry = '123456789012.dkr.ecr.us-east-1.amazonaws.com'

const blueprint = (start: string): string => `project: shop
region: us-east-1
services:
  web: { build: services/web, start: ${start}, port: 3001, route: / }
  proxy: { image: "ghcr.io/acme/proxy:7" }
database:
  migrations: { build: services/migrations, start: node src/main.js }
`

const dockerfile = (command: string): string => `FROM node:22 AS dependencies
WORKDIR /app
COPY package.json ./
RUN npm ci \\
  # a comment
  --omit=dev
FROM node:22
ENV NODE_ENV=production GREETING="good day"
WORKDIR /app
COPY --from=dependencies /app ./
COPY --chown=node src ./src/
CMD ${command}
`

describe('images of the commits of a repository', () => {
  let folder: string
  let images: GitImages
  const git = (...args: string[]): string => {
    const { PATH, HOME } = process.env
    const who = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' }
    return execFileSync('git', ['-C', path.join(folder, 'project'), ...args], { env: { PATH, HOME, ...who }, encoding: 'utf8' }).trim()
  }
  function commit(files: Record<string, string>): string {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, 'project', name)), { recursive: true })
      writeFileSync(path.join(folder, 'project', name), text)
    }
    git('add', '-A')
    git('commit', '-q', '--allow-empty', '-m', 'x')
    return git('rev-parse', 'HEAD').slice(0, 12)
  }
  const whole = (extra: Record<string, string> = {}): string =>
    commit({
      'devtool.yaml': blueprint('node src/main.js'),
      'services/web/Dockerfile': dockerfile('["node", "src/main.js"]'),
      'services/web/package.json': '{"type":"module","dependencies":{"left":"1.2.3","right":"^2.0.0"}}',
      'services/web/src/main.js': "import { left } from 'left'; console.log(left, process.env.NODE_ENV, process.env.GREETING)",
      'services/web/tests/main.test.js': '',
      ...extra,
    })

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'devtool-images-test-'))
    mkdirSync(path.join(folder, 'project'))
    git('init', '-q')
    for (const [name, version] of Object.entries({ left: '1.2.3', right: '2.5.0' })) {
      const module = path.join(folder, 'installed/services/web/node_modules', name)
      mkdirSync(module, { recursive: true })
      writeFileSync(path.join(module, 'package.json'), JSON.stringify({ name, version, main: 'index.js' }))
      writeFileSync(path.join(module, 'index.js'), `exports.left = '${version}'`)
    }
    execFileSync('chmod', ['-R', 'a+rX', folder])
  })
  const open = (): GitImages => {
    images = gitImages({
      repository: path.join(folder, 'project'),
      blueprint: 'devtool.yaml',
      dependencies: path.join(folder, 'installed'),
    })
    return images
  }
  afterEach(() => images?.remove())
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('a tag is a commit: its files, its start, the modules that are installed here', async () => {
    const first = whole()
    const second = whole({ 'services/web/src/main.js': "console.log('second')" })
    const store = open()
    const [one, again, two] = await Promise.all([first, first, second].map((tag) => store.resolve(`${registry}/shop/web:${tag}`)))
    expect(one).toEqual(again)
    expect(one).toMatchObject({
      start: 'node src/main.js',
      workingDirectory: '/app',
      environment: { NODE_ENV: 'production', GREETING: 'good day' },
    })
    expect(readFileSync(path.join(one?.folder ?? '', 'src/main.js'), 'utf8')).toContain('NODE_ENV')
    expect(readFileSync(path.join(two?.folder ?? '', 'src/main.js'), 'utf8')).toContain('second')
    expect(readlinkSync(path.join(one?.folder ?? '', 'node_modules'))).toBe(path.join(folder, 'installed/services/web/node_modules'))
  })

  test('what the Dockerfile does not copy is not there, and nobody writes', async () => {
    const image = await open().resolve(`${registry}/shop/web:${whole()}`)
    expect(readdirSync(image?.folder ?? '').sort()).toEqual(['node_modules', 'package.json', 'src'])
    expect(statSync(path.join(image?.folder ?? '', 'src')).mode & 0o222).toBe(0)
    images.remove()
    expect(existsSync(image?.folder ?? '')).toBe(false)
  })

  test('a container runs it', async () => {
    const tag = whole()
    const bench = await createBench('http://127.0.0.1:9', open())
    try {
      const reference = `${registry}/shop/web:${tag}`
      expect((await bench.run({}, { image: reference })).lines).toEqual(['1.2.3 production good day'])
      expect(
        (
          await bench.run(
            {},
            { image: reference, readonlyRootFilesystem: false, workingDirectory: '/app/src', command: ['node', 'main.js'] },
          )
        ).lines,
      ).toEqual(['1.2.3 production good day'])
    } finally {
      await bench.close()
    }
  })

  test('other tags are given by the test', async () => {
    const tag = whole()
    const store = open()
    const reference = `${registry}/shop/web:stable`
    expect(await store.resolve(reference)).toBe(undefined)
    store.tag(reference, tag)
    expect(await store.resolve(reference)).toMatchObject({ start: 'node src/main.js' })
  })

  test.each([
    ['another project', `${registry}/other/web:TAG`],
    ['a service that is not there', `${registry}/shop/cart:TAG`],
    ['a service with an image of its own', `${registry}/shop/proxy:TAG`],
    ['a commit that is not there', `${registry}/shop/web:0123456789ab`],
    ['an option in place of a commit', `${registry}/shop/web:--help`],
    ['a name of the language', `${registry}/shop/constructor:TAG`],
    ['another registry', 'docker.io/library/nginx:1.29'],
  ])('unknown: %s', async (_, reference) => {
    expect(await open().resolve(reference.replace('TAG', whole()))).toBe(undefined)
  })

  test.each([
    ['a digest', {}, '@sha256:0000', 'the emulator does not know digests'],
    [
      'a CMD that differs',
      { 'services/web/Dockerfile': dockerfile('["node", "server.js"]') },
      '',
      'services/web/Dockerfile starts "node server.js", the blueprint "node src/main.js": they have to agree',
    ],
    ['a CMD in shell form that differs', { 'services/web/Dockerfile': dockerfile('node server.js') }, '', 'they have to agree'],
    ['no CMD', { 'services/web/Dockerfile': 'FROM node:22\nCOPY src package.json ./' }, '', 'starts "", the blueprint'],
    [
      'an entry point',
      { 'services/web/Dockerfile': `${dockerfile('["node", "src/main.js"]')}ENTRYPOINT ["sh"]` },
      '',
      'the emulator does not know ENTRYPOINT',
    ],
    [
      'a file that is not there',
      { 'services/web/Dockerfile': dockerfile('node src/main.js').replace('src ./src/', 'assets ./') },
      '',
      'COPY failed: assets is not there',
    ],
    [
      'a module of another version',
      { 'services/web/package.json': '{"dependencies":{"left":"1.2.4"}}' },
      '',
      'services/web: it needs left 1.2.4, which is 1.2.3 here',
    ],
    [
      'a module that is not installed',
      { 'services/web/package.json': '{"dependencies":{"up":"1.0.0"}}' },
      '',
      'it needs up 1.0.0, which is not installed here',
    ],
  ])('refused: %s', async (_, files, digest, message) => {
    const tag = whole(files)
    await expect(open().resolve(`${registry}/shop/web${digest === '' ? `:${tag}` : digest}`)).rejects.toThrow(message)
  })

  test('the sample of this repository', async () => {
    images = gitImages({ repository: root, blueprint: 'devtool.yaml', dependencies: root })
    const head = execFileSync('git', ['-C', root, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).slice(0, 12)
    const found = await Promise.all(['web', 'api', 'migrations'].map((service) => images.resolve(`${registry}/shop/${service}:${head}`)))
    expect(found.map((image) => image?.start)).toEqual(['node src/main.js', 'node src/main.js', 'node src/main.js'])
    expect(found.map((image) => readdirSync(image?.folder ?? '').filter((name) => !name.startsWith('package')))).toEqual([
      ['public', 'src'],
      ['node_modules', 'src'],
      ['migrations', 'node_modules', 'seed.sql', 'src'],
    ])
  })
})

test('forms of a Dockerfile', () => {
  const text = 'FROM a\r\nENV OLD form of it\ncopy ["x"]\n# CMD no\nENV A=1 B="two words" C=\\\n3\nCMD ["node",\\\n "a.js"]\n'
  expect(readDockerfile(text.replace('copy ["x"]\n', 'copy ./src/ a/b /x/\n'))).toEqual({
    command: ['node', 'a.js'],
    entryPoint: undefined,
    workingDirectory: '/',
    environment: { OLD: 'form of it', A: '1', B: 'two words', C: '3' },
    copied: ['src', 'a/b'],
  })
  expect(() => readDockerfile('ADD https://example.com/x /')).toThrow('use COPY')
  expect(() => readDockerfile('COPY ["a b", "/"]')).toThrow('list')
})
