import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemFiles } from '../system/files.ts'
import { systemRun } from '../system/run.ts'
import { atLeast, type Engine, findEngine } from './engine.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'devtool-engine-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A program that answers `version` and `version -json` as the real ones do. */
function program(name: string, version: string, product: 'terraform' | 'tofu', where = 'bin'): string {
  const outdated = product === 'terraform' ? ', "terraform_outdated": false' : ''
  const json = `{"terraform_version": "${version}", "platform": "linux_amd64", "provider_selections": {}${outdated}}`
  const human = product === 'terraform' ? `Terraform v${version}` : `OpenTofu v${version}`
  mkdirSync(path.join(folder, where), { recursive: true })
  const file = path.join(folder, where, name)
  writeFileSync(file, `#!/bin/sh\nif [ "$2" = -json ]; then echo '${json}'; else echo '${human}'; fi\n`)
  chmodSync(file, 0o755)
  return file
}

function find(variables: Record<string, string> = {}): Promise<Engine> {
  const PATH = `${path.join(folder, 'bin')}:/bin`
  // only what the test made counts: the usual prefixes of this machine may hold a real one
  const files = { executable: async (file: string) => file.startsWith(folder) && (await systemFiles.executable(file)) }
  return findEngine({ run: systemRun, files, variables: { PATH, HOME: folder, ...variables } })
}

describe('findEngine', () => {
  test('prefers terraform, then takes tofu', async () => {
    const tofu = program('tofu', '1.11.2', 'tofu')
    expect(await find()).toEqual({ command: tofu, product: 'tofu', version: '1.11.2', platform: 'linux_amd64' })
    const terraform = program('terraform', '1.12.0', 'terraform')
    expect(await find()).toMatchObject({ command: terraform, product: 'terraform', version: '1.12.0' })
  })

  test('DEVTOOL_TERRAFORM is a name, or a path, and what it is shows in its answer', async () => {
    program('terraform', '1.12.0', 'terraform')
    const named = program('tofu', '1.11.0', 'tofu')
    const elsewhere = program('engine', '1.12.3', 'tofu', 'elsewhere')
    expect(await find({ DEVTOOL_TERRAFORM: 'tofu' })).toMatchObject({ command: named })
    expect(await find({ DEVTOOL_TERRAFORM: elsewhere })).toMatchObject({ command: elsewhere, product: 'tofu' })
    expect(await find({ DEVTOOL_TERRAFORM: './elsewhere/engine', PWD: folder })).toMatchObject({ command: elsewhere })
  })

  test('passes over one that is too old or broken, as long as there is another', async () => {
    program('terraform', '1.9.8', 'terraform')
    const newer = program('terraform', '1.11.4', 'terraform', '.local/bin')
    expect(await find()).toMatchObject({ command: newer })
  })

  test('says what was found, what is needed and how to get it', async () => {
    const old = program('terraform', '1.9.8', 'terraform')
    await expect(find()).rejects.toThrow(`could not use ${old} (terraform 1.9.8): DevTool needs Terraform or OpenTofu 1.11.0 or newer`)
    writeFileSync(old, '#!/bin/sh\nexit 3\n')
    await expect(find()).rejects.toThrow(`${old} (ends with exit code 3 when asked for its version)`)
    rmSync(old)
    await expect(find()).rejects.toMatchObject({ exitCode: 1, hint: expect.stringContaining('DEVTOOL_TERRAFORM=') })
    await expect(find({ DEVTOOL_TERRAFORM: 'nope' })).rejects.toThrow('could not find the engine nope that DEVTOOL_TERRAFORM names')
  })
})

test('atLeast compares numbers, and counts a pre-release as its release', () => {
  expect(['1.11.0', '1.11.4', '1.12.0-beta1', '2.0.0', '1.11.0-rc2'].every((version) => atLeast(version, '1.11.0'))).toBe(true)
  expect(['1.10.9', '1.9.8', '0.15.0', 'next'].some((version) => atLeast(version, '1.11.0'))).toBe(false)
})
