/**
 * Text of others as Markdown for GitHub: it shows what it says and does nothing. Mentions, references and links are found by GitHub after
 * Markdown is done, so that an entity alone would not stop them; a zero-width space behind the sign does.
 */

const NOTHING = '&#8203;'
const MARKUP = /[#$&*<>@[\\\]_`|~]/g
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g
const TERMINAL = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b\n]*(?:\u0007|\u001b\\))/g
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
const MOST_BACKTICKS = 8
const LONGEST_LINE = 1_000
const LONGEST_URL = 500

/** At most `limit` characters, none cut in two. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text
  const characters = [...text]
  return characters.length <= limit ? text : `${characters.slice(0, Math.max(0, limit - 1)).join('')}…`
}

/** One line of prose. It must not stand at the start of a line, where a `-` or `1.` would make a list. */
export function plain(text: string, limit = 200): string {
  return shorten(oneLine(text), limit)
    .replaceAll(MARKUP, (sign) => `&#${sign.charCodeAt(0)};${sign === '@' || sign === '#' ? NOTHING : ''}`)
    .replaceAll('//', `/${NOTHING}/`)
    .replaceAll(/www\./gi, (www) => `${www.slice(0, 3)}${NOTHING}.`)
    .replaceAll(/\b(gh)-(?=\d)/gi, (_, gh: string) => `${gh}${NOTHING}-`)
}

/** One line as code; not for tables, where a `|` would end the cell. */
export function code(text: string, limit = 200): string {
  const content = calmed(shorten(oneLine(text), limit))
  if (content === '') return '`-`'
  const quote = '`'.repeat(longestRun(content) + 1)
  const pad = /^`|`$/.test(content) ? ' ' : ''
  return `${quote}${pad}${content}${pad}${quote}`
}

/** Lines as a block of code that nothing in it can close. Stands for itself: not in a list, not in a table. */
export function fence(text: string, language: 'text' | 'sh'): string {
  const content = calmed(lines(text).join('\n'))
  const quote = '`'.repeat(Math.max(3, longestRun(content) + 1))
  return `${quote}${language}\n${content}\n${quote}`
}

/** A link, or the mere text where that is no address of a page. */
export function link(label: string, url: string): string {
  const address = httpAddress(url)
  return address === null ? plain(label) : `[${plain(label)}](${address})`
}

/** An address that can stand in parentheses; `null` for what is not http, holds a password or is too long. */
export function httpAddress(url: string): string | null {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return null
  const { username, password, href } = new URL(url)
  if (username !== '' || password !== '') return null
  const safe = href.replaceAll(/[^\w:/?=#%.,~;&-]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
  return safe.length > LONGEST_URL ? null : safe.replaceAll('&', '&amp;').replaceAll('_', '%5F')
}

/** At most `budget` characters of the lines: the first few, and as many of the last ones as there is room for. */
export function cutMiddle(text: string, budget: number): string {
  const all = lines(text)
  if (all.join('\n').length <= budget) return all.join('\n')
  const room = budget - 60
  const head = fitting(all, room * 0.2)
  const tail = fitting(all.slice(head.length).reverse(), room - head.join('\n').length).reverse()
  const left = all.length - head.length - tail.length
  return [...head, `… ${left} ${left === 1 ? 'line' : 'lines'} left out …`, ...tail].join('\n')
}

function fitting(all: readonly string[], room: number): string[] {
  let used = 0
  const end = all.findIndex((line) => {
    used += line.length + 1
    return used > room
  })
  return all.slice(0, end === -1 ? all.length : end)
}

/** Without what moves a cursor, colours or hides. */
function lines(text: string): string[] {
  const calm = wellFormed(text).replaceAll(TERMINAL, '').replaceAll(/\r\n?/g, '\n').replaceAll(CONTROL, '').replaceAll(INVISIBLE, '')
  return calm
    .trimEnd()
    .split(/[\n\u2028\u2029]/)
    .map((line) => shorten(line, LONGEST_LINE))
}

function oneLine(text: string): string {
  return wellFormed(text).replaceAll(TERMINAL, '').replaceAll(CONTROL, ' ').replaceAll(INVISIBLE, '').replaceAll(/\s+/g, ' ').trim()
}

function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd')
}

/** A run of backticks has to be shorter than what is around it. */
function calmed(text: string): string {
  return text.replaceAll(/`{9,}/g, `${'`'.repeat(MOST_BACKTICKS)}…`)
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}
