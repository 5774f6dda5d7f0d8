import path from 'node:path'
import { UserError } from '../../errors.ts'
import type { Files } from '../../system/files.ts'
import type { Random } from '../../system/random.ts'
import type { Run } from '../../system/run.ts'
import { type Account, runAs } from './account.ts'
import { failure } from './failure.ts'
import { majorOf, type PostgresBinaries } from './installed.ts'

export interface ClusterPorts {
  files: Files
  run: Run
  random: Random
  variables: Readonly<Record<string, string | undefined>>
}

export interface Place {
  /** Holds `data/`, `password` (the superuser's, 0600) and `server.log`. */
  folder: string
  /** Where it should listen; another port is taken if this one is. */
  port: number | null
  /** Files. With them every connection has to be encrypted, as on RDS. */
  tls?: { certificate: string; key: string }
}

export const SUPERUSER = 'postgres'

/** Makes the cluster in `place.folder` if there is none. The password of its superuser. */
export async function prepareCluster(ports: ClusterPorts, place: Place, binaries: PostgresBinaries, account: Account): Promise<string> {
  const data = path.join(place.folder, 'data')
  const made = (await ports.files.readText(path.join(data, 'PG_VERSION')))?.trim()
  if (made === undefined) await makeCluster(ports, place.folder, binaries, account)
  else if (made !== majorOf(binaries.version)) throw otherVersion(place.folder, made, binaries)
  const password = (await ports.files.readText(path.join(place.folder, 'password')))?.trim()
  if (password === undefined || password === '') {
    throw new UserError(`the password of the databases in ${place.folder} is gone`, {
      hint: `Put ${path.join(place.folder, 'password')} back, or remove ${place.folder} and apply the environments anew: the databases in it are lost then.`,
    })
  }
  await handOver(ports, data, account)
  return password
}

function otherVersion(folder: string, made: string, { bin, version }: PostgresBinaries): UserError {
  return new UserError(`the databases in ${folder} were made by Postgres ${made}, and ${bin} is ${version}`, {
    hint: `Set the version of the blueprint's database to "${made}", or DEVTOOL_POSTGRES_BIN to the programs of ${made}; or destroy the local environments, remove ${folder} and apply them anew: the databases in it are lost then.`,
  })
}

/** In a folder beside its place, so that what is cut off half-way is never taken for a cluster. */
async function makeCluster(ports: ClusterPorts, folder: string, binaries: PostgresBinaries, account: Account): Promise<void> {
  const { files, random } = ports
  const [data, fresh, secret] = ['data', 'data.new', 'password.new'].map((name) => path.join(folder, name)) as [string, string, string]
  if ((await files.list(data)).length > 0) {
    throw new UserError(`could not use ${data}: it holds something, but no databases`, { hint: `Move it away, then run it again.` })
  }
  const password = random.secret(24)
  await files.remove(fresh)
  try {
    await files.makeFolder(fresh, { mode: 0o700 })
    await files.write(secret, password, { mode: 0o600 })
    for (const file of account.owner === undefined ? [] : [fresh, secret])
      await files.setOwner(file, account.owner as { uid: number; gid: number })
    await initialise(folder, fresh, secret, binaries, account)
    await files.write(path.join(folder, 'password'), password, { mode: 0o600 })
    await files.move(fresh, data)
  } finally {
    await files.remove(secret)
    await files.remove(fresh)
  }
}

async function initialise(
  folder: string,
  data: string,
  secret: string,
  { bin, version }: PostgresBinaries,
  account: Account,
): Promise<void> {
  const basic = ['-D', data, '-U', SUPERUSER, '--pwfile', secret, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C']
  // sorted and compared as in the en_US of RDS, the same on every system
  const icu = Number(majorOf(version)) >= 15 ? ['--locale-provider=icu', '--icu-locale=en-US'] : []
  const run = (args: readonly string[]): ReturnType<typeof runAs> => runAs(account, path.join(bin, 'initdb'), args)
  let made = await run([...basic, ...icu])
  if (made.exitCode !== 0 && made.lines.some((line) => /ICU is not supported/.test(line))) made = await run(basic)
  if (made.exitCode !== 0) throw failure(folder, made.lines, `initdb ended with exit code ${made.exitCode}`)
}

/** The account may be another than last time, as folders are opened and closed. */
async function handOver({ run, variables }: ClusterPorts, data: string, { owner }: Account): Promise<void> {
  if (owner === undefined) return
  // -h: what the server's account put there as a link must not give it the file behind
  await run('chown', ['-hR', owner.name, data], { cwd: '/', env: variables })
}

/** What the server reads at its start beside the data; the arguments that tell it. */
export async function writeSettings({ files }: Pick<ClusterPorts, 'files'>, place: Place, account: Account): Promise<string[]> {
  const settings: string[] = []
  const add = async (name: string, setting: string, content: string | Uint8Array): Promise<void> => {
    const file = path.join(place.folder, name)
    await files.write(file, content, { mode: 0o600 })
    if (account.owner !== undefined) await files.setOwner(file, account.owner)
    settings.push('-c', `${setting}=${file}`)
  }
  await add('pg_hba.conf', 'hba_file', `${place.tls === undefined ? 'host' : 'hostssl'} all all 127.0.0.1/32 scram-sha-256\n`)
  if (place.tls === undefined) return settings
  await add('server.crt', 'ssl_cert_file', await present(files, place.tls.certificate))
  await add('server.key', 'ssl_key_file', await present(files, place.tls.key))
  return [...settings, '-c', 'ssl=on']
}

async function present(files: Files, file: string): Promise<Uint8Array> {
  const content = await files.readBytes(file)
  if (content === undefined) throw new UserError(`could not start Postgres with TLS: there is no ${file}`)
  return content
}
