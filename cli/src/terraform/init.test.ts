import {
  createWriteStream,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import yazl from 'yazl'
import { describeWith, requireTool } from '../../tests/support/toolchain.ts'
import { systemClock } from '../system/clock.ts'
import { systemFiles } from '../system/files.ts'
import { type ProcessIdentity, systemProcesses } from '../system/processes.ts'
import { systemRun } from '../system/run.ts'
import { createTerraform, type Terraform } from './driver.ts'
import { findEngine } from './engine.ts'
import { parseLockFile, renderLockFile, withoutHashes } from './lock-file.ts'
import { newPartial } from './provider-cache.ts'

const FOREIGN = `h1:${'A'.repeat(43)}=`

let home = ''
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'devtool-init-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

async function terraform(more: Record<string, string> = {}): Promise<Terraform> {
  const variables = { PATH: process.env['PATH'], HOME: home, DEVTOOL_TERRAFORM: requireTool('terraform').path, ...more }
  const engine = await findEngine({ run: systemRun, files: systemFiles, variables })
  return createTerraform({ run: systemRun, files: systemFiles, clock: systemClock, engine, variables })
}

/** A root of a provider that only has to be installed, never started. */
function root(name: string, source: string, version: string, lock?: string): string {
  const directory = path.join(home, name)
  mkdirSync(directory)
  writeFileSync(
    path.join(directory, 'main.tf'),
    `terraform {\n  required_providers {\n    it = {\n      source  = "${source}"\n      version = "${version}"\n    }\n  }\n}\n`,
  )
  if (lock !== undefined) writeFileSync(path.join(directory, '.terraform.lock.hcl'), lock)
  return directory
}

const lockOf = (directory: string): string => readFileSync(path.join(directory, '.terraform.lock.hcl'), 'utf8')

/** A mirror as `terraform providers mirror` makes it: zip files. */
async function packedMirror(platform: string): Promise<string> {
  const folder = path.join(home, 'mirror/registry.terraform.io/acme/tiny')
  mkdirSync(folder, { recursive: true })
  const zip = new yazl.ZipFile()
  zip.addBuffer(Buffer.from('#!/bin/sh\n'), 'terraform-provider-tiny_v1.2.3', { mode: 0o755 })
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(path.join(folder, `terraform-provider-tiny_1.2.3_${platform}.zip`)))
  return path.join(home, 'mirror')
}

const TINY_LOCK = renderLockFile([
  { address: 'registry.terraform.io/acme/tiny', version: '1.2.3', constraints: '~> 1.2', hashes: [FOREIGN] },
])

describeWith(['terraform'], 'the lock file', () => {
  test('is completed when it holds only the hashes of other platforms, said so, and read-only afterwards [28]', async () => {
    const engine = await terraform({ DEVTOOL_PROVIDER_MIRROR: await packedMirror((await terraform()).engine.platform) })
    const directory = root('a', 'acme/tiny', '~> 1.2', TINY_LOCK)
    expect(await engine.init({ directory })).toMatchObject({ skipped: false, lockCompleted: true, providers: { kind: 'mirror' } })
    const [locked] = parseLockFile(lockOf(directory))
    expect(locked?.hashes).toHaveLength(2)
    expect(locked?.hashes).toContain(FOREIGN)
    const completed = lockOf(directory)
    rmSync(path.join(directory, '.terraform'), { recursive: true })
    expect(await engine.init({ directory })).toMatchObject({ lockCompleted: false })
    expect(lockOf(directory)).toBe(completed)
  })

  test('is completed when it names the versions without any hash', async () => {
    const engine = await terraform({ DEVTOOL_PROVIDER_MIRROR: await packedMirror((await terraform()).engine.platform) })
    const directory = root('a', 'acme/tiny', '~> 1.2', renderLockFile(withoutHashes(parseLockFile(TINY_LOCK))))
    expect(await engine.init({ directory })).toMatchObject({ lockCompleted: true })
    expect(parseLockFile(lockOf(directory))[0]?.hashes).toHaveLength(1)
  })

  test('a wrong hash for a platform that the lock is known to hold is an error, and nothing is changed [28]', async () => {
    const { platform } = (await terraform()).engine
    const engine = await terraform({ DEVTOOL_PROVIDER_MIRROR: await packedMirror(platform) })
    const directory = root('a', 'acme/tiny', '~> 1.2', TINY_LOCK)
    const error = await engine.init({ directory, lockedPlatforms: [platform] }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ kind: 'tool', hint: expect.stringContaining('.terraform.lock.hcl') })
    expect((error as Error).message).toMatch(/^could not init a: Failed to install provider: .*doesn't match any of the checksums/)
    expect(lockOf(directory)).toBe(TINY_LOCK)
  })

  test('a provider that is nowhere is one clear error, and the lock is as it was', async () => {
    const directory = root('a', 'acme/tiny', '~> 1.2', TINY_LOCK)
    const engine = await terraform({ HTTPS_PROXY: 'http://127.0.0.1:9' })
    await expect(engine.init({ directory })).rejects.toMatchObject({
      kind: 'tool',
      hint: expect.stringContaining('DEVTOOL_PROVIDER_MIRROR='),
    })
    expect(lockOf(directory)).toBe(TINY_LOCK)
  })

  test('secrets are refused as backend arguments', async () => {
    const directory = root('a', 'acme/tiny', '~> 1.2')
    await expect((await terraform()).init({ directory, backendConfig: { secret_key: 'x' } })).rejects.toThrow(
      'could not pass secret_key to the backend',
    )
  })
})

