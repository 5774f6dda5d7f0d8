import path from 'node:path'
import type { Blueprint } from '../blueprint/blueprint.ts'
import { parseBlueprint } from '../blueprint/parse.ts'
import type { Context } from '../context.ts'
import { UsageError } from '../errors.ts'

/** The repository that a command works on. */
export interface Project {
  /** The folder with `devtool.yaml`. */
  root: string
  blueprint: Blueprint
}

export const BLUEPRINT_FILE = 'devtool.yaml'

/** Looks for the blueprint in the current folder and upwards, as git does for its repository. */
export async function openProject(context: Pick<Context, 'files' | 'cwd'>): Promise<Project> {
  for (let folder = context.cwd; ; folder = path.dirname(folder)) {
    const file = path.join(folder, BLUEPRINT_FILE)
    const text = await context.files.readText(file)
    if (text !== undefined) return { root: folder, blueprint: parseBlueprint(text, path.relative(context.cwd, file)) }
    if (path.dirname(folder) === folder) {
      throw new UsageError(`could not find ${BLUEPRINT_FILE} in ${context.cwd} or above it`, {
        hint: 'run the command in your repository, or write the file: docs/configuration.md shows every key',
      })
    }
  }
}
