import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Files, systemFiles } from '../system/files.ts'
import { findProviderSource, mirrorConfig, type ProviderSource, runEnvironment } from './providers.ts'

const AWS = { address: 'registry.terraform.io/hashicorp/aws', version: '5.100.0', constraints: null, hashes: [] }
const HELD = 'registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64'
const engine = { command: '/terraform', product: 'terraform', version: '1.11.4', platform: 'linux_amd64' } as const

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'devtool-providers-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The whole machine below the test's folder: absolute paths elsewhere are looked up there. */
const inside = (file: string): string => (file.startsWith(folder) ? file : path.join(folder, 'machine', file))
const files: Files = { ...systemFiles, exists: (file) => systemFiles.exists(inside(file)), list: (file) => systemFiles.list(inside(file)) }

const make = (name: string): void => void mkdirSync(path.join(folder, name), { recursive: true })

function find(variables: Record<string, string> = {}, locked = [AWS]): Promise<ProviderSource> {
  return findProviderSource(
    { files, engine, variables: { HOME: path.join(folder, 'home'), ...variables } },
    path.join(folder, 'root'),
    locked,
  )
}

const configOf = (source: ProviderSource): string => readFileSync(source.environment['TF_CLI_CONFIG_FILE'] ?? '', 'utf8')

describe('findProviderSource', () => {
  test.each([
    '/usr/share/terraform/providers',
    '/usr/local/share',
    '/opt',
    '/opt/tf-plugins',
    '/opt/anything',
    '/var/lib/terraform-mirror',
    '/usr/local/terraform',
  ])('finds a mirror in %s', async (prefix) => {
    make(`machine${prefix}/${HELD}`)
    const source = await find()
    expect(source).toMatchObject({ kind: 'mirror', description: `from ${prefix}`, partial: null })
    expect(configOf(source)).toBe(mirrorConfig(prefix, [AWS.address]))
  })

  test('a mirror without the locked version, or for another platform, is none', async () => {
    make('machine/opt/tf-plugins/registry.terraform.io/hashicorp/aws/5.99.0/linux_amd64')
    make('machine/opt/tf-plugins/registry.terraform.io/hashicorp/aws/5.100.0/darwin_arm64')
    make(`machine/usr/share/nothing-to-do-with-it/${HELD}`)
    const source = await find()
    expect(source).toMatchObject({ kind: 'registry', environment: { TF_CLI_CONFIG_FILE: undefined } })
    expect(source.environment['TF_PLUGIN_CACHE_DIR']).toBe(source.partial)
  })

  test('the configuration of the user is respected, unless DEVTOOL_PROVIDER_MIRROR is set', async () => {
    make(`machine/opt/tf-plugins/${HELD}`)
    make('home')
    make('mine')
    writeFileSync(path.join(folder, 'home/.terraformrc'), '')
    expect(await find()).toMatchObject({ kind: 'user', environment: {} })
    expect(configOf(await find({ DEVTOOL_PROVIDER_MIRROR: path.join(folder, 'mine') }))).toContain(path.join(folder, 'mine'))
    await expect(find({ DEVTOOL_PROVIDER_MIRROR: '/nowhere' })).rejects.toThrow(
      'could not use the provider mirror /nowhere: there is no such folder',
    )
  })

  test('a TF_CLI_CONFIG_FILE that names no file counts as none', async () => {
    make(`machine/opt/tf-plugins/${HELD}`)
    expect(await find({ TF_CLI_CONFIG_FILE: path.join(folder, 'gone') })).toMatchObject({ kind: 'mirror' })
    writeFileSync(path.join(folder, 'there'), '')
    expect(await find({ TF_CLI_CONFIG_FILE: path.join(folder, 'there') })).toMatchObject({ kind: 'user' })
    expect(await runEnvironment({ files, variables: { TF_CLI_CONFIG_FILE: path.join(folder, 'gone') } })).toEqual({
      TF_CLI_CONFIG_FILE: undefined,
    })
    expect(await runEnvironment({ files, variables: { TF_CLI_CONFIG_FILE: path.join(folder, 'there') } })).toEqual({})
  })

  test('our own store is used once it holds everything', async () => {
    make(`cache/devtool/providers/${HELD}`)
    expect(await find({ XDG_CACHE_HOME: path.join(folder, 'cache') })).toMatchObject({ kind: 'cache', partial: null })
  })

  test('nothing is looked for when nothing is locked', async () => {
    expect(await find({}, [])).toMatchObject({ kind: 'builtin', partial: null })
  })
})

test('mirrorConfig takes the named providers from the folder and the others from their registry', () => {
  expect(mirrorConfig('/m', ['a/b/c'])).toBe(
    'provider_installation {\n  filesystem_mirror {\n    path    = "/m"\n    include = ["a/b/c"]\n  }\n  direct {\n    exclude = ["a/b/c"]\n  }\n}\n',
  )
})
