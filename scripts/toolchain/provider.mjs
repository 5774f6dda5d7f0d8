import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { cache, entriesOf, isFolder, platformName, root, say } from './shared.mjs'

/** The version in `templates/terraform.lock.hcl`. */
export const providerVersion = '5.100.0'
const PROVIDER = 'registry.terraform.io/hashicorp/aws'
const fetched = path.join(cache, 'providers')

/** Where machines keep a mirror of providers: Terraform's implied ones, then two levels below the usual prefixes. */
function* candidates(env) {
  yield fetched
  if (env.TF_PLUGIN_CACHE_DIR) yield env.TF_PLUGIN_CACHE_DIR
  const home = homedir()
  yield path.join(home, '.terraform.d/plugins')
  yield path.join(home, '.terraform.d/plugin-cache')
  yield path.join(env.XDG_DATA_HOME ?? path.join(home, '.local/share'), 'terraform/plugins')
  for (const prefix of ['/usr/local/share', '/usr/share', '/usr/local/lib', '/usr/lib', '/opt', '/var/lib', '/srv']) {
    for (const name of entriesOf(prefix)) {
      const folder = path.join(prefix, name)
      yield folder
      if (/terraform|plugin|provider|mirror/.test(name)) for (const child of entriesOf(folder)) yield path.join(folder, child)
    }
  }
}

/** A folder in the layout of `terraform providers mirror`, unpacked, that holds the provider for this platform. */
export function findProvider(env = process.env) {
  const named = env.DEVTOOL_PROVIDER_MIRROR
  for (const folder of named ? [named] : candidates(env)) {
    if (isFolder(path.join(folder, PROVIDER, providerVersion, platformName()))) return { mirror: folder, version: providerVersion }
  }
  return undefined
}

/** Lets `terraform init` fetch it from the registry: it verifies the registry's signature and the hashes of the lock file. */
export function fetchProvider(terraform, environment = {}) {
  say(`fetching the AWS provider ${providerVersion} (about 150 MB)`)
  const folder = mkdtempSync(path.join(tmpdir(), 'devtool-provider-'))
  try {
    mkdirSync(fetched, { recursive: true })
    const requirement = `aws = { source = "hashicorp/aws", version = "${providerVersion}" }`
    writeFileSync(path.join(folder, 'main.tf'), `terraform {\n  required_providers {\n    ${requirement}\n  }\n}\n`)
    writeFileSync(path.join(folder, 'terraform.rc'), '')
    copyFileSync(path.join(root, 'templates/terraform.lock.hcl'), path.join(folder, '.terraform.lock.hcl'))
    const result = spawnSync(terraform, ['init', '-input=false', '-no-color'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 600_000,
      env: { ...process.env, TF_CLI_CONFIG_FILE: path.join(folder, 'terraform.rc'), TF_PLUGIN_CACHE_DIR: fetched, ...environment },
    })
    if (result.status !== 0) throw new Error(`could not fetch the AWS provider: ${result.stderr.trim() || 'terraform init took too long'}`)
    return { mirror: fetched, version: providerVersion }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A Terraform CLI configuration that takes the provider from the mirror and nothing but the provider. */
export function writeCliConfig(mirror) {
  const file = path.join(cache, 'terraform.rc')
  const lines = [
    'provider_installation {',
    '  filesystem_mirror {',
    `    path    = ${JSON.stringify(mirror)}`,
    `    include = ["${PROVIDER}"]`,
    '  }',
    '  direct {',
    `    exclude = ["${PROVIDER}"]`,
    '  }',
    '}',
    'disable_checkpoint = true',
  ]
  mkdirSync(cache, { recursive: true })
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}
