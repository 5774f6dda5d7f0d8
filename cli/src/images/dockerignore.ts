/**
 * Which files `.dockerignore` keeps out, by the rules of Docker's own matcher (github.com/moby/patternmatcher): a pattern holds for the file and for
 * every folder above it, and the last one that matches decides.
 *
 * @param text of the file
 * @returns whether a path, relative to the build folder and with `/`, is ignored
 */
export function dockerIgnore(text: string): (path: string) => boolean {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap(ruleOf)
  return (path) => {
    const segments = path.split('/')
    const chain = segments.map((_, index) => segments.slice(0, index + 1).join('/'))
    let ignored = false
    for (const { pattern, exception } of rules) {
      if (exception === ignored && chain.some((each) => pattern.test(each))) ignored = !exception
    }
    return ignored
  }
}

interface Rule {
  pattern: RegExp
  /** It began with `!`: what it matches is not ignored. */
  exception: boolean
}

function ruleOf(line: string): Rule[] {
  const trimmed = line.trim()
  if (line.startsWith('#') || trimmed === '') return []
  const exception = trimmed.startsWith('!')
  const clean = cleanPath(exception ? trimmed.slice(1).trim() : trimmed)
  if (clean === '') return []
  try {
    return [{ pattern: new RegExp(`^${expressionOf(clean)}$`, 's'), exception }]
  } catch {
    // Docker refuses the pattern, and so the build; for the digest every file counts then
    return []
  }
}

function cleanPath(pattern: string): string {
  const kept: string[] = []
  for (const segment of pattern.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return kept.join('/')
}

function expressionOf(pattern: string): string {
  const token = /\*\*\/|\*\*|\*|\?|\\.|\[(?:\\.|[^\]\\])+\]|./gs
  return pattern.replace(token, (found, at: number) => {
    if (found.startsWith('**')) return at + found.length === pattern.length ? '.*' : '(?:.*/)?'
    if (found === '*') return '[^/]*'
    if (found === '?') return '[^/]'
    if (found.startsWith('[')) return found
    return (found.length > 1 ? found.slice(1) : found).replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
  })
}
