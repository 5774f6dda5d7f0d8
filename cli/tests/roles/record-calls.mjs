/**
 * Writes down which actions of AWS each job calls, as `fixtures/calls.json`: it runs the built CLI and Terraform against the emulator, which notes
 * every call. Takes six minutes, as the provider waits for databases.
 *
 *   npm run build && node cli/tests/roles/record-calls.mjs
 */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = path.resolve(import.meta.dirname, '../../..')
const { tools, environment } = JSON.parse(readFileSync(path.join(root, '.cache/toolchain.json'), 'utf8'))
const home = mkdtempSync(path.join(tmpdir(), 'devtool-calls-'))
const shop = path.join(home, 'shop')
const notes = path.join(home, 'calls')
const portFile = path.join(home, 'port')

/** Where the emulator's word for an action is not IAM's. */
const SERVICES = { monitoring: 'cloudwatch', tagging: 'tag' }
const ACTIONS = { 'lambda:Invoke': 'lambda:InvokeFunction' }

const emulator = spawn(
  tools.emulator.python,
  [path.join(root, 'cli/tests/emulator/launcher.py'), '--calls', notes, '--port-file', portFile],
  { stdio: ['pipe', 'ignore', 'ignore'] },
)
while (!existsSync(portFile)) await sleep(100)
const env = {
  ...environment,
  PATH: process.env.PATH,
  HOME: home,
  AWS_ENDPOINT_URL: `http://127.0.0.1:${readFileSync(portFile, 'utf8')}`,
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
}
const git = (...args) => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: shop, env })
const start = (args) =>
  spawn(process.execPath, [path.join(root, 'cli/bin/devtool.js'), ...args], {
    cwd: shop,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })

async function run(...args) {
  const child = start(args)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`devtool ${args.join(' ')} ended with ${code}:\n${stderr}`)
  return stdout
}

/** Ends a command and its Terraform as a lost runner would, once the emulator has been asked for `action`. */
async function killAt(action, ...args) {
  const child = start(args)
  while (!noted().includes(`"${action}"`)) await sleep(20)
  await sleep(150)
  const children = (pid) =>
    execFileSync('sh', ['-c', `pgrep -P ${pid} || true`])
      .toString()
      .split('\n')
      .filter(Boolean)
      .flatMap((each) => [each, ...children(each)])
  for (const pid of [child.pid, ...children(child.pid)]) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // it has ended meanwhile
    }
  }
  await sleep(500)
}

const noted = () => (existsSync(notes) ? readFileSync(notes, 'utf8') : '')
const forget = () => writeFileSync(notes, '')
const jobs = {}
async function job(name, work) {
  forget()
  process.stderr.write(`${name}\n`)
  await work()
  const calls = noted()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const { service, action } of calls) {
    const written = `${SERVICES[service] ?? service}:${action}`
    jobs[name] = (jobs[name] ?? new Set()).add(ACTIONS[written] ?? written)
  }
}

try {
  mkdirSync(shop)
  cpSync(path.join(root, 'devtool.yaml'), path.join(shop, 'devtool.yaml'))
  cpSync(path.join(root, 'services'), path.join(shop, 'services'), { recursive: true, filter: (file) => !/node_modules|tests/.test(file) })
  writeFileSync(path.join(shop, '.gitignore'), '.terraform/\nenvs/.modules/\naccount.auto.tfvars.json\n')
  git('init', '--quiet', '--initial-branch', 'main')
  git('remote', 'add', 'origin', 'https://github.com/acme/shop.git')
  const zone = `import boto3; boto3.client('route53').create_hosted_zone(Name='example.com', CallerReference='a')`
  execFileSync(tools.emulator.python, ['-c', zone], { env: { ...env, AWS_DEFAULT_REGION: 'us-east-1' } })
  git('add', '--all')
  git('commit', '--quiet', '--message', 'the shop')
  await run('bootstrap', '--yes')

  await job('preview-apply', async () => {
    await run('env', 'create', 'calm-otter', '--apply', '--yes')
    await run('env', 'apply', 'calm-otter', '--image', 'web=shop/web:v2')
  })
  await job('preview-teardown', () => run('env', 'destroy', 'calm-otter', '--yes'))
  for (const action of ['CreateSecret', 'CreateTargetGroup', 'CreateRule', 'CreateService']) {
    forget()
    await killAt(action, 'env', 'create', `lost-${action.toLowerCase()}`, '--apply', '--yes')
    await job('preview-teardown', () => run('env', 'destroy', `lost-${action.toLowerCase()}`, '--yes'))
  }
  await job('preview-sweep', () => run('env', 'list'))
  await job('preview-apply with dedicated_previews', () =>
    run('env', 'create', 'own-ground', '--template', 'dedicated', '--apply', '--yes'),
  )
  await job('preview-teardown', () => run('env', 'destroy', 'own-ground', '--yes'))

  await run('env', 'create', 'production')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'production')
  let saved
  const plan = async () => {
    saved = JSON.parse(await run('env', 'plan', 'production', '--save', '--json'))
  }
  const apply = () => run('env', 'apply', 'production', '--plan', saved.plan.id, '--yes')
  await job('production-plan', plan)
  await job('production-apply', apply)
  const file = path.join(shop, 'envs/production/environment.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"web": "[^"]+"/, '"web": "shop/web:v2"'))
  git('commit', '--quiet', '--all', '--message', 'another image')
  await job('production-plan', plan)
  await job('production-apply', apply)

  const written = Object.fromEntries(Object.entries(jobs).map(([name, calls]) => [name, [...calls].sort()]))
  writeFileSync(path.join(import.meta.dirname, 'fixtures/calls.json'), `${JSON.stringify(written, null, 1)}\n`)
} finally {
  emulator.kill()
  rmSync(home, { recursive: true, force: true })
}
