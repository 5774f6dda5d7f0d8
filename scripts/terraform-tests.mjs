/**
 * `terraform test` over every module, two at a time. The modules are copied first, for `init` writes a lock file beside the sources;
 * Terraform's own data stays in .cache, so that a second run installs nothing.
 */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { cache, entriesOf, root } from './toolchain/shared.mjs'

const copies = path.join(cache, 'terraform-test/modules')
const AT_ONCE = 2

/** Modules that have tests. */
export function modulesWithTests(folder = path.join(root, 'modules')) {
  return entriesOf(folder).filter((name) => entriesOf(path.join(folder, name, 'tests')).some((file) => file.endsWith('.tftest.hcl')))
}

function terraform(toolchain, args, module) {
  const env = {
    ...process.env,
    ...toolchain.environment,
    TF_DATA_DIR: path.join(cache, 'terraform-test/data', module),
    TF_IN_AUTOMATION: '1',
  }
  // a test is offline: nothing of the developer's own account may reach it
  for (const name of Object.keys(env))
    if (name.startsWith('AWS_') || name.startsWith('TF_VAR_') || name.startsWith('TF_CLI_ARGS')) delete env[name]
  return new Promise((resolve, reject) => {
    const child = spawn(toolchain.tools.terraform.path, args, { cwd: path.join(copies, module), env, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, text }))
  })
}

/** Counts and complaints from the lines of `terraform test -json`. */
export function readTestOutput(text) {
  const result = { passed: 0, failed: 0, skipped: 0, complaints: [] }
  for (const line of text.split('\n')) {
    if (!line.startsWith('{')) {
      if (line.trim() !== '') result.complaints.push(line)
      continue
    }
    const message = JSON.parse(line)
    if (message.type === 'test_summary') {
      const { passed = 0, failed = 0, errored = 0, skipped = 0 } = message.test_summary
      Object.assign(result, { passed, failed: failed + errored, skipped })
    } else if (message.type === 'diagnostic' && message.diagnostic.severity === 'error') {
      const { summary, detail, range } = message.diagnostic
      const where = range ? `${range.filename}:${range.start.line}: ` : ''
      const run = message['@testrun'] ? `${message['@testfile']} "${message['@testrun']}": ` : ''
      result.complaints.push(`${run}${where}${summary}${detail ? `: ${detail}` : ''}`)
    }
  }
  return result
}

async function testModule(toolchain, module) {
  const init = await terraform(toolchain, ['init', '-backend=false', '-input=false', '-no-color'], module)
  if (init.code !== 0) return { module, passed: 0, failed: 1, skipped: 0, complaints: [init.text.trim()] }
  const { code, text } = await terraform(toolchain, ['test', '-json', '-no-color'], module)
  const result = { module, ...readTestOutput(text) }
  if (code !== 0 && result.failed === 0) result.failed = 1
  if (result.passed + result.failed === 0) Object.assign(result, { failed: 1, complaints: ['no run in any test file'] })
  return result
}

/** @returns {Promise<{ passed: number, failed: number, skipped: number }>} */
export async function runTerraformTests(toolchain, only = []) {
  const modules = modulesWithTests().filter((name) => only.length === 0 || only.includes(name))
  rmSync(copies, { recursive: true, force: true })
  mkdirSync(copies, { recursive: true })
  if (existsSync(path.join(root, 'modules'))) cpSync(path.join(root, 'modules'), copies, { recursive: true })
  const total = { passed: 0, failed: 0, skipped: 0 }
  const queue = [...modules]
  const worker = async () => {
    for (let module = queue.shift(); module !== undefined; module = queue.shift()) {
      const since = performance.now()
      const result = await testModule(toolchain, module)
      const seconds = ((performance.now() - since) / 1000).toFixed(1)
      process.stdout.write(
        `${result.failed > 0 ? 'FAIL' : 'ok  '} modules/${module}: ${result.passed} passed, ${result.failed} failed (${seconds} s)\n`,
      )
      for (const complaint of result.complaints) process.stdout.write(`     ${complaint.replaceAll('\n', '\n     ')}\n`)
      for (const key of Object.keys(total)) total[key] += result[key]
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return total
}
