import type { IncomingHttpHeaders } from 'node:http'

export interface Reply {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

/** What goes wrong with one request, or several. Without `reply` and `connection` it is only late. */
export interface Trouble {
  /** The operation: `issues/create-comment`, `graphql/Comments`, `*` for any. */
  on: string
  /** How often; once unless it says otherwise. */
  times?: number
  /** Answered when this is fulfilled: later requests may overtake. */
  wait?: Promise<unknown>
  /** Instead of the answer. */
  reply?: Reply
  /** It is done all the same; only the answer is lost. */
  done?: boolean
  /** No answer, half of one, or none for ever. */
  connection?: 'drop' | 'cut' | 'hang'
}

/** Who may do what. */
export interface Rules {
  token: string
  permissions: {
    'pull-requests'?: 'read' | 'write'
    deployments?: 'read' | 'write'
    issues?: 'read' | 'write'
    actions?: 'read'
    'actions-variables'?: 'read' | 'write'
    administration?: 'read' | 'write'
  }
  /** Used up until `reset` (seconds since 1970). */
  limit: { reset: number } | null
}

const WRITES = [
  'issues/create',
  'issues/update',
  'issues/create-comment',
  'issues/update-comment',
  'issues/delete-comment',
  'repos/create-deployment',
  'repos/create-deployment-status',
  'actions/create-repo-variable',
  'actions/update-repo-variable',
  'repos/create-or-update-environment',
  'repos/create-deployment-branch-policy',
]

/** Why GitHub would not even look at a request; `null` if it would. */
export function refusals(name: string, headers: IncomingHttpHeaders, { token, permissions, limit }: Rules): Reply | null {
  const graphql = name.startsWith('graphql/')
  if (!/^devtool\/\S+ /.test(headers['user-agent'] ?? ''))
    return { status: 403, body: { message: 'Request forbidden by administrative rules.' } }
  if (!/^(token|bearer) /i.test(headers.authorization ?? '') || headers.authorization?.split(' ')[1] !== token) {
    return { status: 401, body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' } }
  }
  if (limit !== null) return limited(graphql, limit.reset)
  // whoever may see a repository may read what it is called
  if (name === 'repos/get') return null
  const scope = scopeOf(name)
  const level = WRITES.includes(name) ? 'write' : 'read'
  if (permissions[scope] === 'write' || permissions[scope] === level) return null
  const message = 'Resource not accessible by integration'
  if (graphql) return { status: 200, body: { data: { repository: null }, errors: [{ type: 'FORBIDDEN', path: ['repository'], message }] } }
  const accepted = `${scope.replace('-', '_')}=${level}`
  return { status: 403, headers: { 'x-accepted-github-permissions': accepted }, body: { message, status: '403' } }
}

function scopeOf(name: string): keyof Rules['permissions'] {
  if (name.endsWith('-repo-variable')) return 'actions-variables'
  if (/environment|branch-polic/.test(name)) return WRITES.includes(name) ? 'administration' : 'actions'
  if (name.startsWith('actions/')) return 'actions'
  if (/deployment/i.test(name)) return 'deployments'
  return ['issues/create', 'issues/update', 'graphql/Issues'].includes(name) ? 'issues' : 'pull-requests'
}

function limited(graphql: boolean, reset: number): Reply {
  const headers = { 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) }
  const message = 'API rate limit exceeded for installation.'
  if (graphql) return { status: 200, headers, body: { errors: [{ type: 'RATE_LIMITED', message }] } }
  return {
    status: 403,
    headers,
    body: { message, documentation_url: 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api' },
  }
}