describeWith(['terraform'], 'the store of providers', () => {
  test('several first inits at once share one whole copy, and leave nothing behind', async () => {
    const { platform } = (await terraform()).engine
    const engine = await terraform({ DEVTOOL_PROVIDER_MIRROR: await packedMirror(platform), XDG_CACHE_HOME: path.join(home, 'cache') })
    const roots = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => root(name, 'acme/tiny', '~> 1.2', TINY_LOCK))
    const results = await Promise.all(roots.map((directory) => engine.init({ directory })))
    expect(results.every(({ lockCompleted }) => lockCompleted)).toBe(true)
    const relative = `registry.terraform.io/acme/tiny/1.2.3/${platform}`
    const store = path.join(home, 'cache/devtool/providers', relative)
    for (const directory of roots) {
      const linked = path.join(directory, '.terraform/providers', relative)
      expect(lstatSync(linked).isSymbolicLink()).toBe(true)
      expect(realpathSync(linked)).toBe(realpathSync(store))
    }
    expect(readdirSync(store)).toEqual(['terraform-provider-tiny_v1.2.3'])
    expect(readdirSync(path.join(home, 'cache/devtool/partial'))).toEqual([])
    rmSync(path.join(home, 'mirror/registry.terraform.io/acme/tiny'), { recursive: true })
    const late = root('late', 'acme/tiny', '~> 1.2', lockOf(roots[0] ?? ''))
    const offline = await terraform({ XDG_CACHE_HOME: path.join(home, 'cache'), HTTPS_PROXY: 'http://127.0.0.1:9' })
    expect(await offline.init({ directory: late })).toMatchObject({ providers: { kind: 'cache' } })
  })
})

test('what a killed download left is cleared by the next one, and only that', async () => {
  const variables = { XDG_CACHE_HOME: path.join(home, 'cache') }
  const identity = await systemProcesses(systemFiles).self()
  const processes = { self: async () => identity, ended: async ({ pid }: ProcessIdentity) => pid === 1_000_000 }
  const dead = await newPartial(
    { files: systemFiles, variables, processes: { ...processes, self: async () => ({ ...identity, pid: 1_000_000 }) } },
    '/dead',
  )
  writeFileSync(path.join(dead, 'half'), '')
  const alive = await newPartial({ files: systemFiles, variables, processes }, '/alive')
  expect(existsSync(dead)).toBe(false)
  expect((await systemFiles.list(path.dirname(alive))).map((name) => path.parse(name.replace(/\/$/, '')).name)).toEqual(
    Array(2).fill(path.basename(alive)),
  )
})

describeWith(['terraform', 'provider'], 'the AWS provider of this machine', () => {
  test('is linked from its mirror, not copied, and its lock completed for this platform', async () => {
    const { mirror, version } = requireTool('provider')
    const lock = renderLockFile([
      { address: 'registry.terraform.io/hashicorp/aws', version, constraints: '>= 5.100.0, < 7.0.0', hashes: [FOREIGN] },
    ])
    const directory = root('a', 'hashicorp/aws', '>= 5.100, < 7', lock)
    const engine = await terraform({ DEVTOOL_PROVIDER_MIRROR: mirror })
    expect(await engine.init({ directory })).toMatchObject({ lockCompleted: true })
    expect(
      lstatSync(
        path.join(directory, `.terraform/providers/registry.terraform.io/hashicorp/aws/${version}/${engine.engine.platform}`),
      ).isSymbolicLink(),
    ).toBe(true)
    expect(existsSync(path.join(home, '.cache/devtool/providers'))).toBe(false)
  }, 60_000)
})

describeWith(['terraform'], 'reuse of an initialised root', () => {
  test('skips init for the very same root only, and initialises after all when the engine asks for it', async () => {
    const directory = path.join(home, 'root')
    const write = (name: string, content: string): void => writeFileSync(path.join(directory, name), content)
    mkdirSync(path.join(directory, 'child'), { recursive: true })
    write('child/main.tf', 'resource "terraform_data" "x" {}\n')
    write('main.tf', 'module "child" { source = "./child" }\n')
    const engine = await terraform()
    expect((await engine.init({ directory, reuse: true })).skipped).toBe(false)
    expect((await engine.init({ directory, reuse: true })).skipped).toBe(true)
    expect((await engine.init({ directory })).skipped).toBe(false)
    rmSync(path.join(directory, '.terraform/modules'), { recursive: true })
    expect((await engine.init({ directory, reuse: true })).skipped).toBe(true)
    expect(await engine.apply({ directory })).toMatchObject({ ok: true, changes: { add: 1 } })
    write('more.tf', 'resource "terraform_data" "y" {}\n')
    expect((await engine.init({ directory, reuse: true })).skipped).toBe(false)
    expect((await engine.init({ directory, reuse: true, backendConfig: {} })).skipped).toBe(true)
  })
})
