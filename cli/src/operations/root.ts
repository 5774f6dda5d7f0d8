import path from 'node:path'
import { resolveBlueprint } from '../blueprint/resolve.ts'
import type { Context } from '../context.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { NotFoundError, UserError } from '../errors.ts'
import { adoptImages, imagesFile } from '../rendering/images.ts'
import { merge } from '../rendering/merge.ts'
import { render } from '../rendering/render.ts'
import type { RenderedRoot, Root } from '../targets/target.ts'
import type { Project } from './project.ts'

type RootContext = Pick<Context, 'files' | 'output' | 'assets'>

export const DOCUMENT_FILE = 'environment.json'
const LOCK_FILE = '.terraform.lock.hcl'
/** Where the modules go in a repository that has none of its own. */
const VENDORED_MODULES = 'envs/.modules'

export function directoryOf(name: string): string {
  return path.posix.join('envs', name)
}

/** The input of an environment that was rendered before; `undefined` if there is none. */
export async function readDocument(context: RootContext, project: Project, name: string): Promise<EnvironmentDocument | undefined> {
  const file = path.join(project.root, directoryOf(name), DOCUMENT_FILE)
  const text = await context.files.readText(file)
  if (text === undefined) return undefined
  const { parseDocument } = await import('../environment/document.ts')
  return parseDocument(text, path.join(directoryOf(name), DOCUMENT_FILE))
}

export async function requireDocument(context: RootContext, project: Project, name: string): Promise<EnvironmentDocument> {
  const document = await readDocument(context, project, name)
  if (document !== undefined) return document
  throw new NotFoundError(`could not find ${directoryOf(name)}/${DOCUMENT_FILE} in this repository`, {
    hint: `devtool env create ${name} renders it; devtool env list shows the environments that exist`,
  })
}

/**
 * Writes the root of an environment, or brings it up to date with the blueprint and its document. Files that a person made are left alone;
 * a generated file that a person edited is kept while the fresh rendering has nothing new for it, and stops the command otherwise.
 */
export async function writeRoot(
  context: RootContext,
  project: Project,
  document: EnvironmentDocument,
  options: { overwrite: boolean; images: Readonly<Record<string, string>> },
): Promise<RenderedRoot> {
  const { files, output } = context
  const directory = directoryOf(document.name)
  const folder = path.join(project.root, directory)
  const existing = await readExisting(context, folder)

  // An image that was changed by hand in the variables file is what the person wants to run; one named on the command line wins.
  const adopted = options.overwrite ? document : adoptImages(document, existing.get(imagesFile))
  const final = { ...adopted, images: { ...adopted.images, ...options.images } }

  const named = Object.hasOwn(project.blueprint.environments, document.name) ? document.name : null
  const modules = await ensureModules(context, project)
  const resolved = resolveBlueprint(project.blueprint, named)
  const fresh = render(resolved, final, { modulesPath: path.posix.relative(directory, modules) })
  const plan = merge(existing, fresh, { overwrite: options.overwrite })
  if (plan.conflicts.length > 0) {
    const list = plan.conflicts.map((conflict) => `  ${directory}/${conflict.path}: ${conflict.reason}`)
    throw new UserError(`could not render ${document.name}: files were edited by hand\n${list.join('\n')}`, {
      hint: 'move what you added to a file of its own, or take the fresh rendering with --overwrite',
    })
  }
  for (const file of plan.keeps) output.warn(`${directory}/${file} was edited by hand and is used as it is`)
  for (const file of plan.writes) await files.write(path.join(folder, file.path), file.content)
  if (!existing.has(LOCK_FILE)) {
    const lock = await files.readText(path.join(context.assets, 'templates', 'terraform.lock.hcl'))
    if (lock !== undefined) await files.write(path.join(folder, LOCK_FILE), lock)
  }
  return {
    name: document.name,
    document: final,
    blueprint: resolved,
    repository: project.root,
    rendering: { directory, modules },
  }
}

/** Target local runs the code where it is: nothing is rendered. */
export function localRoot(project: Project, document: EnvironmentDocument): Root {
  const blueprint = resolveBlueprint(project.blueprint, null)
  return { name: document.name, document, blueprint, repository: project.root, rendering: null }
}

async function readExisting(context: RootContext, folder: string): Promise<Map<string, string>> {
  const existing = new Map<string, string>()
  for (const name of await context.files.list(folder)) {
    if (name.endsWith('/')) continue
    const text = await context.files.readText(path.join(folder, name))
    if (text !== undefined) existing.set(name, text)
  }
  return existing
}

/** A repository that carries the modules uses its own; any other gets this version's, beside its environments. */
async function ensureModules(context: RootContext, project: Project): Promise<string> {
  const { files, assets } = context
  if (await files.exists(path.join(project.root, 'modules', 'ecs-service', 'variables.tf'))) return 'modules'
  const source = path.join(assets, 'modules')
  const target = path.join(project.root, VENDORED_MODULES)
  // written by the build over all modules; without it (run from source) every file is compared
  const shipped = await files.readText(path.join(assets, 'dist', 'modules.digest'))
  const stamp = path.join(target, '.digest')
  if (shipped !== undefined && (await files.readText(stamp)) === shipped) return VENDORED_MODULES
  for (const name of await files.walk(source, (folder) => ['tests', 'testing', '.terraform'].includes(folder))) {
    const fresh = await files.readBytes(path.join(source, name))
    const present = await files.readBytes(path.join(target, name))
    if (fresh === undefined || (present !== undefined && Buffer.compare(fresh, present) === 0)) continue
    await files.write(path.join(target, name), fresh)
  }
  if (!(await files.exists(path.join(target, '.gitignore')))) await files.write(path.join(target, '.gitignore'), '*\n')
  if (shipped !== undefined) await files.write(stamp, shipped)
  return VENDORED_MODULES
}
