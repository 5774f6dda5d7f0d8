/** Reads TypeScript without a compiler, as far as the architecture test needs it. */

/** What a file imports or re-exports from, types included, as the specifiers are written. */
export function importsOf(source: string): string[] {
  const code = withoutComments(source)
  const patterns = [
    /(?:^|[;\n}])\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"\n]+)['"]/g,
    /(?:^|[;\n}])\s*import\s*['"]([^'"\n]+)['"]/g,
    /\bimport\s*\(\s*['"]([^'"\n]+)['"]/g,
  ]
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''))
}

/** The names that a file imports from one module. */
export function namesImportedFrom(source: string, specifier: string): string[] {
  const escaped = specifier.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = new RegExp(`import\\s(?:type\\s)?([^'";]*?)\\sfrom\\s*['"]${escaped}['"]`, 'g')
  const clauses = [...withoutComments(source).matchAll(pattern)].map((match) => match[1] ?? '')
  return clauses.flatMap((clause) => clause.replaceAll(/[{}]/g, '').split(',')).flatMap((name) => name.trim().split(' as ')[0] || [])
}

/** The source with its comments blanked; line numbers stay. */
export function withoutComments(source: string): string {
  return scan(source, (kind, text) => (kind === 'comment' ? blank(text) : text))
}

/** The source with comments and the content of strings and regular expressions blanked. */
export function codeOnly(source: string): string {
  return scan(source, (kind, text) => (kind === 'code' ? text : blank(text)))
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ')
}

type Kind = 'code' | 'comment' | 'string'

function scan(source: string, emit: (kind: Kind, text: string) => string): string {
  let out = ''
  let index = 0
  // the depths at which a template's `${` closes again
  const templates: number[] = []
  let depth = 0
  while (index < source.length) {
    const [kind, end] = token(source, index, templates, depth)
    const text = source.slice(index, end)
    if (text === '{') depth += 1
    if (text.startsWith('}')) depth -= 1
    if (kind === 'string' && text.endsWith('${')) {
      templates.push(depth)
      depth += 1
    }
    out += emit(kind, text)
    index = end
  }
  return out
}

/** The kind and the end of the token at `index`. */
function token(source: string, index: number, templates: number[], depth: number): [Kind, number] {
  const character = source[index] ?? ''
  const two = source.slice(index, index + 2)
  if (two === '//') return ['comment', endOf(source, '\n', index)]
  if (two === '/*') return ['comment', endOf(source, '*/', index + 2) + 2]
  if (character === "'" || character === '"') return ['string', endOfString(source, index + 1, character)]
  if (character === '`') return ['string', endOfTemplate(source, index + 1)]
  if (character === '}' && templates.at(-1) === depth - 1) {
    templates.pop()
    return ['string', endOfTemplate(source, index + 1)]
  }
  // a slash after a value divides; anywhere else a regular expression begins
  if (character === '/' && /(^|[(,=:[!&|?{};+>]|\breturn)\s*$/.test(source.slice(Math.max(0, index - 40), index)))
    return ['string', endOfRegex(source, index + 1)]
  return ['code', index + 1]
}

function endOf(source: string, text: string, from: number): number {
  const end = source.indexOf(text, from)
  return end === -1 ? source.length : end
}

function endOfString(source: string, from: number, quote: string): number {
  for (let index = from; index < source.length; index += 1) {
    if (source[index] === '\\') index += 1
    else if (source[index] === quote || source[index] === '\n') return index + 1
  }
  return source.length
}

function endOfTemplate(source: string, from: number): number {
  for (let index = from; index < source.length; index += 1) {
    if (source[index] === '\\') index += 1
    else if (source[index] === '`') return index + 1
    else if (source.startsWith('${', index)) return index + 2
  }
  return source.length
}

function endOfRegex(source: string, from: number): number {
  let inClass = false
  for (let index = from; index < source.length; index += 1) {
    if (source[index] === '\\') index += 1
    else if (source[index] === '[') inClass = true
    else if (source[index] === ']') inClass = false
    else if ((source[index] === '/' && !inClass) || source[index] === '\n') return index + 1
  }
  return source.length
}
