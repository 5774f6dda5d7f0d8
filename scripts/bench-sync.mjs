/** How fast pull requests are looked through: the built CLI against the tests' GitHub on loopback, with the registry in a folder. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { cli, makeRepository } from './emulated-account.mjs'
import { cache, root } from './toolchain/shared.mjs'

const COUNT = 1_000
const ROUNDS = 5
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

const entry = `
export { startFakeGitHub } from './cli/tests/github/fake-github.ts'
export { addPullRequest } from './cli/tests/github/state.ts'
export { createFolderStore } from './cli/src/registry/folder-store.ts'
export { systemFiles } from './cli/src/system/files.ts'
export { systemClock } from './cli/src/system/clock.ts'
export { planSync } from './cli/src/sync/plan.ts'
`

async function load() {
  mkdirSync(cache, { recursive: true })
  const outfile = path.join(cache, 'bench-sync.mjs')
  // its fixtures lie beside the sources
  const here = JSON.stringify(pathToFileURL(path.join(root, 'cli/tests/github/index.ts')).href)
  await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    ...{ outfile, bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'error' },
    define: { 'import.meta.url': here },
    banner: { js: `import{createRequire}from'node:module';const require=createRequire(${here});` },
  })
  return import(pathToFileURL(outfile).href)
}

const commitOf = (number) => number.toString(16).padStart(40, '0')

function recordOf(number, commit) {
  const now = new Date()
  const services = ['web', 'api'].map((name) => ({
    name,
    image: `shop/${name}:1`,
    url: `https://e${number}.example.com/`,
    status: 'ready',
  }))
  return {
    ...{ schema: 1, name: `env-${number}`, target: 'aws', template: 'preview', pinned: false, status: 'ready', project: 'shop' },
    ...{ url: `https://e${number}.example.com`, directory: `envs/env-${number}`, pullRequest: number, branch: `change-${number}`, commit },
    ...{ createdAt: now.toISOString(), updatedAt: now.toISOString(), expiresAt: new Date(now.getTime() + 200_000_000).toISOString() },
    ...{ services, slot: number, ttl: '72h', repository: 'acme/shop', serial: 1, unclean: false, failure: null },
  }
}

/** Milliseconds of one run of the CLI, and what it printed. */
async function run(args, { cwd, env }) {
  const since = performance.now()
  const child = spawn(process.execPath, [cli, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].on('data', (chunk) => (said[name] += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`devtool ${args.join(' ')} ended with ${code}\n${said.stderr}`)
  return { milliseconds: performance.now() - since, stdout: said.stdout }
}

export async function benchSync(row) {
  const { startFakeGitHub, addPullRequest, createFolderStore, systemFiles, systemClock, planSync } = await load()
  benchPlanning(row, planSync)
  const home = mkdtempSync(path.join(tmpdir(), 'devtool-bench-sync-'))
  const fake = await startFakeGitHub({ repository: 'acme/shop' })
  try {
    const repository = path.join(home, 'shop')
    makeRepository(repository)
    const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository, encoding: 'utf8' }).trim()
    const { PATH, HOME } = process.env
    const registry = path.join(home, 'registry')
    const folders = { DEVTOOL_REGISTRY: registry, XDG_STATE_HOME: path.join(home, 'state'), XDG_CACHE_HOME: path.join(home, 'cache') }
    const github = { GITHUB_REPOSITORY: 'acme/shop', GITHUB_TOKEN: fake.rules.token, GITHUB_API_URL: fake.url }
    // no engine: whoever starts one fails
    const at = { cwd: repository, env: { PATH, HOME, ...folders, ...github, DEVTOOL_TERRAFORM: path.join(home, 'none') } }
    const store = createFolderStore(registry, { files: systemFiles, clock: systemClock })
    for (let number = 1; number <= COUNT; number += 1) {
      const commit = number === 1 ? head : commitOf(number)
      addPullRequest(fake.state, { number, labels: ['preview'], commit })
      await store.put(`registry/environments/env-${number}.json`, JSON.stringify(recordOf(number, commit)))
    }

    const sweeps = []
    let requests = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = fake.asked.length
      const { milliseconds, stdout } = await run(['env', 'sync', '--all', '--dry-run', '--json'], at)
      if (JSON.parse(stdout).actions.length !== COUNT) throw new Error('the sweep did not look at all of them')
      sweeps.push(milliseconds)
      requests = fake.asked.length - before
    }
    const what = `\`env sync --all --dry-run\` over ${COUNT.toLocaleString('en')} pull requests and as many environments`
    row(`${what}: time`, `${(median(sweeps) / 1000).toFixed(1)} s`, '3 s', median(sweeps) <= 3_000)
    row(`${what}: requests to GitHub`, `${requests}`, '25', requests <= 25)

    const nothing = []
    for (let round = 0; round < ROUNDS + 1; round += 1) {
      const { milliseconds, stdout } = await run(['env', 'sync', '--pr', '1', '--yes', '--json'], at)
      if (JSON.parse(stdout).outcome !== 'unchanged') throw new Error('there was something to do')
      // the first one writes the comment
      if (round > 0) nothing.push(milliseconds)
    }
    const slowest = median(nothing)
    row(
      '`env sync --pr` with nothing to do (same commit, ready)',
      `${(slowest / 1000).toFixed(2)} s, no Terraform`,
      '1.5 s',
      slowest <= 1_500,
    )
    if (fake.faults.length > 0) throw new Error(fake.faults.join('\n'))
  } finally {
    await fake.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

function benchPlanning(row, planSync) {
  const count = 10_000
  const pullRequests = Array.from({ length: count }, (_, index) => ({
    ...{ number: index + 1, state: index % 10 === 0 ? 'closed' : 'open', merged: false, labels: ['preview'], headRepository: 'acme/shop' },
    ...{
      branch: `change-${index}`,
      commit: commitOf(index + 1),
      updatedAt: '2026-01-01T00:00:00Z',
      draft: false,
      title: '',
      author: 'a',
      url: '',
    },
  }))
  const input = {
    ...{ project: 'shop', now: new Date(), answer: { repository: 'acme/shop', complete: true, pullRequests }, tombstones: [], pinned: [] },
    ...{ leases: [], records: pullRequests.map(({ number, commit }) => recordOf(((number * 7919) % count) + 1, commit)) },
    previews: { label: 'preview', ttl: '72h', limit: count },
  }
  const times = Array.from({ length: 7 }, () => {
    const since = performance.now()
    if (planSync(input).actions.length < count) throw new Error('not all were planned')
    return performance.now() - since
  })
  const milliseconds = median(times)
  row(
    `planning ${count.toLocaleString('en')} pull requests and as many environments`,
    `${milliseconds.toFixed(0)} ms`,
    '200 ms',
    milliseconds <= 200,
  )
}
