#!/usr/bin/env node
/**
 * The main job on this machine, with Node alone: an environment of this checkout, with its page to open. `--check` asks it for its page and
 * its rows, prints the answers and removes everything again, in a state folder of its own. Plain Node, for it runs before any dependency is installed.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { installDependencies } from './toolchain/dependencies.mjs'
import { root } from './toolchain/shared.mjs'

const cli = path.join(root, 'cli/bin/devtool.js')
const say = (text) => process.stdout.write(`${text}\n`)
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** Runs a program with its talk shown; what it printed on stdout. */
function run(program, args, env = process.env) {
  const { status, stdout } = spawnSync(program, args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error(`${path.basename(args[0])} ${args.slice(1).join(' ')} ended with exit code ${status}`)
  return stdout
}

function devtool(args, env) {
  say(`\n$ devtool ${args.join(' ')}`)
  return run(process.execPath, [cli, ...args], env)
}

/** A browser knows that these names are this machine; the resolver of many a system does not. */
function get(url) {
  return new Promise((resolve, reject) => {
    const { host, port, pathname } = new URL(url)
    request({ host: '127.0.0.1', port, path: pathname, headers: { host } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode, text })).on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}

async function prepare() {
  say('# what Node needs to run this: installed once')
  const since = performance.now()
  await installDependencies()
  run(process.execPath, [path.join(root, 'scripts/build.mjs')])
  say(`ready after ${seconds(since)}`)
}

function create(env) {
  say('\n# an environment of this checkout: a database of its own, migrated and filled, then the services of devtool.yaml')
  return JSON.parse(devtool(['env', 'create', '--target', 'local', '--apply', '--yes', '--json'], env))
}

function explain(environment, since) {
  say(`\nYour environment ${environment.name} is up, ${seconds(since)} after installation:\n\n  ${environment.url}\n`)
  say('It goes on running when you close this terminal. What was made, all of it on this machine and under your user:')
  for (const { name, url } of environment.services) say(`  ${name.padEnd(8)} ${url ?? 'no route'}`)
  say('  Postgres with a database and a role of its own, migrated and seeded; a router in front; a supervisor that keeps them')
  const name = environment.name
  say('\nLook at it, change something, remove it:')
  for (const args of ['env list', `env logs ${name} --follow`, `env apply ${name} --yes`, `env destroy ${name} --yes`]) {
    say(`  node cli/bin/devtool.js ${args}`)
  }
}

async function check(environment, env) {
  const page = await get(environment.url)
  const heading = /<h1>(.*?)<\/h1>/.exec(page.text)?.[1]
  say(`\n$ GET ${environment.url}/\n${page.status}, a page with the heading ${JSON.stringify(heading)}`)
  const rows = await get(`${environment.url}/api/entries`)
  say(`\n$ GET ${environment.url}/api/entries\n${rows.status} ${rows.text}`)
  devtool(['env', 'destroy', environment.name, '--yes'], env)
  const left = JSON.parse(devtool(['env', 'list', '--target', 'local', '--json'], env))
  if (page.status !== 200 || heading !== environment.name) throw new Error('the page is not that of the environment')
  if (rows.status !== 200 || JSON.parse(rows.text).entries.length === 0) throw new Error('there are no rows')
  if (left.length > 0) throw new Error('the environment is still there')
  say('\nchecked: the page and its rows came through the router, and nothing is left')
}

async function main() {
  const checking = process.argv.includes('--check')
  await prepare()
  const since = performance.now()
  if (!checking) {
    explain(create(process.env), since)
    return
  }
  const home = mkdtempSync(path.join(tmpdir(), 'devtool-demo-'))
  const env = { ...process.env, XDG_STATE_HOME: home }
  try {
    await check(create(env), env)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

try {
  await main()
} catch (error) {
  process.stderr.write(`demo: ${error.message}\n`)
  process.exitCode = 1
}
