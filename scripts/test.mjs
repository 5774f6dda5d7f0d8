#!/usr/bin/env node
/**
 * All tests: `npm test`. With names (`npm test -- unit modules`) only those suites. Ends with one line, `N passed, N failed`; a run
 * without a single test fails, and in CI so does a skipped one.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { runTerraformTests } from './terraform-tests.mjs'
import { cache, root, toolchainFile } from './toolchain/shared.mjs'
import { readReport } from './vitest-report.mjs'

/** What is quick comes first. Those of one row run side by side: e2e begins with a minute of the provider's own pauses. */
const ROWS = [['unit'], ['architecture'], ['workflows'], ['services'], ['harness'], ['golden'], ['life'], ['local'], ['modules', 'e2e']]
const SUITES = ROWS.flat()
const inCi = !['', 'false', '0', undefined].includes(process.env.CI)

async function runVitest(project, toolchain) {
  const report = path.join(cache, `vitest-${project}.json`)
  mkdirSync(cache, { recursive: true })
  rmSync(report, { force: true })
  const reporters = ['--reporter', 'default', '--reporter', 'json', `--outputFile.json=${report}`]
  const args = [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', project, ...reporters]
  // also for the global set-up, which vitest's own `env` does not reach
  const env = { ...process.env, ...toolchain.environment, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }
  const [status] = await once(spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env }), 'close')
  return readReport(report, status)
}

function runModules(toolchain) {
  const missing = ['terraform', 'provider'].filter((name) => toolchain.tools[name].missing)
  if (missing.length === 0) return runTerraformTests(toolchain)
  return { passed: 0, failed: 0, skipped: 1, skippedNames: [`modules: needs ${missing.join(' and ')}: ${toolchain.hints[missing[0]]}`] }
}

async function runSuite(suite, toolchain) {
  process.stdout.write(`\n--- ${suite}\n`)
  const since = performance.now()
  const result = await (suite === 'modules' ? runModules(toolchain) : runVitest(suite, toolchain))
  return { ...result, time: `${suite} ${((performance.now() - since) / 1000).toFixed(0)} s` }
}

async function main() {
  const asked = process.argv.slice(2)
  const unknown = asked.filter((name) => !SUITES.includes(name))
  if (unknown.length > 0) throw new Error(`no suite ${unknown.join(', ')}: there are ${SUITES.join(', ')}`)
  const wanted = (suite) => asked.length === 0 || asked.includes(suite)
  const toolchain = JSON.parse(readFileSync(toolchainFile, 'utf8'))
  const results = []
  for (const row of ROWS) results.push(...(await Promise.all(row.filter(wanted).map((suite) => runSuite(suite, toolchain)))))
  const sum = (key) => results.reduce((total, result) => total + result[key], 0)
  const skipped = sum('skipped')
  const names = results.flatMap((result) => result.skippedNames ?? [])
  let failed = sum('failed')
  process.stdout.write(`\n${results.map(({ time }) => time).join(', ')}\n`)
  if (skipped > 0) process.stdout.write(`${skipped} skipped:\n${names.map((name) => `  ${name}\n`).join('')}`)
  if (skipped > 0 && inCi) {
    process.stdout.write('in CI nothing is skipped: each counts as failed\n')
    failed += skipped
  }
  const passed = sum('passed')
  if (passed + failed === 0) process.stdout.write('no test ran\n')
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

try {
  await main()
} catch (error) {
  process.stderr.write(`test: ${error.message}\n`)
  process.stdout.write('0 passed, 1 failed\n')
  process.exitCode = 1
}
