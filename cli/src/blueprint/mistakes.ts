import { UsageError } from '../errors.ts'

export type Path = readonly (string | number)[]

/** One mistake in a file. `line` and `column` count from 1. */
export interface Mistake {
  line: number
  column: number
  path: Path
  /** What was found and what is allowed, in one line. */
  problem: string
}

/** More than anybody reads, and an end for a file that holds nothing but mistakes. */
const shown = 100

/** One error for all mistakes of a file, in the order of the file. */
export function mistakesError(file: string, mistakes: readonly Mistake[], hint: string): UsageError {
  const sorted = [...mistakes].sort((a, b) => a.line - b.line || a.column - b.column)
  // A text that is too long and malformed breaks two rules that say the same.
  const ordered = [...new Set(sorted.map((mistake) => `  ${describeMistake(file, mistake)}`))]
  const lines = ordered.slice(0, shown)
  if (ordered.length > shown) lines.push(`  and ${ordered.length - shown} more`)
  const count = ordered.length === 1 ? '1 mistake' : `${ordered.length} mistakes`
  return new UsageError(`could not read ${file}: ${count}\n${lines.join('\n')}`, { hint })
}

function describeMistake(file: string, mistake: Mistake): string {
  const place = `${file}:${mistake.line}:${mistake.column}`
  return mistake.path.length === 0 ? `${place} ${mistake.problem}` : `${place} ${formatPath(mistake.path)}: ${mistake.problem}`
}

/** `services.api.port`, with what is not a plain word in quotes. */
export function formatPath(path: Path): string {
  return path.map((part) => (/^[A-Za-z0-9_-]{1,64}$/.test(String(part)) ? String(part) : quote(String(part)))).join('.')
}

/** A value of a file that anybody may have written, cut and in quotes. */
export function quote(text: string): string {
  return harmless(JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text))
}

/** Without the characters that steer a terminal or reverse its text. */
export function harmless(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** The allowed word that is meant, when one is near enough: a slip of the fingers, not a guess. */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  if (word.length > 64) return undefined
  const lower = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of allowed) {
    const distance = editDistance(lower, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment) that make `b` of `a`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let cost = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
