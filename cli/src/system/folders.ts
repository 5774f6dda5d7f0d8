import path from 'node:path'

/** Where what can be made again is kept for this user, after the XDG base directory specification. */
export function cacheFolder(variables: Readonly<Record<string, string | undefined>>): string {
  const base = variables['XDG_CACHE_HOME']
  if (base !== undefined && path.isAbsolute(base)) return path.join(base, 'devtool')
  return path.join(variables['HOME'] ?? '/tmp', '.cache', 'devtool')
}

/** Where what must outlive a command is kept for this user. */
export function stateFolder(variables: Readonly<Record<string, string | undefined>>): string {
  const base = variables['XDG_STATE_HOME']
  if (base !== undefined && path.isAbsolute(base)) return path.join(base, 'devtool')
  return path.join(variables['HOME'] ?? '/tmp', '.local', 'state', 'devtool')
}
