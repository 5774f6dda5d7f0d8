#!/usr/bin/env node
/**
 * Makes this machine ready for `npm test`: npm dependencies, Terraform, the AWS provider, the AWS emulator, Postgres, a browser. What is there is
 * used, what can be fetched is fetched and verified, and what cannot be had is named with the command that installs it: an error in CI,
 * elsewhere a note, and the tests that need it are skipped by name. Plain Node, for it runs before any dependency is installed.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { findBrowser, installBrowser } from './toolchain/browser.mjs'
import { installDependencies } from './toolchain/dependencies.mjs'
import { fetchMoto, findMoto, motoVersion } from './toolchain/emulator.mjs'
import { findPostgres } from './toolchain/postgres.mjs'
import { fetchProvider, findProvider, writeCliConfig } from './toolchain/provider.mjs'
import { cache, platformName, say, stamp, toolchainFile } from './toolchain/shared.mjs'
import { fetchTerraform, findTerraform } from './toolchain/terraform.mjs'

/** Only the tests open a page: for a build a browser is looked for, but not installed and not missed. */
const withBrowser = process.argv.includes('--browser')
const inCi = !['', 'false', '0', undefined].includes(process.env.CI)

const POSTGRES_HINT = process.platform === 'darwin' ? 'brew install postgresql@17' : 'apt-get install -y postgresql'
const BROWSER_HINT = process.platform === 'darwin' ? 'brew install --cask chromium' : 'apt-get install -y chromium'
const HINTS = {
  terraform: `install Terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install), or set DEVTOOL_TERRAFORM=<path>`,
  provider: `on a machine with internet: terraform providers mirror <folder>; unpack it there, then set DEVTOOL_PROVIDER_MIRROR=<folder>`,
  emulator: `pip install 'moto[server]==${motoVersion}', or set DEVTOOL_MOTO_PYTHON=<a python that has it>`,
  postgres: `${POSTGRES_HINT}, or set DEVTOOL_POSTGRES_BIN=<the folder with initdb>`,
  browser: `${BROWSER_HINT}, or set DEVTOOL_CHROMIUM=<a Chromium or Chrome>`,
}

async function obtain(found, fetching) {
  if (found !== undefined) return found
  try {
    return (await fetching()) ?? { missing: 'not found' }
  } catch (error) {
    return { missing: error.message }
  }
}

/** A tool that was found last time and has not changed since is not looked for again: each look costs a start of the program. */
function previous() {
  try {
    const { platform, asked, stamps, tools } = JSON.parse(readFileSync(toolchainFile, 'utf8'))
    const current =
      platform === platformName() && asked === asking() && Object.entries(stamps).every(([file, mark]) => stamp(file) === mark)
    return current ? tools : {}
  } catch {
    return {}
  }
}

/** The variables that choose tools. */
function asking() {
  const own = ['TERRAFORM', 'PROVIDER_MIRROR', 'MOTO_PYTHON', 'POSTGRES_BIN', 'CHROMIUM'].map((name) => `DEVTOOL_${name}`)
  const names = [...own, 'TF_PLUGIN_CACHE_DIR']
  return names.map((name) => `${name}=${process.env[name] ?? ''}`).join('\n')
}

const usable = (tool) => (tool?.missing === undefined ? tool : undefined)

async function findTools() {
  const known = previous()
  const terraform = usable(known.terraform) ?? (await obtain(findTerraform(), fetchTerraform))
  const provider =
    usable(known.provider) ??
    (await obtain(findProvider(), () =>
      terraform.missing ? { missing: 'there is no terraform to fetch it' } : fetchProvider(terraform.path),
    ))
  const emulator = usable(known.emulator) ?? (await obtain(findMoto(), fetchMoto))
  const postgres = usable(known.postgres) ?? (await obtain(findPostgres(), () => undefined))
  const browser = usable(known.browser) ?? (await obtain(findBrowser(), () => (withBrowser ? installBrowser() : undefined)))
  return { terraform, provider, emulator, postgres, browser }
}

/** What the tests and everything they start find in their environment. */
function environmentOf(tools) {
  return {
    CHECKPOINT_DISABLE: '1',
    ...(tools.terraform.missing ? {} : { DEVTOOL_TERRAFORM: tools.terraform.path }),
    ...(tools.provider.missing ? {} : { TF_CLI_CONFIG_FILE: writeCliConfig(tools.provider.mirror) }),
    ...(tools.emulator.missing ? {} : { DEVTOOL_MOTO_PYTHON: tools.emulator.python }),
    ...(tools.postgres.missing ? {} : { DEVTOOL_POSTGRES_BIN: tools.postgres.bin }),
    ...(tools.browser.missing ? {} : { DEVTOOL_CHROMIUM: tools.browser.path }),
  }
}

function remember(tools) {
  const files = [tools.terraform.path, tools.emulator.python, tools.provider.mirror, tools.postgres.bin, tools.browser.path].filter(Boolean)
  const stamps = Object.fromEntries(files.map((file) => [file, stamp(file)]))
  const record = { platform: platformName(), asked: asking(), stamps, tools, hints: HINTS, environment: environmentOf(tools) }
  mkdirSync(path.dirname(toolchainFile), { recursive: true })
  writeFileSync(toolchainFile, `${JSON.stringify(record, null, 2)}\n`)
}

function report(tools) {
  const names = {
    terraform: 'terraform',
    provider: 'AWS provider',
    emulator: 'AWS emulator (moto)',
    postgres: 'postgres',
    browser: 'chromium',
  }
  const line = (name) => `${names[name]} ${tools[name].version}`
  const there = Object.keys(names).filter((name) => !tools[name].missing)
  if (there.length > 0) say(there.map(line).join(', '))
  const missing = Object.keys(names).filter((name) => tools[name].missing && (name !== 'browser' || withBrowser))
  for (const name of missing) say(`no ${names[name]}: ${tools[name].missing}\n       ${HINTS[name]}`)
  if (missing.length === 0) return 0
  if (inCi) say('in CI nothing is skipped: install what is missing')
  else say('the tests that need it will be skipped')
  return inCi ? 1 : 0
}

async function main() {
  mkdirSync(cache, { recursive: true })
  // --tools: only what is not an npm package, for a test that is run by itself
  if (!process.argv.includes('--tools')) await installDependencies()
  const tools = await findTools()
  remember(tools)
  process.exitCode = report(tools)
}

try {
  await main()
} catch (error) {
  say(error.message)
  process.exitCode = 1
}
