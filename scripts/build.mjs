#!/usr/bin/env node
/**
 * Builds what ships: `dist/` (the CLI, split so that a command loads what it needs) and `modules/database-admin/function.zip` (the code
 * of the function). Does nothing when the inputs are those of the last build; `--force` builds all the same.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { build, transform } from 'esbuild'
import { esbuildTemplates } from './templates-plugin.mjs'
import { cache, root } from './toolchain/shared.mjs'
import { zip } from './zip.mjs'

const dist = path.join(root, 'dist')
const entry = path.join(root, 'cli/src/main.ts')
const functionZip = path.join(root, 'modules/database-admin/function.zip')
const functionSource = path.join(root, 'services/database-admin/src/handler.js')
const digestFile = path.join(cache, 'build.digest')

// names of identifiers stay, for the sake of a readable stack
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  write: false,
  logLevel: 'silent',
}

/** What goes into a build. */
const INPUTS = ['cli/src', 'templates', 'services/database-admin/src', 'scripts']
const INPUT_FILES = ['package.json', 'package-lock.json', 'services/database-admin/package-lock.json']

function filesBelow(folder) {
  const entries = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : []
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

function moduleFiles() {
  const entries = readdirSync(path.join(root, 'modules'), { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.tf'))
    .map((entry) => path.join(entry.parentPath, entry.name))
  return files.filter((file) => !file.includes(`${path.sep}.terraform${path.sep}`)).sort()
}

function inputs() {
  const below = INPUTS.flatMap((folder) => filesBelow(path.join(root, folder)))
  const files = INPUT_FILES.map((file) => path.join(root, file)).filter((file) => existsSync(file))
  return [...below.filter((file) => !/\.test\.\w+$/.test(file)), ...moduleFiles(), ...files].sort()
}

function digest() {
  const hash = createHash('sha256')
  for (const file of inputs())
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  return hash.digest('hex')
}

/**
 * ES modules are what esbuild can split; CommonJS is what Node 20 starts 5 ms faster, because it need not look through what each of its own modules
 * exports. So each chunk is turned into the other form.
 */
async function toCommonJs(text) {
  const { code } = await transform(text, {
    ...{ format: 'cjs', platform: 'node', target: 'node20', minifySyntax: true, minifyWhitespace: true },
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': '__moduleUrl' },
  })
  return code.includes('__moduleUrl') ? `const __moduleUrl=require("node:url").pathToFileURL(__filename).href;${code}` : code
}

/** The ES module builds of packages whose `exports` give Node a CommonJS one: esbuild can leave out of them what is not used. */
const esModules = {
  yaml: path.join(root, 'node_modules/yaml/browser/index.js'),
  'unique-names-generator': path.join(root, 'node_modules/unique-names-generator/dist/index.m.js'),
}

/**
 * commander can start a subcommand that is a program of its own, which is never the case here; loading Node's `child_process` for it, and with it
 * the network, takes 4 ms of each start.
 */
const commanderWithoutPrograms = {
  name: 'commander-without-programs',
  setup(plugin) {
    plugin.onResolve({ filter: /^(node:)?child_process$/ }, ({ importer }) =>
      importer.includes(`${path.sep}commander${path.sep}`) ? { path: 'child_process', namespace: 'none' } : undefined,
    )
    plugin.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = {}', loader: 'js' }))
  },
}

async function buildCli() {
  const result = await build({
    ...common,
    entryPoints: [entry],
    outdir: dist,
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    alias: esModules,
    plugins: [esbuildTemplates(), commanderWithoutPrograms],
    metafile: true,
  })
  // chunks first, then what imports them, then away with the old ones: a command that runs meanwhile finds all it needs
  const files = result.outputFiles.sort((a, b) => b.path.length - a.path.length)
  for (const file of files) {
    mkdirSync(path.dirname(file.path), { recursive: true })
    writeFileSync(file.path, await toCommonJs(file.text))
  }
  const kept = new Set(files.map((file) => file.path))
  for (const file of filesBelow(dist)) if (!kept.has(file)) rmSync(file)
  writeFileSync(path.join(dist, 'package.json'), '{ "type": "commonjs" }\n')
  if (process.argv.includes('--analyze')) writeFileSync(path.join(cache, 'build.meta.json'), JSON.stringify(result.metafile))
}

/** One CommonJS file, as Lambda likes it best; the runtime has the AWS SDK. */
async function buildFunction() {
  const result = await build({ ...common, entryPoints: [functionSource], format: 'cjs', external: ['pg-native', '@aws-sdk/*'] })
  const archive = await zip({ 'index.js': result.outputFiles[0].contents })
  mkdirSync(path.dirname(functionZip), { recursive: true })
  writeFileSync(functionZip, archive)
}

/** What a repository with a copy of the modules compares its copy by. */
function writeModulesDigest() {
  const hash = createHash('sha256')
  for (const file of [...moduleFiles(), functionZip]) hash.update(`${path.relative(root, file)}\0`).update(readFileSync(file))
  writeFileSync(path.join(dist, 'modules.digest'), `${hash.digest('hex')}\n`)
}

async function main() {
  const started = performance.now()
  const current = digest()
  const last = existsSync(digestFile) ? readFileSync(digestFile, 'utf8') : ''
  const complete = existsSync(path.join(dist, 'main.js')) && existsSync(functionZip)
  if (complete && last === current && !process.argv.includes('--force')) return
  rmSync(digestFile, { force: true })
  await Promise.all([buildCli(), buildFunction()])
  writeModulesDigest()
  mkdirSync(cache, { recursive: true })
  writeFileSync(digestFile, current)
  process.stdout.write(`build: dist and modules/database-admin/function.zip in ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
}

try {
  await main()
} catch (error) {
  const errors = error.errors ?? []
  const lines = errors.map(({ text, location }) => (location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text))
  process.stderr.write(`build: ${lines.length > 0 ? `could not build:\n${lines.join('\n')}` : error.message}\n`)
  process.exitCode = 1
}
