import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { type TestContext, testContext } from '../../tests/support/context.ts'
import { parseBlueprint } from '../blueprint/parse.ts'
import { initialize } from '../operations/init.ts'

let world: TestContext
const LOCK = { packages: { 'node_modules/devtool': { version: '0.1.0', resolved: 'file:tools/devtool-0.1.0.tgz' } } }

const write = async (name: string, content: string | object): Promise<void> => {
  const file = path.join(world.folder, name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
}
const read = (name: string): Promise<string> => readFile(path.join(world.folder, name), 'utf8')
const init = (...args: string[]) => world.run('init', ...args)
const statuses = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    JSON.parse(stdout).files.map((file: { path: string; status: string }) => [file.path.replace('.github/workflows/', ''), file.status]),
  )

beforeEach(async () => {
  world = await testContext()
  await mkdir(path.join(world.folder, '.git'))
  await write('package-lock.json', LOCK)
})

describe('devtool init', () => {
  test('writes the workflows with the names of the blueprint, and what is to be ignored', async () => {
    await write('.git/refs/remotes/origin/HEAD', 'ref: refs/remotes/origin/trunk\n')
    await write('.gitignore', 'dist\n.terraform/')
    const blueprint = await read('devtool.yaml')
    const { exitCode, stdout, stderr } = await init('--json')
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({ project: 'shop', label: 'preview', branch: 'trunk' })
    expect(statuses(stdout)).toEqual({
      ...{ 'devtool.yaml': 'unchanged', '.gitignore': 'written', 'preview.yml': 'written', 'preview-teardown.yml': 'written' },
      ...{ 'reaper.yml': 'written', 'environments.yml': 'written', 'production.yml': 'written', 'drift.yml': 'written' },
    })
    expect(await read('devtool.yaml')).toBe(blueprint)
    expect((await read('.gitignore')).split('\n')).toEqual([
      ...['dist', '.terraform/', '', '# working files of Terraform and DevTool', '*.tfstate', '*.tfstate.*'],
      ...['account.auto.tfvars.json', 'adopted.devtool.tf', 'crash.log', ''],
    ])
    expect(await read('.github/workflows/production.yml')).toContain('branches: ["trunk"]')
    expect(await read('.github/workflows/preview.yml')).toContain('run: exec node_modules/.bin/devtool env sync --pr "$PULL_REQUEST" --yes')
  })

  test('twice changes nothing, whatever it was told first', async () => {
    await rm(path.join(world.folder, 'package-lock.json'))
    await init('--branch', 'release/2', '--package', '@acme/devtool@1.2.3')
    const before = await read('.github/workflows/reaper.yml')
    expect(before).toContain('DEVTOOL_PACKAGE: "@acme/devtool@1.2.3"')
    const { exitCode, stdout } = await init('--json')
    expect([exitCode, new Set(Object.values(statuses(stdout)))]).toEqual([0, new Set(['unchanged'])])
    expect(JSON.parse(stdout).branch).toBe('release/2')
    expect(await read('.github/workflows/reaper.yml')).toBe(before)
  })

  test('without a blueprint writes one that can be read, of the Dockerfiles that it finds', async () => {
    await rm(path.join(world.folder, 'devtool.yaml'))
    await write('services/api/Dockerfile', 'FROM node:22\nENV PORT=4000\nEXPOSE $PORT\nCMD ["node", "main.js"]\n')
    await write('services/migrations/Dockerfile', 'FROM node:22\n')
    await write('node_modules/other/Dockerfile', 'FROM a\nEXPOSE 1\n')
    await write('api/tests/Dockerfile', 'FROM a\nEXPOSE 1\n')
    const { exitCode, stdout } = await init()
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/devtool\.yaml\s+written/)
    expect(stdout).toContain('1. look through devtool.yaml')
    expect(parseBlueprint(await read('devtool.yaml'), 'devtool.yaml')).toMatchObject({
      project: 'shop',
      region: 'us-east-1',
      services: { api: { build: 'services/api', port: 4000, route: '/' } },
      database: { migrations: { build: 'services/migrations' } },
    })
    expect((await init('--json')).exitCode).toBe(0)
  })

  test('without production in the blueprint there is no workflow for it, and one that is left over is named', async () => {
    await init()
    const blueprint = await read('devtool.yaml')
    await write('devtool.yaml', blueprint.slice(0, blueprint.indexOf('environments:')))
    const { stdout, stderr } = await init('--json')
    expect(Object.keys(statuses(stdout))).not.toContain('production.yml')
    expect(stderr).toContain('warning: .github/workflows/drift.yml is not written any more')
  })

  test('in a folder of the repository, with the lock file at the top', async () => {
    await write('infra/devtool.yaml', await read('devtool.yaml'))
    await rm(path.join(world.folder, 'devtool.yaml'))
    const context = { ...world.context, cwd: path.join(world.folder, 'infra') }
    await initialize(context, { branch: undefined, package: undefined, overwrite: false })
    const text = await read('.github/workflows/environments.yml')
    expect(text).toContain('- "infra/envs/**"')
    expect(text).toContain('working-directory: "infra"')
    expect(text).toContain('../node_modules/.bin/devtool init --branch main')
    expect(await read('infra/.gitignore')).toContain('.terraform/')
  })

  test('an edit is never lost', async () => {
    await init()
    const file = '.github/workflows/drift.yml'
    const edited = (await read(file)).replace('23 4 * * *', '23 5 * * *')
    await write(file, edited)
    const kept = await init('--json')
    expect([kept.exitCode, statuses(kept.stdout)['drift.yml']]).toEqual([0, 'edited'])
    expect(kept.stderr).toContain(`warning: ${file} was edited by hand and is left as it is`)

    const refused = await init('--branch', 'other')
    expect([refused.exitCode, refused.stdout]).toEqual([1, ''])
    expect(refused.stderr).toContain(`${file}: it was edited by hand, and there is something new to write`)
    expect(await read('.github/workflows/reaper.yml')).toContain('ref: "main"')
    expect(await read(file)).toBe(edited)

    expect((await init('--branch', 'other', '--overwrite')).exitCode).toBe(0)
    expect(await read(file)).toContain('ref: "other"')
    expect(await read(file)).toContain('23 4 * * *')
  })

  test("somebody else's workflow is not written over, not even with --overwrite", async () => {
    await write('.github/workflows/preview.yml', 'name: mine\n')
    for (const flags of [[], ['--overwrite']]) {
      const { exitCode, stderr } = await init(...flags)
      expect(exitCode).toBe(1)
      expect(stderr).toContain(
        'preview.yml: a workflow of that name is there, and devtool did not write it\nhint: give your own workflow another name',
      )
    }
    expect(await read('.github/workflows/preview.yml')).toBe('name: mine\n')
    await expect(read('.gitignore')).rejects.toThrow()
  })

  test.each([
    ['no way to get DevTool', {}, [], 'could not tell how a workflow gets DevTool'],
    ['an archive that only this machine has', { resolved: 'file:../devtool-0.1.0.tgz' }, [], 'which is not in this repository'],
    ['an archive at an absolute path', { resolved: 'file:/tmp/devtool-0.1.0.tgz' }, [], 'which is not in this repository'],
    ['a link', { resolved: '../devtool', link: true }, [], 'which is not in this repository'],
    ['a package without a version', LOCK, ['--package', 'devtool'], 'allowed is a name with one exact version'],
    ['a package that moves', LOCK, ['--package', 'devtool@latest'], 'allowed is a name with one exact version'],
    ['a package with more behind it', LOCK, ['--package', 'a@1.2.3 --registry=x'], 'allowed is a name with one exact version'],
    ['an address without a lock', LOCK, ['--package', 'http://example.com/a.tgz'], 'allowed is a name with one exact version'],
    ['a branch that is an expression', LOCK, ['--branch', '${{ github.token }}'], 'could not write the branch "${{ github.token }}"'],
    ['a branch that is an option', LOCK, ['--branch', '-x'], 'could not write the branch "-x"'],
  ])('refuses %s, and writes nothing', async (_what, entry, args, message) => {
    await write(
      'package-lock.json',
      'packages' in entry ? entry : { packages: 'resolved' in entry ? { 'node_modules/devtool': entry } : {} },
    )
    const { exitCode, stdout, stderr } = await init(...args)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    await expect(read('.github/workflows/preview.yml')).rejects.toThrow()
    await expect(read('.gitignore')).rejects.toThrow()
  })

  test('a blueprint with mistakes is said, and nothing is written', async () => {
    await write('devtool.yaml', 'project: shop\n')
    expect((await init()).exitCode).toBe(2)
    await expect(read('.github/workflows/preview.yml')).rejects.toThrow()
  })

  test('outside of a repository it says where the workflows have to go', async () => {
    await rm(path.join(world.folder, '.git'), { recursive: true })
    const { exitCode, stderr } = await init()
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('is in no git repository')])
  })
})
