import path from 'node:path'
import { ToolError, UserError } from '../errors.ts'
import type { Login, Machine } from './ports.ts'

/** Docker, logged in to one registry for as long as `work` lasts. */
export interface Docker {
  build(request: BuildRequest): Promise<string>
}

interface BuildRequest {
  name: string
  /** The build context, with a `Dockerfile`. */
  context: string
  platform: string
  /** Whole references: host, repository and tag. */
  tags: readonly string[]
  cacheFrom: string | undefined
  cacheTo: string
  /** A file that does not exist yet. */
  metadata: string
}

/** What docker and buildx read; none of the account's credentials. */
const PASSED =
  /^(PATH|HOME|USER|LANG|LC_\w+|TMPDIR|XDG_\w+|SSH_AUTH_SOCK|SSL_CERT_\w+|DOCKER_\w+|BUILDX_\w+|BUILDKIT_\w+|(HTTPS?|NO|ALL)_PROXY)$/i

const BUILDX_HINT = 'install it: apt-get install docker-buildx-plugin, or https://github.com/docker/buildx#installing'
const LAST_LINES = 20

/**
 * Gives `work` a docker that may push to the registry. The password goes into a configuration folder that only this user can read and that is gone
 * afterwards; the user's own configuration is not written to, and what it holds (builders, contexts, plugins, other logins) counts.
 *
 * @param scratch a folder of one's own that the caller removes
 */
export async function openDocker(machine: Machine, login: Login, scratch: string): Promise<Docker> {
  const { files, run, variables, interrupt } = machine
  const own = variables['DOCKER_CONFIG'] ?? path.join(variables['HOME'] ?? '/', '.docker')
  const folder = path.join(scratch, 'docker')
  await writeConfiguration(files, { own, folder, login })
  const passed = Object.fromEntries(Object.entries(variables).filter(([name]) => PASSED.test(name)))
  const env = { ...passed, DOCKER_CONFIG: folder }
  const docker = (...args: string[]) => run('docker', args, { cwd: scratch, env, allowFailure: true, interrupt, ownGroup: true })
  await requireBuilder(docker)

  return {
    build: async (request) => {
      const result = await docker(...buildArguments(request))
      if (result.exitCode !== 0) {
        throw new ToolError(`could not build ${request.name}: docker ended with exit code ${result.exitCode}\n${lastLines(result.stderr)}`)
      }
      return digestOf(await files.readText(request.metadata), request.name)
    },
  }
}

function buildArguments({ platform, context, tags, cacheFrom, cacheTo, metadata }: BuildRequest): string[] {
  // ECR takes a cache only as an OCI image manifest; a cache that cannot be written is no reason to fail
  const cache = `type=registry,ref=${cacheTo},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`
  return [
    ...['buildx', 'build', '--push', '--platform', platform, '--provenance=mode=max', '--progress', 'plain'],
    ...tags.flatMap((tag) => ['--tag', tag]),
    ...(cacheFrom === undefined ? [] : ['--cache-from', `type=registry,ref=${cacheFrom}`]),
    ...['--cache-to', cache, '--metadata-file', metadata, '--file', path.join(context, 'Dockerfile'), context],
  ]
}

function digestOf(metadata: string | undefined, name: string): string {
  const digest = metadata === undefined ? undefined : field(metadata, 'containerimage.digest')
  if (digest !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest
  throw new ToolError(`could not build ${name}: docker buildx did not say which image it pushed`, {
    hint: 'update buildx: docker buildx version',
  })
}

function field(json: string, name: string): string | undefined {
  try {
    const value: unknown = (JSON.parse(json) as Record<string, unknown>)[name]
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

type Ask = (...args: string[]) => Promise<{ exitCode: number; stdout: string; stderr: string }>

/** A builder that can export a cache and attestations: any but the `docker` driver, which can only on the containerd image store. */
async function requireBuilder(docker: Ask): Promise<void> {
  const version = await docker('buildx', 'version').catch((error: unknown) => {
    if (!(error instanceof UserError) || (error.cause as { code?: string } | undefined)?.code !== 'ENOENT') throw error
    throw new UserError('could not build images: docker is not installed or not on PATH', {
      hint: 'install Docker Engine with buildx (https://docs.docker.com/engine/install), or Docker Desktop',
      cause: error,
    })
  })
  if (version.exitCode !== 0) throw new UserError('could not build images: this docker has no buildx', { hint: BUILDX_HINT })
  const builder = await docker('buildx', 'inspect')
  const complaint = /^\s*Error:\s*(.+)$/m.exec(builder.stdout)?.[1] ?? (builder.exitCode === 0 ? undefined : lastLines(builder.stderr, 1))
  if (complaint !== undefined) {
    throw new UserError(`could not build images: docker's builder does not answer: ${complaint}`, {
      hint: 'start Docker, or choose another builder: docker buildx ls, docker buildx use',
    })
  }
  if (/^Driver:\s*(\S+)/m.exec(builder.stdout)?.[1] !== 'docker') return
  const info = await docker('info', '--format', '{{json .DriverStatus}}')
  if (info.exitCode === 0 && info.stdout.includes('io.containerd.snapshotter')) return
  throw new UserError("could not build images: docker's builder (driver docker) can push neither provenance nor a cache", {
    hint: 'make one that can: docker buildx create --name devtool --driver docker-container --use',
  })
}

interface Configuration {
  /** The user's own folder. */
  own: string
  folder: string
  login: Login
}

/** The user's configuration and this login. What lies beside it (builders, contexts, plugins, certificates) is linked to. */
async function writeConfiguration(files: Machine['files'], { own, folder, login }: Configuration): Promise<void> {
  const { host, username, password } = login
  const { credsStore, ...kept } = readConfiguration(await files.readText(path.join(own, 'config.json')), own)
  const auths = { ...kept.auths, [host]: { auth: Buffer.from(`${username}:${password}`).toString('base64') } }
  // a store for everything would be asked for this registry, too: it stays for the others, by name
  const stored = credsStore === undefined ? {} : Object.fromEntries(Object.keys(kept.auths ?? {}).map((name) => [name, credsStore]))
  const { [host]: _, ...credHelpers } = { ...stored, ...kept.credHelpers }
  await files.makeFolder(folder, { mode: 0o700 })
  await files.write(path.join(folder, 'config.json'), JSON.stringify({ ...kept, auths, credHelpers }), { mode: 0o600 })
  for (const entry of await files.list(own)) {
    const name = entry.replace(/\/$/, '')
    if (name !== 'config.json') await files.makeLink(path.join(own, name), path.join(folder, name))
  }
}

interface DockerConfiguration {
  auths?: Record<string, unknown>
  credHelpers?: Record<string, string>
  credsStore?: string
}

function readConfiguration(text: string | undefined, folder: string): DockerConfiguration {
  if (text === undefined) return {}
  try {
    return JSON.parse(text) as DockerConfiguration
  } catch (error) {
    throw new UserError(`could not read ${path.join(folder, 'config.json')}: it is not JSON`, { cause: error })
  }
}

function lastLines(text: string, count = LAST_LINES): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(-count).join('\n')
}
