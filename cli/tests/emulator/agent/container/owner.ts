import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'

/** Whom a process runs as, in place of the image's `USER`. */
export interface Owner {
  uid: number
  gid: number
}

/** Exists on every system and owns nothing. */
const NOBODY: Owner = { uid: 65_534, gid: 65_534 }

/**
 * Where we are root, somebody who is not, as in the images; `undefined` where we are nobody special ourselves, or where these files are
 * out of reach for others (a repository in root's home).
 */
export function unprivileged(files: readonly string[]): Owner | undefined {
  return process.getuid?.() === 0 && files.every(isOpenToAll) ? NOBODY : undefined
}

function isOpenToAll(file: string): boolean {
  const real = realpathSync(file)
  if ((statSync(real).mode & 0o005) !== 0o005 && statSync(real).isDirectory()) return false
  if ((statSync(real).mode & 0o004) === 0) return false
  for (let folder = path.dirname(real); ; folder = path.dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === path.dirname(folder)) return true
  }
}
