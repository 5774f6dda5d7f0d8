import type { Environment } from '../environment/environment.ts'
import type { EnvironmentRecord, Failure } from '../registry/record.ts'

/** Names, not the schema's own list: what is printed needs no schema to be loaded. The types hold the two together. */
const PUBLIC_KEYS = Object.keys({
  name: 1,
  target: 1,
  template: 1,
  pinned: 1,
  status: 1,
  url: 1,
  directory: 1,
  project: 1,
  pullRequest: 1,
  branch: 1,
  commit: 1,
  createdAt: 1,
  updatedAt: 1,
  expiresAt: 1,
  services: 1,
} satisfies Record<keyof Environment, 1>) as (keyof Environment)[]

/** What everyone may see of a record; the same value is printed as JSON and rendered for people. */
export function publicView(record: EnvironmentRecord): Environment {
  return Object.fromEntries(PUBLIC_KEYS.map((key) => [key, record[key]])) as unknown as Environment
}

const MINUTE = 60_000

/** `in 3 h`, `5 min ago`; the largest unit that fits. */
export function relativeTime(time: string, now: Date): string {
  const distance = Date.parse(time) - now.getTime()
  const minutes = Math.round(Math.abs(distance) / MINUTE)
  if (minutes === 0) return distance >= 0 ? 'in a moment' : 'just now'
  const amount = minutes < 60 ? `${minutes} min` : minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`
  return distance >= 0 ? `in ${amount}` : `${amount} ago`
}

function sourceOf(value: Environment): string {
  const commit = value.commit === null ? '' : ` @ ${value.commit.slice(0, 8)}`
  if (value.pullRequest !== null) return `#${value.pullRequest} ${value.branch ?? ''}${commit}`
  return value.branch === null ? '-' : `${value.branch}${commit}`
}

/** Rows under a header, columns as wide as their widest cell. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [header, ...rows].map(line).join('\n')
}

export function renderList(environments: readonly Environment[], now: Date): string {
  if (environments.length === 0)
    return 'no environments: devtool env create --apply makes one of this branch, with --target local on this machine'
  return renderTable(
    ['NAME', 'STATUS', 'TARGET', 'TEMPLATE', 'SOURCE', 'URL', 'EXPIRES'],
    environments.map((value) => [
      value.name,
      value.status,
      value.target,
      value.template,
      sourceOf(value),
      value.url ?? '-',
      value.pinned ? 'never' : value.expiresAt === null ? '-' : relativeTime(value.expiresAt, now),
    ]),
  )
}

export function renderEnvironment(value: Environment, failed: Failure | null, now: Date): string {
  const rows: [string, string][] = [
    ['name', value.name],
    ['status', value.status],
    ['url', value.url ?? '-'],
    value.target === 'local'
      ? ['runs', 'on this machine']
      : ['template', `${value.template} on ${value.target}${value.pinned ? ', pinned' : ''}`],
    ['source', sourceOf(value)],
    ['directory', value.directory ?? '-'],
    ['created', value.createdAt === null ? 'not yet claimed' : relativeTime(value.createdAt, now)],
    ['expires', value.pinned ? 'never' : value.expiresAt === null ? '-' : `${relativeTime(value.expiresAt, now)} (${value.expiresAt})`],
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  const lines = rows.map(([label, text]) => `${label.padEnd(width)}  ${text}`)
  if (value.services.length > 0) {
    const services = value.services.map((service) => [service.name, service.status ?? '-', service.url ?? '-', service.image ?? '-'])
    lines.push('', renderTable(['SERVICE', 'STATUS', 'URL', 'IMAGE'], services))
  }
  if (failed !== null) {
    lines.push('', `failed in ${failed.phase}${failed.resource === null ? '' : ` at ${failed.resource}`}: ${failed.message}`)
    lines.push(...failed.lines.map((line) => `  ${line}`))
  }
  return lines.join('\n')
}
