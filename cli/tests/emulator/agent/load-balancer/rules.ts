import { matches } from '../iam/matching.ts'
import type { Condition, Rule } from './model.ts'

/** What of a request the rules look at. */
export interface Asked {
  /** As in the Host header, without the port. */
  host: string
  /** As sent: not decoded, not normalised. */
  path: string
  /** Without the question mark. */
  query: string
}

/** The first rule whose conditions all hold. The default action has none, so that there always is one. */
export function ruleFor(rules: readonly Rule[], asked: Asked): Rule | undefined {
  return rules.find(({ conditions }) => conditions.every((condition) => holds(condition, asked)))
}

/** Host names do not heed case, paths do; `*` and `?` also take slashes and dots. */
function holds({ field, patterns }: Condition, { host, path }: Asked): boolean {
  if (field === 'path-pattern') return patterns.some((pattern) => matches(pattern, path))
  return patterns.some((pattern) => matches(pattern.toLowerCase(), host.toLowerCase()))
}

/** What a request asks for, by its request line and its Host header. */
export function askedOf(url: string, hostHeader: string | undefined): Asked {
  // a request line may hold a whole URL, whose host is then the one that counts
  const [, authority, rest = url] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url) ?? []
  const [path = '', ...query] = rest.split('?')
  const host = (authority ?? hostHeader ?? '').replace(/:\d*$/, '')
  return { host, path: path.startsWith('/') ? path : `/${path}`, query: query.join('?') }
}
