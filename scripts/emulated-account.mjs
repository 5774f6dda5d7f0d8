/** An emulated AWS account and a user's repository to run the built CLI in: for `npm run walk` and `npm run bench`. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { root, toolchainFile } from './toolchain/shared.mjs'

export const cli = path.join(root, 'cli/bin/devtool.js')

/** Runs `work` with the account and a repository of the sample, and leaves neither. Without the tools for it, says how to get them. */
export async function withEmulatedAccount(work) {
  const { tools, hints, environment } = JSON.parse(readFileSync(toolchainFile, 'utf8'))
  const missing = ['terraform', 'provider', 'emulator'].filter((name) => tools[name].missing)
  if (missing.length > 0) throw new Error(missing.map((name) => `this needs ${name}: ${hints[name]}`).join('\n'))

  const home = mkdtempSync(path.join(tmpdir(), 'devtool-walk-'))
  const repository = path.join(home, 'shop')
  const server = spawn(tools.emulator.python, [path.join(root, 'cli/tests/emulator/launcher.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const port = await ready(server)
    const env = { ...baseEnvironment(environment, home), ...accountEnvironment(port) }
    makeRepository(repository)
    for (const domain of ['preview.example.com', 'shop.example.com']) await createZone(port, domain)
    return await work({ repository, env })
  } finally {
    server.kill('SIGKILL')
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
    rmSync(home, { recursive: true, force: true })
  }
}

async function ready(server) {
  for await (const line of createInterface({ input: server.stdout })) {
    const port = /^READY (\d+)$/.exec(line)?.[1]
    if (port !== undefined) return Number(port)
  }
  throw new Error('the emulator did not start')
}

function baseEnvironment(environment, home) {
  const { PATH, HOME, TMPDIR } = process.env
  const folders = { XDG_STATE_HOME: path.join(home, 'state'), XDG_CACHE_HOME: path.join(home, 'cache') }
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...environment, ...folders }
}

function accountEnvironment(port) {
  return {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  }
}

/** The sample in a git repository of its own. */
export function makeRepository(repository, branch = 'feature/cart') {
  cpSync(path.join(root, 'services'), path.join(repository, 'services'), {
    recursive: true,
    filter: (source) => !['node_modules', 'tests', 'testing'].includes(path.basename(source)),
  })
  cpSync(path.join(root, 'devtool.yaml'), path.join(repository, 'devtool.yaml'))
  const git = (...args) => {
    const { status, stderr } = spawnSync('git', ['-c', 'user.name=Walk', '-c', 'user.email=walk@example.com', ...args], {
      cwd: repository,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`)
  }
  git('init', '--quiet', '--initial-branch', branch)
  git('add', '--all')
  git('commit', '--quiet', '--message', 'the shop')
}

/** What a team does by hand once: the zone in which the previews' names are. */
async function createZone(port, domain) {
  const body = `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>${domain}</Name><CallerReference>${domain}</CallerReference></CreateHostedZoneRequest>`
  const authorization = 'AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=none'
  const response = await fetch(`http://127.0.0.1:${port}/2013-04-01/hostedzone`, {
    method: 'POST',
    body,
    headers: { authorization, host: 'route53.amazonaws.com' },
  })
  if (!response.ok) throw new Error(`could not make the zone ${domain} in the emulator: ${response.status} ${await response.text()}`)
}

/** Runs the built CLI with its output shown; what it printed on stdout. */
export function devtool(args, { repository, env }) {
  const { status, stdout } = spawnSync(process.execPath, [cli, ...args], {
    cwd: repository,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`devtool ${args.join(' ')} ended with exit code ${status}`)
  return stdout
}
