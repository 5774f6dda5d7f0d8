/** How fast target local is, measured on the sample as a user has it: with the built CLI, in a state folder of its own. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

/** Requests a second bare and through the router, and what the router adds to the 99th percentile when it is calm; both warm. */
async function compare(bare, through, host) {
  const cannon = (url, options) => autocannon({ url, headers: { host }, connections: 20, duration: 4, ...options })
  await cannon(bare, { duration: 2 })
  await cannon(through, { duration: 2 })
  const full = [await cannon(bare), await cannon(through)].map(({ requests }) => requests.average)
  const calm = []
  for (let round = 0; round < 3; round += 1) {
    const [alone, behind] = [await cannon(bare, { overallRate: 200 }), await cannon(through, { overallRate: 200 })]
    calm.push(behind.latency.p99 - alone.latency.p99)
  }
  return { bare: full[0], share: full[1] / full[0], extra: median(calm) }
}

async function benchRouter(machine, row) {
  const [one] = machine.checkouts
  const { environment } = await create(machine, one)
  try {
    const { host, port } = new URL(environment.url)
    const log = machine.devtool(['env', 'logs', environment.name, 'api'], one)
    const bare = `http://127.0.0.1:${/"port":(\d+)/.exec(log)?.[1]}/api/info`
    const { bare: alone, share, extra } = await compare(bare, `http://127.0.0.1:${port}/api/info`, host)
    const of = `${share.toFixed(2)}x of ${alone.toFixed(0)}`
    row(
      'router: requests a second against the bare service (the api of the sample, a row from Postgres)',
      of,
      'at least 0.50x',
      share >= 0.5,
    )
    row('router: what it adds to the 99th percentile at 200 requests a second', `${extra} ms`, '5 ms', extra <= 5)
    await benchIdle(row)
  } finally {
    destroy(machine, one, environment.name)
  }
}

const HELLO = `console.log('port', process.env.PORT)
require('node:http').createServer((request, response) => response.end('hello')).listen(process.env.PORT)
`

/** The least that a service can do: what is measured is the router. */
async function benchHello(machine, row) {
  const [, , three] = machine.checkouts
  const service = '  web: { build: hello, start: node main.js, port: 3000, route: / }'
  writeFileSync(path.join(three, 'devtool.yaml'), `project: hello\nregion: us-east-1\nservices:\n${service}\n`)
  mkdirSync(path.join(three, 'hello'))
  writeFileSync(path.join(three, 'hello/main.js'), HELLO)
  const environment = JSON.parse(machine.devtool(['env', 'create', '--target', 'local', '--apply', '--yes', '--json'], three))
  try {
    const { host, port } = new URL(environment.url)
    const bare = `http://127.0.0.1:${/port (\d+)/.exec(machine.devtool(['env', 'logs', environment.name, 'web'], three))?.[1]}/`
    const { bare: alone, share } = await compare(bare, `http://127.0.0.1:${port}/`, host)
    row('router: the same against a service that only says hello', `${share.toFixed(2)}x of ${alone.toFixed(0)}`, null)
  } finally {
    destroy(machine, three, environment.name)
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
    await benchHello(machine, row)
  } finally {
    machine.remove()
  }
}
