import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'

/** @type {Record<string, string>} */
const types = { '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8' }

/**
 * The files of public/, held in memory; only what was there at the start can ever be served.
 * @returns {{ files: Map<string, { type: string, text: string }>, version: string }} version changes with any content
 */
export function readAssets() {
  const folder = new URL('../public/', import.meta.url)
  const files = new Map()
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) {
    const text = readFileSync(new URL(name, folder), 'utf8')
    files.set(name, { type: types[extname(name)] ?? 'application/octet-stream', text })
    hash.update(text)
  }
  return { files, version: hash.digest('hex').slice(0, 10) }
}
