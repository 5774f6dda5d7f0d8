#!/usr/bin/env node
/**
 * How fast and how small, as ratios measured in one run: `npm run bench`. Prints the table and writes it to docs/benchmarks.md. Run it on a
 * quiet machine; nothing in the tests depends on it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { benchRegistry, benchRendering } from './bench-core.mjs'
import { benchLocal } from './bench-local.mjs'
import { benchSync } from './bench-sync.mjs'
import { cli, devtool, withEmulatedAccount } from './emulated-account.mjs'
import { root, toolchainFile } from './toolchain/shared.mjs'
import { waterfall } from './waterfall.mjs'

const rows = []
const say = (text) => process.stdout.write(`${text}\n`)

function row(what, value, limit, ok) {
  rows.push({ what, value, limit, ok })
  say(`${ok === false ? '✗' : '✓'} ${what}: ${value}${limit === null ? '' : ` (limit ${limit})`}`)
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
const ratio = (value) => `${value.toFixed(2)}x`
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`

function timed(command, args, options = {}) {
  const since = performance.now()
  const { status, stderr } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', ...options })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stderr}`)
  return performance.now() - since
}

/** Start-up, interleaved so that a busy moment of the machine falls on all of them. */
function benchStart() {
  const home = mkdtempSync(path.join(tmpdir(), 'devtool-bench-'))
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, DEVTOOL_REGISTRY: path.join(home, 'registry'), XDG_CACHE_HOME: path.join(home, 'cache') }
  cpSync(path.join(root, 'devtool.yaml'), path.join(home, 'devtool.yaml'))
  const samples = { node: [], version: [], create: [] }
  for (let round = 0; round < 41; round += 1) {
    samples.node.push(timed(process.execPath, ['-e', '0'], { cwd: home, env }))
    samples.version.push(timed(process.execPath, [cli, '--version'], { cwd: home, env }))
    samples.create.push(timed(process.execPath, [cli, 'env', 'create', `bench-${round}`], { cwd: home, env }))
  }
  rmSync(home, { recursive: true })
  const base = median(samples.node)
  const against = (name) => median(samples[name]) / base
  row(
    '`devtool --version` against `node -e 0`',
    `${ratio(against('version'))} of ${base.toFixed(0)} ms`,
    '1.50x',
    against('version') <= 1.5,
  )
  row(
    '`devtool env create` (render and claim, folder registry) against `node -e 0`',
    ratio(against('create')),
    '2.50x',
    against('create') <= 2.5,
  )
}

/** The highest resident set of one process, in MB, from the kernel's own account of it. */
async function peakMemory(args, account) {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: account.repository,
    env: account.env,
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  let peak = 0
  const look = () => {
    try {
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0))
    } catch {
      // it has ended, or this is no Linux
    }
  }
  const timer = setInterval(look, 5)
  const since = performance.now()
  const code = await new Promise((resolve) => child.on('exit', resolve))
  clearInterval(timer)
  if (code !== 0) throw new Error(`devtool ${args.join(' ')} ended with ${code}`)
  return { megabytes: peak / 1024, milliseconds: performance.now() - since }
}

async function benchTerraform(account) {
  const { tools, environment } = JSON.parse(readFileSync(toolchainFile, 'utf8'))
  const terraform = tools.terraform.path
  const env = { ...account.env, ...environment, TF_IN_AUTOMATION: '1' }
  const bucket = JSON.parse(devtool(['bootstrap', '--yes', '--json'], account)).stateBucket
  const samples = { apply: [], bareApply: [], destroy: [], bareDestroy: [] }
  const rounds = 7
  let memory = 0
  let resources = 0
  for (let round = 0; round < rounds; round += 1) {
    const name = `bench-${round}`
    devtool(['env', 'create', name], account)
    const directory = path.join(account.repository, 'envs', name)
    const ours = async () => {
      const applied = await peakMemory(['env', 'apply', name, '--yes'], account)
      const state = spawnSync(terraform, ['state', 'list'], { cwd: directory, env, encoding: 'utf8' }).stdout
      resources = state.split('\n').filter((line) => line !== '' && !/(^|\.)data\./.test(line)).length
      const destroyed = await peakMemory(['env', 'destroy', name, '--yes'], account)
      samples.apply.push(applied.milliseconds)
      samples.destroy.push(destroyed.milliseconds)
      memory = Math.max(memory, applied.megabytes, destroyed.megabytes)
    }
    const bare = () => {
      rmSync(path.join(directory, '.terraform'), { recursive: true, force: true })
      const at = { cwd: directory, env }
      const init = timed(terraform, ['init', '-input=false', '-lockfile=readonly', `-backend-config=bucket=${bucket}`], at)
      samples.bareApply.push(init + timed(terraform, ['apply', '-input=false', '-auto-approve'], at))
      samples.bareDestroy.push(timed(terraform, ['destroy', '-input=false', '-auto-approve'], at))
      rmSync(path.join(directory, '.terraform'), { recursive: true, force: true })
    }
    await ours()
    bare()
  }
  const apply = median(samples.apply) / median(samples.bareApply)
  const destroy = median(samples.destroy) / median(samples.bareDestroy)
  row(
    '`env apply` of a preview against bare `terraform init` and `apply`',
    `${ratio(apply)} of ${seconds(median(samples.bareApply))}`,
    '1.03x',
    apply <= 1.03,
  )
  row(
    '`env destroy` of a preview against bare `terraform destroy`',
    `${ratio(destroy)} of ${seconds(median(samples.bareDestroy))}`,
    '1.03x',
    destroy <= 1.03,
  )
  row('memory of our own process in apply and destroy', `${memory.toFixed(0)} MB`, '150 MB', memory <= 150)
  row('resources of a preview (two routed services, a database) in its state', `${resources}`, '14', resources <= 14)
  return bucket
}

function table() {
  const lines = rows.map(({ what, value, limit, ok }) => `| ${what} | ${value} | ${limit ?? ''} | ${ok === false ? 'no' : 'yes'} |`)
  return `# Benchmarks

Written by \`npm run bench\`, which measures everything in one run on one machine; the figures of a preview are against the AWS emulator, where nothing
has to start. Last run: Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}).

| what | measured | limit | held |
| --- | --- | --- | --- |
${lines.join('\n')}

${waterfall()}`
}

async function main() {
  benchStart()
  const rendered = await benchRendering(10_000)
  row('rendering 10,000 previews in one process', seconds(rendered.milliseconds), '10 s', rendered.milliseconds <= 10_000)
  row('growth of its heap over the last 9,000', `${rendered.growth.toFixed(1)} MB`, 'flat (5 MB)', rendered.growth <= 5)
  await benchSync(row)
  await benchLocal(row)
  await withEmulatedAccount(async (account) => {
    const bucket = await benchTerraform(account)
    for (const count of [1_000, 10_000]) {
      await benchRegistry(account, bucket, count)
      const { megabytes, milliseconds } = await peakMemory(['env', 'list', '--json'], account)
      row(
        `\`env list\` over ${count.toLocaleString('en')} records in a bucket: memory`,
        `${megabytes.toFixed(0)} MB`,
        '200 MB',
        megabytes <= 200,
      )
      row(`\`env list\` over ${count.toLocaleString('en')} records in a bucket: time`, seconds(milliseconds), null)
    }
  })
  mkdirSync(path.join(root, 'docs'), { recursive: true })
  writeFileSync(path.join(root, 'docs/benchmarks.md'), table())
  say('\nwrote docs/benchmarks.md')
}

try {
  await main()
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n`)
  process.exitCode = 1
}
