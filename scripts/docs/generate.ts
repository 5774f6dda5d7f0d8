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

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
