#!/usr/bin/env node
/**
 * Lint, format, types, dead code, the package, and Terraform's format: `npm run check`. Two at a time; every complaint is shown.
 * With `--fix` it mends what can be mended and checks nothing else.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { root, toolchainFile } from './toolchain/shared.mjs'

const toolchain = JSON.parse(readFileSync(toolchainFile, 'utf8'))
const bin = (name) => path.join(root, 'node_modules/.bin', name)
const AT_ONCE = 2

const terraform = toolchain.tools.terraform.path
const modules = ['-recursive', 'modules', 'envs']

const FIXES = [
  ['lint and format', bin('biome'), ['check', '--write', '--max-diagnostics=200', '.']],
  ['terraform format', terraform, ['fmt', ...modules]],
]

/** What takes longest comes first. */
const CHECKS = [
  ['types', bin('tsc'), ['--project', '.', '--pretty', 'false']],
  ['lint and format', bin('biome'), ['ci', '--max-diagnostics=200', '.']],
  ['dead code', bin('knip'), ['--no-progress']],
  ['generated documents', process.execPath, ['scripts/docs.mjs', '--check']],
  ['tables of the modules', process.execPath, ['modules/testing/readme.mjs', '--check']],
  ['package', bin('publint'), ['--pack', 'npm', '--strict']],
  ['terraform format', terraform, ['fmt', '-check', '-diff', ...modules]],
]

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...toolchain.environment } })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk
      })
    }
    child.on('error', (error) => resolve({ code: 1, text: error.message }))
    child.on('close', (code) => resolve({ code, text }))
  })
}

const queue = process.argv.includes('--fix') ? FIXES : CHECKS
const worker = async () => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, command, args] = next
    const since = performance.now()
    const { code, text } = command === undefined ? { code: 1, text: toolchain.hints.terraform } : await run(command, args)
    const seconds = ((performance.now() - since) / 1000).toFixed(1)
    process.stdout.write(`check: ${name} ${code === 0 ? 'ok' : 'FAILED'} (${seconds} s)\n`)
    if (code !== 0) {
      process.stdout.write(`${text.trim()}\n`)
      process.exitCode = 1
    }
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, worker))
