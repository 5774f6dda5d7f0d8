import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemFiles } from '../system/files.ts'
import { systemRun } from '../system/run.ts'
import { readSource, requireDockerfiles } from './source.ts'

const ports = { files: systemFiles, run: systemRun, variables: { PATH: process.env['PATH'], HOME: tmpdir() } }
const build = { name: 'api', key: 'services.api.build', folder: 'services/api' }
let root: string

const at = (file: string): string => path.join(root, file)
const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(at(file)), { recursive: true })
  writeFileSync(at(file), text)
}
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: root, encoding: 'utf8' })
const digest = async (): Promise<string> => (await readSource(ports, root, build)).digest

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'devtool-source-'))
  git('init', '-q')
  write('.gitignore', 'node_modules/\n')
  write('services/api/Dockerfile', 'FROM scratch\nCOPY . .\n')
  write('services/api/.dockerignore', 'tests\n')
  write('services/api/src/main.js', 'one\n')
  git('add', '.')
  git('commit', '-q', '-m', 'one')
})
afterEach(() => rmSync(root, { recursive: true }))

describe('what counts', () => {
  const changes: [what: string, change: () => void][] = [
    ['a changed file', () => write('services/api/src/main.js', 'two\n')],
    ['a new file that git does not know yet', () => write('services/api/src/new.js', '')],
    ['a deleted file', () => rmSync(at('services/api/src/main.js'))],
    ['a file that became a program', () => chmodSync(at('services/api/src/main.js'), 0o755)],
    ['the Dockerfile', () => write('services/api/Dockerfile', 'FROM scratch\n')],
    ['the rules of what is left out', () => write('services/api/.dockerignore', 'other\n')],
    [
      'a file that became a link',
      () => {
        rmSync(at('services/api/src/main.js'))
        symlinkSync('one\n', at('services/api/src/main.js'))
      },
    ],
  ]
  test.each(changes)('%s', async (_what, change) => {
    const before = await readSource(ports, root, build)
    change()
    const after = await readSource(ports, root, build)
    expect(after.digest).not.toBe(before.digest)
    expect([before.committed, after.committed]).toEqual([true, false])
  })

  const nothing: [what: string, change: () => void, committed: boolean][] = [
    ['a file that git ignores', () => write('services/api/node_modules/x/index.js', 'x'), true],
    ['a file that .dockerignore leaves out', () => write('services/api/tests/main.test.js', 'x'), false],
    ['a file outside the folder', () => write('services/web/src/main.js', 'x'), true],
    ['the mode beyond what git keeps', () => chmodSync(at('services/api/src/main.js'), 0o600), true],
    ['a commit that changes nothing in it', () => git('commit', '-q', '--allow-empty', '-m', 'two'), true],
  ]
  test.each(nothing)('not: %s', async (_what, change, committed) => {
    const before = await digest()
    change()
    expect(await readSource(ports, root, build)).toEqual({ digest: before, committed })
  })

  test('a move of bytes from one file to the next counts', async () => {
    write('services/api/a', 'x')
    write('services/api/b', 'y')
    const before = await digest()
    write('services/api/a', 'y')
    write('services/api/b', 'x')
    expect(await digest()).not.toBe(before)
  })

  test('the index is not written to', async () => {
    chmodSync(at('services/api/src/main.js'), 0o600)
    const before = statSync(at('.git/index')).mtimeMs
    await digest()
    expect(statSync(at('.git/index')).mtimeMs).toBe(before)
  })

  test('what is in a submodule counts, and one that is not checked out is named', async () => {
    const other = mkdtempSync(path.join(tmpdir(), 'devtool-sub-'))
    const sub = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: other, encoding: 'utf8' })
    sub('init', '-q')
    writeFileSync(path.join(other, 'lib.js'), 'lib')
    sub('add', '.')
    sub('commit', '-q', '-m', 'lib')
    git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other, 'services/api/lib')
    const copy = at('copy')
    const before = (await readSource(ports, root, build, copy)).digest
    expect(readFileSync(path.join(copy, 'lib/lib.js'), 'utf8')).toBe('lib')
    write('services/api/lib/lib.js', 'changed')
    expect(await digest()).not.toBe(before)
    git('submodule', '--quiet', 'deinit', '-f', '--all')
    await expect(digest()).rejects.toThrow('could not read services/api/lib: the submodule is not checked out')
    rmSync(other, { recursive: true })
  })
})

test('the copy holds what git sees, with modes of its own, and no more', async () => {
  write('services/api/node_modules/x/index.js', 'x')
  write('services/api/tests/main.test.js', 'x')
  chmodSync(at('services/api/src/main.js'), 0o700)
  symlinkSync('/etc/passwd', at('services/api/src/link'))
  const copy = at('copy')
  expect((await readSource(ports, root, build, copy)).digest).toBe(await digest())
  expect(existsSync(path.join(copy, 'node_modules'))).toBe(false)
  expect(readlinkSync(path.join(copy, 'src/link'))).toBe('/etc/passwd')
  expect(statSync(path.join(copy, 'src/main.js')).mode & 0o777).toBe(0o755)
  expect(statSync(path.join(copy, 'Dockerfile')).mode & 0o777).toBe(0o644)
  // docker leaves it out itself, by the same file
  expect(existsSync(path.join(copy, 'tests/main.test.js'))).toBe(true)
})

describe('refused', () => {
  test('a Dockerfile that is not there, each with its key', async () => {
    rmSync(at('services/api/Dockerfile'))
    const web = { name: 'web', key: 'services.web.build', folder: 'services/web' }
    await expect(requireDockerfiles(ports, root, [build, web])).rejects.toThrow(
      'could not build: services/api/Dockerfile is not there (services.api.build in devtool.yaml); ' +
        'services/web/Dockerfile is not there (services.web.build in devtool.yaml)',
    )
  })

  test('a Dockerfile that git ignores', async () => {
    git('rm', '-q', '--cached', 'services/api/Dockerfile')
    write('.gitignore', 'Dockerfile\n')
    await expect(digest()).rejects.toThrow('could not build api: git ignores services/api/Dockerfile')
  })

  test('a folder outside a repository', async () => {
    rmSync(at('.git'), { recursive: true })
    await expect(digest()).rejects.toMatchObject({
      message: expect.stringContaining('not a git repository'),
      hint: expect.stringContaining('run the command in a git repository'),
    })
  })
})
