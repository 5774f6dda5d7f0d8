/** What JSON can hold: the only values that reach a template. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Words that an object key must not be without quotes: they start another kind of expression. */
const keywords = new Set(['for', 'true', 'false', 'null'])

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Everything that a reader of the file could not see, or that HCL reads as its own: quotes, backslashes, template openers, control
 * and format characters (bidirectional overrides among them), line and paragraph separators, unpaired surrogates.
 */
const special = /["\\]|\$+\{|%+\{|[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu

const shortEscapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function codePointEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0
  // an unpaired surrogate has no UTF-8; the replacement character is what every encoder would write
  if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd'
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

function escaped(match: string): string {
  if (match.length > 1 && match.endsWith('{')) {
    // only the last sign may be doubled: HCL reads "$$${" as an escape and then an opener
    const sign = match.charAt(0)
    return `${codePointEscape(sign).repeat(match.length - 2)}${sign}${sign}{`
  }
  return shortEscapes[match] ?? codePointEscape(match)
}

/** A text for the inside of a quoted string that a template writes itself, `"${local.url}<here>"`. */
export function hclFragment(text: string): string {
  return text.replace(special, escaped)
}

function quoted(text: string): string {
  return `"${hclFragment(text)}"`
}

/** A key stands left of an equals sign that is aligned by columns: only ASCII, so that a character is a column. */
function key(name: string): string {
  if (identifier.test(name) && !keywords.has(name)) return name
  return quoted(name).replace(/[^\x20-\x7e]/gu, codePointEscape)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function list(items: readonly Json[]): string {
  const written = items.map(hcl)
  const oneLine = `[${written.join(', ')}]`
  if (oneLine.length <= 100 && !oneLine.includes('\n')) return oneLine
  return `[\n${written.map((item) => `${item},\n`).join('')}]`
}

/**
 * Writes a value as an HCL literal: no part of it can become an expression, a template or the end of its line. Objects and long lists
 * span lines; `formatHcl` indents and aligns them in place. HCL itself normalizes every string to Unicode NFC.
 */
export function hcl(value: Json): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`could not write ${value} as HCL: it is not a JSON number`)
    return String(value)
  }
  if (isList(value)) return list(value)
  if (typeof value !== 'object') throw new TypeError(`could not write a value of type ${typeof value} as HCL: it is not JSON`)
  const entries = Object.entries(value)
  if (entries.length === 0) return '{}'
  return `{\n${entries.map(([name, item]) => `${key(name)} = ${hcl(item)}\n`).join('')}}`
}
