import path from 'node:path'
import type { Context } from '../context.ts'
import { UsageError } from '../errors.ts'
import type { CliSource } from '../rendering/workflows.ts'

type SourceContext = Pick<Context, 'files' | 'version'>

interface Places {
  /** Of the repository. */
  top: string
  /** Of `devtool.yaml`, relative to it; `''` when it is the same. */
  folder: string
  /** What `--package` said. */
  asked: string | undefined
  /** The package that the workflows install now. */
  present: string | undefined
}

const NAME = 'devtool'
/** One version of a package, or an archive that is fetched by its address. */
const EXACT = /^(?:(?:@[a-z0-9-][a-z0-9._-]*\/)?[a-z0-9-][a-z0-9._-]*@\d+\.\d+\.\d+[\w.+-]*|https:\/\/[\w.:/@%~+-]+\.tgz)$/

/**
 * How a workflow is to get the CLI. It is never fetched by the name `devtool` alone: on the npm registry that is another program, and the workflow
 * would run it with the credentials of the account.
 */
export async function findCliSource(context: SourceContext, { top, folder, asked, present }: Places): Promise<CliSource> {
  if (asked !== undefined) return packageOf(asked)
  if (await isOwnRepository(context, top)) return { kind: 'source' }
  if (present !== undefined) return packageOf(present)
  for (const place of new Set([folder, ''])) {
    if (await isLocked(context, top, place)) return { kind: 'lock', folder: place }
  }
  throw new UsageError('could not tell how a workflow gets DevTool: no package-lock.json of this repository has it', {
    hint: `npm install --save-dev ./${NAME}-${context.version}.tgz, with the archive in the repository; or devtool init --package <name@version, or the https address of an archive>`,
  })
}

function packageOf(spec: string): CliSource {
  if (EXACT.test(spec)) return { kind: 'package', spec }
  throw new UsageError(
    `could not use the package ${JSON.stringify(spec)}: allowed is a name with one exact version, or the https address of a .tgz`,
    {
      hint: 'devtool init --package @acme/devtool@1.2.3',
    },
  )
}

async function isOwnRepository({ files }: SourceContext, top: string): Promise<boolean> {
  if (!(await files.exists(path.join(top, 'cli', 'src', 'main.ts')))) return false
  return nameIn(await files.readText(path.join(top, 'package.json'))) === NAME
}

function nameIn(json: string | undefined): unknown {
  return (parse(json) as { name?: unknown } | null)?.name
}

/** Refuses a lock file that names an archive which no other checkout has. */
async function isLocked({ files }: SourceContext, top: string, folder: string): Promise<boolean> {
  const file = path.posix.join(folder, 'package-lock.json')
  const lock = parse(await files.readText(path.join(top, file))) as {
    packages?: Record<string, { resolved?: unknown; link?: unknown }>
  } | null
  const entry = lock?.packages?.[`node_modules/${NAME}`]
  if (entry === undefined) return false
  const resolved = String(entry.resolved ?? '')
  const local = /^file:(.*)$/.exec(resolved)?.[1]
  const outside = local !== undefined && path.posix.join(folder, local).startsWith('..')
  if (entry.link !== true && !outside && (local === undefined || !path.isAbsolute(local))) return true
  throw new UsageError(`could not use ${file}: it has DevTool from ${resolved}, which is not in this repository`, {
    hint: `put the archive into the repository: npm install --save-dev ./<folder>/${NAME}-<version>.tgz`,
  })
}

function parse(json: string | undefined): unknown {
  try {
    return json === undefined ? null : JSON.parse(json)
  } catch {
    return null
  }
}
