/** Where things are, and the few helpers that the toolchain's parts share. Plain Node: this runs before any dependency is installed. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
export const cache = path.join(root, '.cache')
export const toolchainFile = path.join(cache, 'toolchain.json')

/** `linux_amd64`, as Terraform and its providers name platforms. */
export function platformName(platform = process.platform, arch = process.arch) {
  const os = platform === 'win32' ? 'windows' : platform
  return `${os}_${arch === 'x64' ? 'amd64' : arch}`
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

export function isFolder(folder) {
  try {
    return statSync(folder).isDirectory()
  } catch {
    return false
  }
}

/** Names in a folder, sorted; none if there is no such folder or it cannot be read. */
export function entriesOf(folder) {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** Every file of this name on PATH, first one first. */
export function onPath(name, env = process.env) {
  const folders = (env.PATH ?? '').split(path.delimiter).filter(Boolean)
  return [...new Set(folders)].map((folder) => path.join(folder, name)).filter(isExecutable)
}

/** What a program prints, or `undefined` if it does not end well within the time. */
export function output(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'ignore'], ...options })
  return result.status === 0 ? result.stdout.trim() : undefined
}

/** Changes whenever the file is replaced; cheaper than its content. */
export function stamp(file) {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? 'absent' : `${stat.size}-${stat.mtimeMs}`
}

export function say(text) {
  process.stdout.write(`setup: ${text}\n`)
}
