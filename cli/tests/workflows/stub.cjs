/**
 * Stands on PATH for what a workflow starts. Writes down how it was started and does what `$STUB_ANSWERS` says; arguments that it does not know end
 * it with 64. Found by the name under which it is linked.
 */
const { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const path = require('node:path')

const SHA256 = '[0-9a-f]{64}'
const KNOWN = {
  devtool: [
    /^env sync --pr [1-9]\d{0,9} --yes$/,
    /^env sync --all --dry-run --json$/,
    /^env sync --all --yes$/,
    /^env plan production --save --json$/,
    new RegExp(`^env apply production --plan ${SHA256} --yes$`),
    /^env drift production --issue$/,
    /^env create check$/,
    /^env create -- production$/,
    /^init --branch [\w./-]+$/,
  ],
  npm: [/^ci --ignore-scripts --no-audit --no-fund$/, /^install --global --ignore-scripts --no-audit --no-fund -- @acme\/devtool@1\.2\.3$/],
  terraform: [
    /^fmt -check -diff -recursive (envs|modules)$/,
    /^-chdir=envs\/[a-z-]+ (init -backend=false -input=false -no-color -lockfile=readonly|validate -no-color)$/,
  ],
  curl: [
    /^--fail --silent --show-error --location --proto =https --retry 3 --output \S+ https:\/\/releases\.hashicorp\.com\/terraform\/[\d.]+\/terraform_[\d.]+_linux_amd64\.zip$/,
  ],
  sha256sum: [/^--check --quiet$/],
  unzip: [/^-q -o \S+ terraform -d \S+$/],
}

const name = path.basename(process.argv[1]).replace(/\.js$/, '')
const args = process.argv.slice(2)
const { STUB_RECORD, STUB_ANSWERS, ...env } = process.env
const write = (entry) => appendFileSync(STUB_RECORD, `${JSON.stringify({ program: name, args, cwd: process.cwd(), env, ...entry })}\n`)

if (!(KNOWN[name] ?? []).some((pattern) => pattern.test(args.join(' ')) && !args.includes(''))) {
  write({ unknown: true })
  process.stderr.write(`${name}: unknown arguments: ${JSON.stringify(args)}\n`)
  process.exit(64)
}

const answers = JSON.parse(readFileSync(STUB_ANSWERS, 'utf8'))
const line = [name, ...args].join(' ')
const answer = answers[Object.keys(answers).find((start) => line.startsWith(start))] ?? {}

// a reader that is gone would end the writer of the pipe
if (name === 'sha256sum') readFileSync(0)
if (name === 'curl') writeFileSync(args[args.indexOf('--output') + 1], answer.body ?? 'an archive')
if (name === 'unzip') {
  const folder = args.at(-1)
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'terraform'), `#!/bin/sh\nexec '${path.dirname(process.argv[1])}/terraform' "$@"\n`)
  chmodSync(path.join(folder, 'terraform'), 0o755)
}
write({})
if (answer.stdout !== undefined) process.stdout.write(answer.stdout)
for (const [key, value] of Object.entries(answer.outputs ?? {}))
  appendFileSync(env.GITHUB_OUTPUT, `${key}<<end-of-it\n${value}\nend-of-it\n`)
process.exitCode = answer.exitCode ?? 0
if (answer.untilInterrupted) {
  const end = (signal) => {
    write({ signal })
    process.exit(130)
  }
  process.on('SIGINT', end)
  setTimeout(() => end(null), 3_000)
}
