import { inspectFile } from './header.ts'
import type { RenderedFile } from './render.ts'

/** Written by the tool as data and read back by it: what they say is taken over before a render, so the fresh file holds it already. */
const dataFiles = new Set(['environment.json', 'images.auto.tfvars.json'])

/** `terraform init` completes it; an environment keeps the provider that it was created with. */
const lockFile = '.terraform.lock.hcl'

export interface Conflict {
  path: string
  /** Ends the sentence `could not render <path>: ...`. */
  reason: string
}

export interface Merge {
  /** To be written: new, or generated before and untouched since. */
  writes: RenderedFile[]
  /** Generated, then edited by hand; left alone because the fresh render is what was rendered then. Paths. */
  keeps: string[]
  /** Writing would lose somebody's work. Nothing should be written while there is one. */
  conflicts: Conflict[]
}

type Verdict = 'write' | 'keep' | 'same' | { reason: string }

function judge(existing: string | undefined, fresh: RenderedFile, overwrite: boolean): Verdict {
  if (existing === undefined) return 'write'
  if (existing === fresh.content) return 'same'
  if (overwrite || dataFiles.has(fresh.path)) return 'write'
  if (fresh.path === lockFile) return 'same'
  const found = inspectFile(existing)
  if (!found.generated) return { reason: 'a file of that name is there already, and devtool did not write it' }
  if (!found.edited) return 'write'
  if (found.digest === inspectFile(fresh.content).digest) return 'keep'
  return { reason: 'it was edited by hand, and a fresh render is different from the one that was edited' }
}

/**
 * Decides what a fresh render does to the files that are there. Files of other names (`queue.tf`) are nobody's business here: they are
 * neither written nor reported. With `overwrite` the fresh render wins over every edit.
 */
export function merge(existing: ReadonlyMap<string, string>, fresh: readonly RenderedFile[], options: { overwrite: boolean }): Merge {
  const result: Merge = { writes: [], keeps: [], conflicts: [] }
  for (const file of fresh) {
    const verdict = judge(existing.get(file.path), file, options.overwrite)
    if (verdict === 'write') result.writes.push(file)
    else if (verdict === 'keep') result.keeps.push(file.path)
    else if (verdict !== 'same') result.conflicts.push({ path: file.path, reason: verdict.reason })
  }
  return result
}
