import { UserError } from '../../errors.ts'
import type { Files } from '../../system/files.ts'
import type { Spawn, Spawned } from '../../system/spawn.ts'
import { collectLines } from '../lines.ts'

/** Whom the server runs as. Postgres refuses to run as root, so root hands it to an account that every system has. */
export interface Account {
  /** Whose the files of the server have to be; `undefined` if they are ours anyway. */
  owner: { name: string; uid: number; gid: number } | undefined
  spawn(program: string, args: readonly string[]): Promise<Spawned>
}

export interface AccountPorts {
  files: Files
  spawn: Spawn
  variables: Readonly<Record<string, string | undefined>>
}

const ROOT = { name: 'root', uid: 0, gid: 0 }
const ACCOUNTS = ['postgres', '_postgres', 'nobody']

/**
 * Chooses so that the programs in `bin` can be run and `folder` be entered. Where root's own folders are closed to everybody else, as `/root` is,
 * no other account gets in; there the server keeps root's access to the files and is `nobody` in a user namespace.
 */
export async function chooseAccount(
  ports: AccountPorts,
  place: { bin: string; folder: string },
  root = process.getuid?.() === 0,
): Promise<Account> {
  // messages in English and times in UTC, whatever the machine is set to: they are read here
  const env = { PATH: ports.variables['PATH'], LC_ALL: 'C', TZ: 'UTC' }
  const options = { cwd: '/', env }
  if (!root) return { owner: undefined, spawn: (program, args) => ports.spawn(program, args, options) }

  const found = await accountOf(ports.files)
  const { uid, gid, name } = found
  const other: Account = { owner: found, spawn: (program, args) => ports.spawn(program, args, { ...options, uid, gid }) }
  const closed = await obstacle(other, place).catch(String)
  if (closed === undefined) return other

  const mapping = ['--user', `--map-user=${uid}`, `--map-group=${gid}`, '--']
  const mapped: Account = { owner: ROOT, spawn: (program, args) => ports.spawn('unshare', [...mapping, program, ...args], options) }
  const refused = await obstacle(mapped, place).catch(String)
  if (refused === undefined) return mapped
  const reasons = `it refuses to run as root, ${name} cannot use root's folders (${closed}), and there are no user namespaces (${refused})`
  throw new UserError(`could not start Postgres: ${reasons}`, {
    hint: 'Set XDG_STATE_HOME and XDG_CACHE_HOME to folders that others can enter, such as /var/lib/devtool and /var/cache/devtool, or run it as another user.',
  })
}

async function accountOf(files: Files): Promise<{ name: string; uid: number; gid: number }> {
  const lines = ((await files.readText('/etc/passwd')) ?? '').split('\n').map((line) => line.split(':'))
  for (const name of ACCOUNTS) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? []
    if (Number(uid) > 0 && Number(gid) > 0) return { name, uid: Number(uid), gid: Number(gid) }
  }
  throw new UserError('could not start Postgres: it refuses to run as root, and there is no account postgres or nobody to run it as', {
    hint: 'Run it as another user.',
  })
}

/** What keeps an account from running the server there. */
async function obstacle(account: Account, { bin, folder }: { bin: string; folder: string }): Promise<string | undefined> {
  const { exitCode, lines } = await runAs(account, '/bin/sh', ['-c', 'cd "$2" && exec "$1/postgres" --version', 'sh', bin, folder])
  return exitCode === 0 ? undefined : (lines.at(-1) ?? 'it did not say why')
}

/** Runs a program that ends. */
export async function runAs(account: Account, program: string, args: readonly string[]): Promise<{ exitCode: number; lines: string[] }> {
  const spawned = await account.spawn(program, args)
  const lines = collectLines(() => {})
  lines.read(spawned.stdout)
  lines.read(spawned.stderr)
  const { code } = await spawned.ended
  return { exitCode: code ?? 1, lines: lines.last(50) }
}
