import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type CommandNode, renderCommands } from './commands.ts'
import { renderConfiguration } from './configuration.ts'
import { renderJsonSchema } from './json-schema.ts'

/** Every generated document by its path in the repository; the reference of the commands needs their tree. */
export function generateDocs(program?: CommandNode): Record<string, string> {
  return {
    'devtool.schema.json': renderJsonSchema(),
    'docs/configuration.md': renderConfiguration(),
    ...(program === undefined ? {} : { 'docs/commands.md': renderCommands(program) }),
  }
}

/** The documents whose committed text is not the generated one. */
export function staleDocs(root: string, docs: Readonly<Record<string, string>>): string[] {
  return Object.keys(docs).filter((file) => readText(path.join(root, file)) !== docs[file])
}

/** Writes the documents that are out of date below `root`; with `check`, only names them. Returns their paths. */
export function updateDocs(root: string, docs: Readonly<Record<string, string>>, options: { check: boolean }): string[] {
  const stale = staleDocs(root, docs)
  for (const file of options.check ? [] : stale) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), docs[file] ?? '')
  }
  return stale
}

/** The runner: `generate.ts [--check]`. Returns the exit code: 1 when `--check` finds a stale document. */
export function runDocs(argv: readonly string[], root: string, program?: CommandNode): number {
  const check = argv.includes('--check')
  const stale = updateDocs(root, generateDocs(program), { check })
  for (const file of stale) process.stderr.write(check ? `${file} is out of date: run npm run docs\n` : `wrote ${file}\n`)
  return check && stale.length > 0 ? 1 : 0
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
