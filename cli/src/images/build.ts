import path from 'node:path'
import { UserError } from '../errors.ts'
import { type Docker, openDocker } from './docker.ts'
import type { Architecture, Build, ImageRegistry, Machine } from './ports.ts'
import { readSource, requireDockerfiles, type Source } from './source.ts'
import { cacheTag, commitTag, treeTag } from './tags.ts'

interface BuildPorts extends Machine {
  registry: ImageRegistry
}

interface BuildOrder {
  /** Folder of the project. */
  root: string
  project: string
  commit: string | null
  architecture: Architecture
  builds: readonly Build[]
  /** Told what is happening: `1/3  api, web building`. */
  now: (text: string) => void
}

/** An image that is in the registry. */
export interface BuiltImage {
  name: string
  /** `<project>/<service>`. */
  repository: string
  digest: string
  /** Tags that name it, of those that it should have. */
  tags: string[]
  /** By this run; otherwise it was there. */
  built: boolean
  /** Why a tag is missing. */
  notes: string[]
}

export interface BuildFailure {
  name: string
  error: UserError
}

const AT_ONCE = 2

/** Builds and pushes what the registry does not have yet. A build that fails does not stop the others; any other error does. */
export async function buildImages(ports: BuildPorts, order: BuildOrder): Promise<{ images: BuiltImage[]; failures: BuildFailure[] }> {
  await requireDockerfiles(ports, order.root, order.builds)
  order.now('comparing with the registry')
  const items = await Promise.all(order.builds.map((build) => prepare(ports, order, build)))
  const done: Done = { images: new Map(), failures: [] }
  const found = await Promise.all(items.map((item) => reuse(ports, item)))
  for (const image of found) if (image !== undefined) done.images.set(image.name, image)
  const missing = items.filter(({ build }) => !done.images.has(build.name))
  if (missing.length > 0) await buildMissing(ports, order, missing, done)
  return { images: items.flatMap(({ build }) => done.images.get(build.name) ?? []), failures: done.failures }
}

interface Done {
  images: Map<string, BuiltImage>
  failures: BuildFailure[]
}

async function buildMissing(ports: BuildPorts, order: BuildOrder, missing: readonly Item[], done: Done): Promise<void> {
  const scratch = await ports.files.temporaryFolder('devtool-images-')
  const running = new Set<string>()
  const show = (): void => {
    const ended = done.images.size + done.failures.length
    if (running.size > 0) order.now(`${ended}/${order.builds.length}  ${[...running].join(', ')} building`)
  }
  try {
    const login = await ports.registry.login()
    const docker = await openDocker(ports, login, scratch)
    await eachAtOnce(missing, AT_ONCE, async (item) => {
      const { name } = item.build
      if (ports.interrupt.aborted) return
      running.add(name)
      show()
      try {
        done.images.set(name, await build({ ...ports, docker, host: login.host, scratch }, order, item))
      } catch (error) {
        if (!(error instanceof UserError)) throw error
        done.failures.push({ name, error })
      }
      running.delete(name)
      show()
    })
  } finally {
    await ports.files.remove(scratch)
  }
}

/** A folder that is to be an image, and what the image will be called. */
interface Item {
  build: Build
  source: Source
  repository: string
  tree: string
  /** `null` when the folder is not what the commit holds, or there is no commit. */
  commit: string | null
  notes: string[]
}

async function prepare(ports: BuildPorts, order: BuildOrder, build: Build): Promise<Item> {
  const source = await readSource(ports, order.root, build)
  const repository = `${order.project}/${build.name}`
  const tree = treeTag(source.digest, order.architecture)
  if (source.committed && order.commit !== null) return { build, source, repository, tree, commit: commitTag(order.commit), notes: [] }
  const why = order.commit === null ? 'there is no commit' : `${build.folder} holds changes that are not committed`
  return { build, source, repository, tree, commit: null, notes: [`${repository} gets no tag of the commit: ${why}`] }
}

/** The image if it was pushed before, with the commit's tag on it. */
async function reuse({ registry }: BuildPorts, item: Item): Promise<BuiltImage | undefined> {
  const { repository, tree, commit } = item
  const [stored, taken] = await Promise.all([
    registry.find(repository, tree),
    commit === null ? undefined : registry.find(repository, commit),
  ])
  if (stored === undefined) return undefined
  const named = commit === null ? undefined : (taken?.digest ?? (await registry.addTag(repository, stored, commit)))
  return imageOf(item, stored.digest, { built: false, named })
}

interface BuildSession extends BuildPorts {
  docker: Docker
  /** Of the registry. */
  host: string
  scratch: string
}

async function build(ports: BuildSession, order: BuildOrder, item: Item): Promise<BuiltImage> {
  const { registry, docker, host, scratch } = ports
  const { repository, tree, commit, source } = item
  const context = path.join(scratch, 'contexts', item.build.name)
  if ((await readSource(ports, order.root, item.build, context)).digest !== source.digest) {
    throw new UserError(`could not build ${item.build.name}: files in ${item.build.folder} were changed in the meantime`, {
      hint: 'run the command again',
    })
  }
  const taken = commit === null ? undefined : await registry.find(repository, commit)
  const tags = commit === null || taken !== undefined ? [tree] : [tree, commit]
  const cache = await registry.newest(repository, cacheTag('', order.architecture))
  const reference = (tag: string): string => `${host}/${repository}:${tag}`
  const request = {
    name: item.build.name,
    context,
    platform: `linux/${order.architecture}`,
    tags: tags.map(reference),
    cacheFrom: cache === undefined ? undefined : reference(cache),
    cacheTo: reference(cacheTag(source.digest, order.architecture)),
    metadata: path.join(scratch, `${item.build.name}.json`),
  }
  try {
    const digest = await docker.build(request)
    return imageOf(item, digest, { built: true, named: commit === null ? undefined : (taken?.digest ?? digest) })
  } catch (error) {
    // another run may have pushed the same tree meanwhile: its tag is taken then, and it is what was wanted
    const pushed = ports.interrupt.aborted ? undefined : await reuse(ports, item)
    if (pushed === undefined) throw error
    return pushed
  }
}

/** @param named the digest that the commit's tag names; `undefined` if there is to be none */
function imageOf(item: Item, digest: string, { built, named }: { built: boolean; named: string | undefined }): BuiltImage {
  const { repository, tree, commit, notes } = item
  const own = commit !== null && named === digest
  const other = commit !== null && named !== undefined && named !== digest
  const taken = `${repository}:${commit} stays on ${named}, which was built of the same commit before: tags are immutable`
  return {
    name: item.build.name,
    repository,
    digest,
    tags: own ? [tree, commit] : [tree],
    built,
    notes: other ? [...notes, taken] : notes,
  }
}

/** Returns when all have ended, also when one throws: nothing works on after it. */
async function eachAtOnce<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker))
  for (const each of ended) if (each.status === 'rejected') throw each.reason
}
