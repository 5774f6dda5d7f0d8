interface Line {
  /** Without indentation. */
  text: string
  /** Opening minus closing brackets outside strings and comments. */
  net: number
  /** Where the `=` of a single-line assignment stands, else -1. */
  assign: number
}

/** The index after the string that starts at `start`; a `${...}` in it may hold strings of its own. */
function endOfString(text: string, start: number): number {
  let index = start + 1
  while (index < text.length) {
    const character = text[index]
    if (character === '\\') index += 2
    else if (character === '"') return index + 1
    else if ((character === '$' || character === '%') && text[index + 1] === character && text[index + 2] === '{') index += 3
    else if ((character === '$' || character === '%') && text[index + 1] === '{') index = endOfTemplate(text, index + 2)
    else index += 1
  }
  return index
}

function endOfTemplate(text: string, start: number): number {
  let depth = 1
  let index = start
  while (index < text.length) {
    const character = text[index]
    if (character === '"') {
      index = endOfString(text, index)
      continue
    }
    if (character === '{') depth += 1
    else if (character === '}') depth -= 1
    index += 1
    if (depth === 0) return index
  }
  return index
}

function isEqualsSign(text: string, index: number): boolean {
  return text[index + 1] !== '=' && text[index + 1] !== '>' && !'=!<>'.includes(text[index - 1] ?? '=')
}

function scan(text: string): Line {
  let net = 0
  let netAtAssign = 0
  let assign = -1
  let index = 0
  while (index < text.length) {
    const character = text[index] as string
    if (character === '"') {
      index = endOfString(text, index)
      continue
    }
    if (character === '#' || (character === '/' && text[index + 1] === '/')) break
    if ('{[('.includes(character)) net += 1
    else if ('}])'.includes(character)) net -= 1
    else if (character === '=' && assign === -1 && index > 0 && isEqualsSign(text, index)) {
      assign = index
      netAtAssign = net
    }
    index += 1
  }
  if (net === netAtAssign || assign === -1) return { text, net, assign }
  // an assignment that opens a block of lines is not aligned with its neighbours
  return { text: `${text.slice(0, assign).trimEnd()} ${text.slice(assign)}`, net, assign: -1 }
}

/** Indents by the rule of `hclwrite`: a line that opens brackets indents by one level, however many it opens. */
function indentations(lines: readonly Line[]): number[] {
  const opened: number[] = []
  return lines.map(({ net }) => {
    const before = opened.length
    if (net > 0) {
      opened.push(net)
      return before
    }
    let closing = -net
    while (closing > 0) {
      const last = opened.pop()
      if (last === undefined) break
      if (last > closing) opened.push(last - closing)
      closing -= last
    }
    return opened.length
  })
}

function aligned(lines: readonly Line[]): string[] {
  const out: string[] = []
  for (let start = 0; start < lines.length; ) {
    let end = start
    let width = 0
    while (end < lines.length && (lines[end]?.assign ?? -1) !== -1) {
      const line = lines[end] as Line
      width = Math.max(width, line.text.slice(0, line.assign).trimEnd().length)
      end += 1
    }
    for (const line of lines.slice(start, end)) {
      out.push(`${line.text.slice(0, line.assign).trimEnd().padEnd(width)} ${line.text.slice(line.assign)}`)
    }
    if (end === start) {
      out.push(lines[start]?.text ?? '')
      end += 1
    }
    start = end
  }
  return out
}

/**
 * Lays HCL out as `terraform fmt` does: indentation, alignment of `=`, no trailing space, no runs of empty lines, one newline at the end.
 * For the subset that our templates write: no heredocs, no block comments, no comment behind code, spaces between tokens as fmt wants them.
 */
export function formatHcl(source: string): string {
  const lines = source
    .split('\n')
    .map((line) => line.trim())
    .filter((line, index, all) => line !== '' || (all[index - 1] ?? '') !== '')
    .map(scan)
  const depths = indentations(lines)
  const texts = aligned(lines)
  return `${texts
    .map((text, index) => (text === '' ? '' : '  '.repeat(depths[index] ?? 0) + text))
    .join('\n')
    .trim()}\n`
}
