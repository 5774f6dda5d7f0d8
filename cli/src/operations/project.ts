import path from 'node:path'
import type { Blueprint } from '../blueprint/blueprint.ts'
import type { Context } from '../context.ts'
import { hashDigits } from '../environment/hash.ts'
import { UsageError } from '../errors.ts'
import { cacheFolder } from '../system/folders.ts'

/** The repository that a command works on. */
export interface Project {
  /** The folder with `devtool.yaml`. */
  root: string
  blueprint: Blueprint
}

type ProjectContext = Pick<Context, 'files' | 'cwd' | 'variables' | 'version'>

export const BLUEPRINT_FILE = 'devtool.yaml'

/** Looks for the blueprint in the current folder and upwards, as git does for its repository. */
export async function openProject(context: ProjectContext): Promise<Project> {
  for (let folder = context.cwd; ; folder = path.dirname(folder)) {
    const file = path.join(folder, BLUEPRINT_FILE)
    const text = await context.files.readText(file)
    if (text !== undefined) return { root: folder, blueprint: await readBlueprint(context, text, path.relative(context.cwd, file)) }
    if (path.dirname(folder) === folder) {
      throw new UsageError(`could not find ${BLUEPRINT_FILE} in ${context.cwd} or above it`, {
        hint: 'run the command in your repository, or write the file: docs/configuration.md shows every key',
      })
    }
  }
}

/**
 * A blueprint that this version has found right before is not read and checked again: loading YAML and the schema takes longer than everything
 * else that `env create` does. It counts only if it was made from the very same text.
 */
async function readBlueprint(context: ProjectContext, text: string, file: string): Promise<Blueprint> {
  const cached = path.join(cacheFolder(context.variables), 'blueprints', `${hashDigits(text)}.json`)
  const known = parseKnown(await context.files.readText(cached).catch(() => undefined))
  if (known?.version === context.version && known.text === text) return known.blueprint
  const { parseBlueprint } = await import('../blueprint/parse.ts')
  const blueprint = parseBlueprint(text, file)
  // a cache that cannot be written is no reason to fail
  await context.files.write(cached, JSON.stringify({ version: context.version, text, blueprint } satisfies Known)).catch(() => undefined)
  return blueprint
}

interface Known {
  version: string
  text: string
  blueprint: Blueprint
}

function parseKnown(content: string | undefined): Known | undefined {
  try {
    return content === undefined ? undefined : (JSON.parse(content) as Known)
  } catch {
    return undefined
  }
}
