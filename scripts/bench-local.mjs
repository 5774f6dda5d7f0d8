/** How fast target local is, measured on the sample as a user has it: with the built CLI, in a state folder of its own. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import autocannon from 'autocannon'
import { cli, makeRepository } from './emulated-account.mjs'
import { cache, root } from './toolchain/shared.mjs'

const ROUNDS = 5
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`

function status(url) {
  return new Promise((resolve) => {
    const { host, port, pathname } = new URL(url)
    request({ host: '127.0.0.1', port, path: pathname, headers: { host }, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
      .on('error', () => resolve(0))
      .end()
  })
}

function createMachine() {
  const home = mkdtempSync(path.join(tmpdir(), 'devtool-bench-local-'))
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, XDG_STATE_HOME: path.join(home, 'state'), XDG_CACHE_HOME: path.join(cache, 'user') }
  const checkouts = ['one', 'two', 'three'].map((name) => {
    const folder = path.join(home, name)
    makeRepository(folder, `feature/${name}`)
    for (const service of ['api', 'migrations']) {
      symlinkSync(path.join(root, 'services', service, 'node_modules'), path.join(folder, 'services', service, 'node_modules'))
    }
    return folder
  })
  const devtool = (args, cwd) => {
    const { status: code, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd, env, encoding: 'utf8' })
    if (code !== 0) throw new Error(`devtool ${args.join(' ')} ended with ${code}\n${stderr}`)
    return stdout
  }
  return { home, checkouts, devtool, remove: () => rmSync(home, { recursive: true, force: true }) }
}

/** Milliseconds from the command to the first answer with rows. */
async function create({ devtool }, checkout) {
  const since = performance.now()
  const environment = JSON.parse(devtool(['env', 'create', '--target', 'local', '--apply', '--yes', '--json'], checkout))
  const answer = await status(`${environment.url}/api/entries`)
  if (answer !== 200) throw new Error(`${environment.url}/api/entries answered ${answer}`)
  return { environment, milliseconds: performance.now() - since }
}

function destroy({ devtool }, checkout, name) {
  const since = performance.now()
  devtool(['env', 'destroy', name, '--yes'], checkout)
  return performance.now() - since
}

async function benchLife(machine, row) {
  const [one, two, three] = machine.checkouts
  const samples = { first: [], second: [], migrated: [], destroy: [], last: [] }
  // another file makes other migrations: nothing is there to copy
  const own = path.join(three, 'services/migrations/migrations/0003_own.sql')
  await warmUp(machine)
  for (let round = 0; round < ROUNDS; round += 1) {
    const first = await create(machine, one)
    const second = await create(machine, two)
    writeFileSync(own, `-- ${round}\nselect 1;\n`)
    const third = await create(machine, three)
    samples.first.push(first.milliseconds)
    samples.second.push(second.milliseconds)
    samples.migrated.push(third.milliseconds)
    samples.destroy.push(destroy(machine, three, third.environment.name), destroy(machine, two, second.environment.name))
    samples.last.push(destroy(machine, one, first.environment.name))
  }
  const [first, second, migrated, gone, last] = Object.values(samples).map(median)
  row('target local: `env create --apply` to the first answer with rows, nothing running before', seconds(first), '5 s', first <= 5_000)
  row('target local: the second environment beside the first', seconds(second), '2 s', second <= 2_000)
  row(
    'target local: the same with migrations of its own, not copied',
    `${seconds(migrated)}: the copy saves ${seconds(migrated - second)}`,
    null,
  )
  row('target local: `env destroy` of one of several', seconds(gone), '2 s', gone <= 2_000)
  row('target local: `env destroy` of the last one, with Postgres and the supervisor', seconds(last), '2 s', last <= 2_000)
}

async function warmUp(machine) {
  const { environment } = await create(machine, machine.checkouts[0])
  destroy(machine, machine.checkouts[0], environment.name)
}

async function benchRouter(machine, row) {
  const [one] = machine.checkouts
  const { environment } = await create(machine, one)
  try {
    const log = machine.devtool(['env', 'logs', environment.name, 'api'], one)
    const bare = `http://127.0.0.1:${/"port":(\d+)/.exec(log)?.[1]}/api/healthz`
    const through = `http://127.0.0.1:${new URL(environment.url).port}/api/healthz`
    const headers = { host: new URL(environment.url).host }
    const cannon = (url, options) => autocannon({ url, headers, connections: 20, duration: 4, ...options })
    await cannon(through, { duration: 2 })
    const full = { bare: await cannon(bare), through: await cannon(through) }
    const share = full.through.requests.average / full.bare.requests.average
    row(
      'router: requests a second through it against the bare service (the api of the sample)',
      `${share.toFixed(2)}x of ${full.bare.requests.average.toFixed(0)}`,
      'at least 0.50x',
      share >= 0.5,
    )
    const steady = { overallRate: 200 }
    const calm = { bare: await cannon(bare, steady), through: await cannon(through, steady) }
    const extra = calm.through.latency.p99 - calm.bare.latency.p99
    row('router: what it adds to the 99th percentile at 200 requests a second', `${extra} ms`, '5 ms', extra <= 5)
    await benchIdle(row)
  } finally {
    destroy(machine, one, environment.name)
  }
}

/** Of the supervisor, which is the router too. */
async function benchIdle(row) {
  const { stdout } = spawnSync('pgrep', ['-f', `${path.join(root, 'dist/main.js')} supervise`], { encoding: 'utf8' })
  const pid = stdout.trim().split('\n').at(-1)
  const ticks = () => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return Number(fields[11]) + Number(fields[12])
  }
  await sleep(2_000)
  const before = ticks()
  await sleep(5_000)
  const idle = (ticks() - before) * 10
  const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  row('supervisor and router (one process) after that load: memory', `${memory.toFixed(0)} MB`, '120 MB', memory <= 120)
  row('supervisor and router with nothing to do: processor time in 5 s', `${idle} ms`, '50 ms', idle <= 50)
}

export async function benchLocal(row) {
  const machine = createMachine()
  try {
    await benchLife(machine, row)
    await benchRouter(machine, row)
  } finally {
    machine.remove()
  }
}
