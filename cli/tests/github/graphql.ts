import { readFileSync } from 'node:fs'
import type { FakePullRequest, GitHubState } from './state.ts'

export interface GraphqlRequest {
  operationName?: unknown
  query?: unknown
  variables?: unknown
}

interface GraphqlError {
  type: string
  path: (string | number)[]
  message: string
}

export type GraphqlAnswer = { data: unknown; errors?: GraphqlError[] }

/** What the documents have no words for is refused. */
export class UnknownQuery extends Error {}

const PAGE = 100
const ALIAS = /^ {4}p(\d+): pullRequest\(number: (\d+)\) \{ \.\.\.facts \}$/

const document = (name: string): string => readFileSync(new URL(`fixtures/queries/${name}.graphql`, import.meta.url), 'utf8').trim()
const DOCUMENTS = {
  open: withoutAliases(document('open-and-named-pull-requests')),
  named: withoutAliases(document('named-pull-requests')),
  comments: document('comments'),
  states: document('deployment-states'),
  name: document('repository-name'),
  issues: document('issues'),
}

function withoutAliases(text: string): string {
  return text
    .split('\n')
    .filter((line) => !ALIAS.test(line))
    .join('\n')
}

/** Answers the documents that DevTool sends, word by word; anything else throws. */
export function answerQuery(state: GitHubState, { operationName, query, variables }: GraphqlRequest): GraphqlAnswer {
  if (typeof query !== 'string' || typeof variables !== 'object' || variables === null) throw new UnknownQuery('no query, or no variables')
  const given = variables as Record<string, unknown>
  const text = withoutAliases(query)
  const is = (name: string, wanted: string, names: readonly string[]): boolean => {
    if (text !== wanted) return false
    if (operationName !== name) throw new UnknownQuery(`operationName is ${String(operationName)}, not ${name}`)
    const unknown = Object.keys(given).filter((key) => !names.includes(key))
    const missing = names.filter((key) => given[key] === undefined)
    if (unknown.length + missing.length > 0) throw new UnknownQuery(`variables of ${name}: ${JSON.stringify(given)}`)
    return true
  }
  if (is('PullRequests', DOCUMENTS.open, ['owner', 'repo', 'cursor'])) return pullRequests(state, query, given, true)
  if (is('PullRequests', DOCUMENTS.named, ['owner', 'repo'])) return pullRequests(state, query, given, false)
  if (is('RepositoryName', DOCUMENTS.name, ['owner', 'repo'])) return repositoryName(state, given)
  if (is('Comments', DOCUMENTS.comments, ['owner', 'repo', 'number', 'cursor'])) return comments(state, given)
  if (is('Issues', DOCUMENTS.issues, ['owner', 'repo', 'label', 'cursor'])) return issues(state, given)
  if (is('DeploymentStates', DOCUMENTS.states, ['ids']))
    return { data: { nodes: strings(given['ids']).map((id) => deployment(state, id)) } }
  throw new UnknownQuery(`no such document: ${query}`)
}

function strings(value: unknown): string[] {
  if (Array.isArray(value) && value.length <= PAGE && value.every((item) => typeof item === 'string')) return value
  throw new UnknownQuery(`at most ${PAGE} texts, not ${JSON.stringify(value)}`)
}

const isRepository = (state: GitHubState, { owner, repo }: Record<string, unknown>): boolean =>
  [state.repository, ...state.formerNames].includes(`${String(owner)}/${String(repo)}`)

const noRepository: GraphqlAnswer = {
  data: { repository: null },
  errors: [{ type: 'NOT_FOUND', path: ['repository'], message: 'Could not resolve to a Repository with that name.' }],
}

function repositoryName(state: GitHubState, given: Record<string, unknown>): GraphqlAnswer {
  return isRepository(state, given) ? { data: { repository: { nameWithOwner: state.repository } } } : noRepository
}

function pullRequests(state: GitHubState, query: string, given: Record<string, unknown>, open: boolean): GraphqlAnswer {
  if (!isRepository(state, given)) return noRepository
  const errors: GraphqlError[] = []
  const named = query.split('\n').flatMap((line) => {
    const [, alias, number] = ALIAS.exec(line) ?? []
    if (alias === undefined) return []
    if (alias !== number) throw new UnknownQuery(line)
    const found = state.pullRequests.get(Number(number))
    if (found === undefined) {
      const message = `Could not resolve to a PullRequest with the number of ${number}.`
      errors.push({ type: 'NOT_FOUND', path: ['repository', `p${alias}`], message })
    }
    return [[`p${alias}`, found === undefined ? null : facts(found)]]
  })
  if (named.length > PAGE) throw new UnknownQuery(`${named.length} named pull requests at once`)
  const page = open ? { open: openPage(state, given['cursor']) } : {}
  const data = { repository: { nameWithOwner: state.repository, ...page, ...Object.fromEntries(named) } }
  return errors.length === 0 ? { data } : { data, errors }
}

