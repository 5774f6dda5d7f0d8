import { realpathSync } from 'node:fs'
import path from 'node:path'
import { entriesOf, isExecutable, onPath, output } from './shared.mjs'

const PROGRAMS = ['initdb', 'pg_ctl', 'postgres']

function* candidates(env) {
  for (const file of onPath('postgres', env)) yield path.dirname(realpathSync(file))
  const versions = (folder, pattern) =>
    entriesOf(folder)
      .filter((name) => pattern.test(name))
      .sort((a, b) => Number.parseInt(b.replace(/\D+/, ''), 10) - Number.parseInt(a.replace(/\D+/, ''), 10))
      .map((name) => path.join(folder, name, 'bin'))
  yield* versions('/usr/lib/postgresql', /^\d/)
  yield* versions('/usr', /^pgsql-\d/)
  yield* versions('/opt/homebrew/opt', /^postgresql@\d/)
  yield* versions('/usr/local/opt', /^postgresql@\d/)
}

/** The folder of the server's programs; Debian keeps them off PATH. */
export function findPostgres(env = process.env) {
  for (const folder of env.DEVTOOL_POSTGRES_BIN ? [env.DEVTOOL_POSTGRES_BIN] : candidates(env)) {
    if (!PROGRAMS.every((name) => isExecutable(path.join(folder, name)))) continue
    const version = /(\d+(\.\d+)?)/.exec(output(path.join(folder, 'postgres'), ['--version']) ?? '')?.[1]
    if (version !== undefined) return { bin: folder, version }
  }
  return undefined
}
