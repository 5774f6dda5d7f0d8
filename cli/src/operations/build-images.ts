import type { Blueprint } from '../blueprint/blueprint.ts'
import type { Context } from '../context.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { CancelledError, ToolError, UsageError } from '../errors.ts'
import type { BuildFailure, BuiltImage } from '../images/build.ts'
import type { Architecture, Build } from '../images/ports.ts'
import { MIGRATIONS_IMAGE } from './images.ts'
import type { Project } from './project.ts'
import { requireDocument, writeRoot } from './root.ts'

type BuildContext = Pick<Context, 'files' | 'run' | 'variables' | 'output' | 'git' | 'interrupt' | 'assets' | 'aws'>

export interface ImagesRequest {
  /** Names of services, or `migrations`; none means all that have `build`. */
  services: readonly string[]
  /** The environment whose images are set to what was built. */
  environment: string | undefined
  architecture: Architecture | undefined
}

/** What `images build` prints. */
export interface ImagesResult {
  platform: string
  commit: string | null
  /** The folder of the environment that runs these images from its next apply on; null when none was named. */
  directory: string | null
  images: PinnedImage[]
}

interface PinnedImage {
  /** Name of the service, or `migrations`. */
  name: string
  /** `<project>/<service>@sha256:...`, within the account's own registry. */
  image: string
  tags: string[]
  /** By this run; otherwise it had been pushed before. */
  built: boolean
}

/** Builds and pushes the images that the registry does not have, and pins their digests into an environment. */
export async function buildProjectImages(context: BuildContext, project: Project, request: ImagesRequest): Promise<ImagesResult> {
  const { output, interrupt } = context
  const architecture = request.architecture ?? project.blueprint.architecture
  const builds = chosen(project.blueprint, request.services)
  const document = request.environment === undefined ? undefined : await requireDocument(context, project, request.environment)
  if (document?.template === 'platform') throw new UsageError(`could not set the images of ${document.name}: it runs none`)
  const commit = (await context.git.head(project.root))?.commit ?? null
  warnBefore(context, { document, architecture, tasks: project.blueprint.architecture, commit })

  const platform = `linux/${architecture}`
  const label = `${builds.length} ${builds.length === 1 ? 'image' : 'images'} for ${platform}`
  const [{ buildImages }, { imageRegistry }] = await Promise.all([import('../images/build.ts'), import('../aws/images.ts')])
  const registry = imageRegistry(await context.aws(project))
  const order = { root: project.root, project: project.blueprint.project, commit, architecture, builds }
  const { images } = await output.step(label, async (now) => {
    const done = await buildImages({ ...context, registry }, { ...order, now })
    if (done.failures.length > 0 || interrupt.aborted) throw failureOf(done, interrupt.aborted)
    return done
  })
  for (const note of images.flatMap((image) => image.notes)) output.warn(note)

  const pinned = images.map(({ name, repository, digest, tags, built }) => ({ name, image: `${repository}@${digest}`, tags, built }))
  const root =
    document === undefined
      ? undefined
      : await writeRoot(context, project, document, {
          overwrite: false,
          images: Object.fromEntries(pinned.map(({ name, image }) => [name, image])),
        })
  return { platform, commit, directory: root?.rendering.directory ?? null, images: pinned }
}

/** Whether there is anything to build; otherwise every image is named in the blueprint. */
export function hasBuilds({ services, database }: Blueprint): boolean {
  const sources = [...Object.values(services), ...(database?.migrations == null ? [] : [database.migrations])]
  return sources.some(({ build }) => build !== null)
}

/** The folders that are built, in the order of the blueprint. */
function chosen(blueprint: Blueprint, names: readonly string[]): Build[] {
  const sources = new Map(
    Object.entries(blueprint.services).map(([name, { build }]) => [name, { key: `services.${name}.build`, folder: build }]),
  )
  const migrations = blueprint.database?.migrations
  if (migrations != null) sources.set(MIGRATIONS_IMAGE, { key: 'database.migrations.build', folder: migrations.build })
  const builds = [...sources].flatMap(([name, { key, folder }]) => (folder === null ? [] : [{ name, key, folder }]))
  const buildable = builds.map(({ name }) => name).join(', ')
  for (const name of names) {
    if (builds.some((build) => build.name === name)) continue
    const why = sources.has(name) ? 'has a ready-made image' : 'is no service of devtool.yaml'
    throw new UsageError(`could not build ${name}: it ${why}`, {
      hint: buildable === '' ? 'no service has `build`' : `what can be built: ${buildable}`,
    })
  }
  if (builds.length === 0) {
    throw new UsageError('could not build: every service of devtool.yaml has a ready-made image', {
      hint: 'give a service `build: <folder with a Dockerfile>` instead of `image`',
    })
  }
  return names.length === 0 ? builds : builds.filter(({ name }) => names.includes(name))
}

interface Circumstances {
  document: EnvironmentDocument | undefined
  architecture: Architecture
  /** What the tasks run on. */
  tasks: Architecture
  commit: string | null
}

function warnBefore({ output }: BuildContext, { document, architecture, tasks, commit }: Circumstances): void {
  if (document === undefined) return
  if (architecture !== tasks)
    output.warn(`the tasks of ${document.name} run on ${tasks}, as architecture in devtool.yaml says: ${architecture} would not start`)
  if (document.commit === null || document.commit === commit) return
  output.warn(`${document.name} is of commit ${document.commit.slice(0, 12)}, these images are of ${commit?.slice(0, 12) ?? 'no commit'}`)
}

/** One error for all that failed; what was pushed stays, and the next run finds it. */
function failureOf({ images, failures }: { images: BuiltImage[]; failures: BuildFailure[] }, interrupted: boolean): Error {
  const done = images.map(({ name }) => name).join(', ')
  if (interrupted)
    return new CancelledError('interrupted: images were not all built', { hint: 'run the command again: what was pushed is kept' })
  const [first, ...others] = failures
  const kept = done === '' ? '' : `${done} ${images.length === 1 ? 'is' : 'are'} in the registry; `
  const hint = `${kept}an image holds what git sees: a file that git ignores is not there when it is built`
  if (first !== undefined && others.length === 0)
    return new ToolError(first.error.message, { hint: first.error.hint ?? hint, cause: first.error })
  return new ToolError(failures.map(({ error }) => error.message).join('\n'), { hint, cause: first?.error })
}