function openPage(state: GitHubState, cursor: unknown): unknown {
  const open = [...state.pullRequests.values()].filter((one) => one.state === 'open')
  const sorted = open.sort((a, b) => (key(a) < key(b) ? -1 : 1))
  const { items, pageInfo } = paged(sorted, key, cursor)
  return { totalCount: open.length, pageInfo, nodes: items.map(facts) }
}

const key = ({ createdAt, number }: FakePullRequest): string => `${createdAt} ${String(number).padStart(9, '0')}`

/** After the item that the cursor names, wherever that is now. */
function paged<T>(sorted: readonly T[], keyOf: (item: T) => string, cursor: unknown): { items: T[]; pageInfo: object } {
  const after = typeof cursor === 'string' ? Buffer.from(cursor, 'base64').toString() : ''
  const rest = sorted.filter((item) => keyOf(item) > after)
  const items = rest.slice(0, PAGE)
  const last = items.at(-1)
  const endCursor = last === undefined ? null : Buffer.from(keyOf(last)).toString('base64')
  return { items, pageInfo: { hasNextPage: rest.length > PAGE, endCursor } }
}

function facts(one: FakePullRequest): unknown {
  return {
    number: one.number,
    state: one.merged ? 'MERGED' : one.state.toUpperCase(),
    title: one.title,
    isDraft: one.draft,
    updatedAt: one.updatedAt,
    url: `https://github.com/pull/${one.number}`,
    headRefName: one.branch,
    headRefOid: one.commit,
    headRepository: one.headRepository === null ? null : { nameWithOwner: one.headRepository },
    author: { __typename: one.author.endsWith('[bot]') ? 'Bot' : 'User', login: one.author.replace(/\[bot\]$/, '') },
    labels: { nodes: one.labels.map((name) => ({ name })) },
    timelineItems: { nodes: one.labelled.slice(-30).map(({ name, at }) => ({ createdAt: at, label: { name } })) },
  }
}

function comments(state: GitHubState, given: Record<string, unknown>): GraphqlAnswer {
  if (!isRepository(state, given)) return noRepository
  const viewer = { login: state.viewer }
  const number = given['number']
  if (typeof number !== 'number' || !state.pullRequests.has(number)) {
    const error = { type: 'NOT_FOUND', path: ['repository', 'pullRequest'], message: 'Could not resolve to a PullRequest.' }
    return { data: { viewer, repository: { pullRequest: null } }, errors: [error] }
  }
  const own = state.comments.filter(({ pullRequest }) => pullRequest === number).sort((a, b) => a.id - b.id)
  const { items, pageInfo } = paged(own, ({ id }) => String(id).padStart(15, '0'), given['cursor'])
  const nodes = items.map(({ id, body, author }) => ({
    fullDatabaseId: String(id),
    body,
    author: { login: author.replace(/\[bot\]$/, '') },
  }))
  return { data: { viewer, repository: { pullRequest: { comments: { pageInfo, nodes } } } } }
}

function issues(state: GitHubState, given: Record<string, unknown>): GraphqlAnswer {
  if (!isRepository(state, given)) return noRepository
  const labelled = state.issues.filter(({ labels }) => labels.includes(String(given['label']))).sort((a, b) => a.number - b.number)
  const { items, pageInfo } = paged(labelled, ({ number }) => String(number).padStart(9, '0'), given['cursor'])
  const nodes = items.map(({ number, state: at, body, author }) => ({
    number,
    state: at.toUpperCase(),
    url: `https://github.com/${state.repository}/issues/${number}`,
    body,
    author: { login: author.replace(/\[bot\]$/, '') },
  }))
  return { data: { viewer: { login: state.viewer }, repository: { issues: { pageInfo, nodes } } } }
}

function deployment(state: GitHubState, nodeId: string): unknown {
  const found = state.deployments.find(({ id }) => nodeId === `DE_${id}`)
  if (found === undefined) return null
  const latest = found.statuses.at(-1)
  return { databaseId: found.id, latestStatus: latest === undefined ? null : { state: latest.state.toUpperCase() } }
}
