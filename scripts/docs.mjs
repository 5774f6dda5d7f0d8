#!/usr/bin/env node
/** Writes the generated documents: `npm run docs`; with `--check` it only names those that are out of date, and fails. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { esbuildTemplates } from './templates-plugin.mjs'
import { cache, root } from './toolchain/shared.mjs'

// the commands are TypeScript, and what documents them is the tree that commander really has
const entry = `
export { generateDocs, updateDocs } from './scripts/docs/generate.ts'
export { createContext } from './cli/src/context.ts'
export { buildProgram } from './cli/src/program.ts'
`
const outfile = path.join(cache, 'docs.mjs')
const banner = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);"

async function main() {
  const check = process.argv.includes('--check')
  mkdirSync(cache, { recursive: true })
  await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['@aws-sdk/*'],
    banner: { js: banner },
    plugins: [esbuildTemplates()],
    logLevel: 'error',
  })
  const { generateDocs, updateDocs, createContext, buildProgram } = await import(pathToFileURL(outfile).href)
  const surroundings = { version: '0.0.0', assets: root, cwd: root, variables: {}, json: false, interrupt: new AbortController().signal }
  const stale = updateDocs(root, generateDocs(buildProgram(createContext(surroundings))), { check })
  for (const file of stale) process.stdout.write(`docs: ${check ? 'out of date' : 'wrote'} ${file}\n`)
  if (check && stale.length > 0) process.exitCode = 1
}

await main()
