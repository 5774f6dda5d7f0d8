#!/usr/bin/env node
/**
 * The life of pull requests with real processes, as many seeds as asked for: `npm run life -- --seeds 20 --from 1`. A line for each seed and one for
 * all; what was wrong is named with the command that lives that seed again. The lives themselves: cli/tests/e2e/life.e2e.test.ts.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { cache, root, toolchainFile } from './toolchain/shared.mjs'

const REPORT = path.join(cache, 'life.jsonl')
const LOOK_MS = 500

const say = (text) => process.stdout.write(`${text}\n`)

function readOptions() {
  const { values } = parseArgs({ options: { seeds: { type: 'string', default: '20' }, from: { type: 'string', default: '1' } } })
  for (const [name, value] of Object.entries(values))
    if (!/^\d{1,6}$/.test(value)) throw new Error(`--${name} is a whole number, not ${value}`)
  return { seeds: Number(values.seeds), from: Number(values.from) }
}

const count = (lives, ...kinds) => lives.flatMap(({ problems }) => problems).filter(({ kind }) => kinds.includes(kind)).length

function verdict(lives) {
  const [leaks, locks, wrong] = [count(lives, 'leak'), count(lives, 'lock'), count(lives, 'environment')]
  const [said, faults] = [count(lives, 'comment', 'deployment'), count(lives, 'fault')]
  return `leaks ${leaks}, stuck locks ${locks}, wrong environments ${wrong}, wrong words on GitHub ${said}, faults ${faults}`
}

function tell(life) {
  const { seed, events, runs, kills, seconds, problems } = life
  say(`seed ${seed}: ${events} events, ${runs} runs, ${kills} kills: ${verdict([life])} (${seconds} s)`)
  if (problems.length === 0) return
  for (const { kind, text } of problems) say(`  ${kind}: ${text}`)
  for (const line of life.trace) say(`    ${line}`)
  say(`  again: npm run life -- --seeds 1 --from ${seed}`)
}

function readReport() {
  if (!existsSync(REPORT)) return []
  const lines = readFileSync(REPORT, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line))
}

async function main() {
  const { seeds, from } = readOptions()
  const { environment } = JSON.parse(readFileSync(toolchainFile, 'utf8'))
  mkdirSync(cache, { recursive: true })
  rmSync(REPORT, { force: true })
  const env = { ...process.env, ...environment, LIFE_SEEDS: String(seeds), LIFE_FROM: String(from), LIFE_REPORT: REPORT, CI: '1' }
  const args = [
    path.join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project',
    'e2e',
    '--testNamePattern',
    'seed',
    'cli/tests/e2e/life.e2e',
  ]
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  let told = 0
  const look = () => {
    for (const life of readReport().slice(told)) {
      tell(life)
      told += 1
    }
  }
  say('an emulated account with its platform takes two minutes to make')
  const timer = setInterval(look, LOOK_MS)
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(timer)
  look()
  const lives = readReport()
  const sum = (key) => lives.reduce((total, life) => total + life[key], 0)
  say(`${lives.length} seeds, ${sum('events')} events, ${sum('kills')} kills: ${verdict(lives)}`)
  const isGood = code === 0 && lives.length === seeds && lives.every(({ problems }) => problems.length === 0)
  if (isGood) return
  // what a life says of itself was told; what kept one from saying anything was not
  if (lives.length < seeds || lives.every(({ problems }) => problems.length === 0)) say(output.trim().split('\n').slice(-40).join('\n'))
  process.exitCode = 1
}

try {
  await main()
} catch (error) {
  process.stderr.write(`life: ${error.message}\n`)
  process.exitCode = 1
}
