import type { ResolvedBlueprint } from '../blueprint/blueprint.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { templateFor } from './catalog.ts'
import { formatHcl } from './format.ts'
import { jsonWithHeader, withHeader } from './header.ts'
import { imagesFile } from './images.ts'
import { viewOf } from './view.ts'

export interface RenderedFile {
  /** Relative to the environment's folder. */
  path: string
  content: string
}

export interface RenderOptions {
  /** The folder of the Terraform modules, relative to the environment's folder: `../../modules`. Used when no `modules` pin is set. */
  modulesPath: string
}

const terraformFiles = ['terraform.tf', 'providers.tf', 'main.tf', 'variables.tf', 'outputs.tf']

/** The document's keys in the order in which a reader wants them, whatever order the caller built them in. */
function documentJson(document: EnvironmentDocument): string {
  const { schema, name, project, template, target, pinned, repository, pullRequest, branch, commit, ttl, modules, images, github } =
    document
  const ordered = {
    schema,
    name,
    project,
    template,
    target,
    pinned,
    repository,
    pullRequest,
    branch,
    commit,
    ttl,
    modules,
    images: sorted(images),
    ...(github === undefined ? {} : { github: orderedIds(github) }),
  }
  return `${JSON.stringify(ordered, null, 2)}\n`
}

function orderedIds({ repositoryId, ownerId, subject, dedicatedPreviews }: NonNullable<EnvironmentDocument['github']>) {
  return { repositoryId, ownerId, subject, ...(dedicatedPreviews === undefined ? {} : { dedicatedPreviews }) }
}

function sorted(images: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(images).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * The files of an environment's root module. Pure: the same blueprint, document and options give the same bytes, already laid out as
 * `terraform fmt` does it. `.terraform.lock.hcl` (`templates/terraform.lock.hcl`) is the caller's to add.
 */
export function render(blueprint: ResolvedBlueprint, document: EnvironmentDocument, options: RenderOptions): RenderedFile[] {
  const { template } = document
  const view = viewOf(blueprint, document, options)
  const files = terraformFiles.map((path) => {
    const body = formatHcl(templateFor(`${template}/${path}.hbs`)(view))
    return { path, content: withHeader(template, body) }
  })
  if (template !== 'platform') files.push({ path: imagesFile, content: jsonWithHeader(template, { images: sorted(document.images) }) })
  return [...files, { path: 'environment.json', content: documentJson(document) }]
}
