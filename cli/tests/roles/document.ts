import { type Entry, roleNames, type Section } from './table.ts'
import type { TrustSection } from './table-trust.ts'

/** docs/roles.md: the introduction, and the tables that the tests hold the policies against. */
export function documentOf(introduction: string, sections: readonly Section[], trust: readonly TrustSection[]): string {
  const tables = [
    ...trust.map(({ title, text, entries }) =>
      part(
        title,
        text,
        ['a token', ...roleNames],
        entries.map(({ label, roles }) => [label, ...marks(roles)]),
      ),
    ),
    ...sections.map(({ title, text, entries }) =>
      part(
        title,
        text,
        ['action', 'on', ...roleNames],
        entries.map((entry) => [`\`${entry.action}\``, objectOf(entry), ...marks(entry.roles)]),
      ),
    ),
  ]
  return `${introduction.trimEnd()}\n\n${tables.join('\n\n')}\n`
}

function part(title: string, text: string, head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`
  return [`### ${title}`, ...(text === '' ? [] : ['', text]), '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function objectOf({ thing, given }: Entry): string {
  const how = given === undefined || given.label === '' ? '' : `, ${given.label}`
  return `${thing.label}${how}`.replaceAll('|', '\\|').replaceAll('*.', '\\*.')
}

function marks(roles: readonly string[]): string[] {
  return roleNames.map((name) => (roles.includes(name) ? '✓' : ''))
}
