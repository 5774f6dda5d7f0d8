import * as z from 'zod/mini'
import { latestFacts, type PullRequestAnswer, type PullRequestFacts } from '../sync/facts.ts'
import { type Connection, checked } from './connection.ts'
import { foreignAnswer, type GraphqlError, missing, type Purpose } from './errors.ts'
import { PAGE, pullRequestsQuery, REPOSITORY_NAME } from './queries.ts'

const PERMISSION = 'pull-requests: read'
const UNCHANGED = 'nothing was changed'
/** 50,000 open pull requests: whoever says that there are more is not to be believed. */
const MOST_REQUESTS = 500

const facts = z.object({
  number: z.int(),
  state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
  title: z.string(),
  isDraft: z.boolean(),
  updatedAt: z.string(),
  url: z.string(),
  headRefName: z.string(),
  headRefOid: z.string(),
  headRepository: z.nullable(z.object({ nameWithOwner: z.string() })),
  author: z.nullable(z.object({ __typename: z.string(), login: z.string() })),
  labels: z.nullable(z.object({ nodes: z.array(z.nullable(z.object({ name: z.string() }))) })),
  timelineItems: z.object({ nodes: z.array(z.nullable(z.object({ createdAt: z.string(), label: z.object({ name: z.string() }) }))) }),
})

const page = z.object({
  totalCount: z.int(),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.nullable(z.string()) }),
  nodes: z.array(z.nullable(facts)),
})

/** Beside these the aliases `p<number>` of the named pull requests. */
const answer = z.object({
  repository: z.catchall(z.object({ nameWithOwner: z.string(), open: z.optional(z.nullable(page)) }), z.unknown()),
})

const nameShape = z.object({ repository: z.nullable(z.object({ nameWithOwner: z.string() })) })

/** What is gathered from request to request. */
interface Gathered {
  repository: string
  label: string | null
  open: Map<number, PullRequestFacts>
  named: Map<number, PullRequestFacts>
  /** How many open ones there are, as GitHub said last. */
  total: number
  whole: boolean
}

/**
 * Every open pull request and the named ones, open or not, 100 of each in a request. A named one that GitHub does not know is missing from
 * the answer. `complete` is true only if every page came with everything in it.
 */
export async function listPullRequests(connection: Connection, named: readonly number[], label: string | null): Promise<PullRequestAnswer> {
  const { owner, repo } = connection
  const purpose: Purpose = { what: `read the pull requests of ${owner}/${repo}`, permission: PERMISSION, consequence: UNCHANGED }
  const gathered: Gathered = { repository: `${owner}/${repo}`, label, open: new Map(), named: new Map(), total: 0, whole: true }
  const waiting = new Set(named)
  let cursor: string | null = null
  let more = true
  for (let requests = 0; more || waiting.size > 0; requests += 1) {
    if (requests === MOST_REQUESTS) return result({ ...gathered, whole: false })
    const numbers = [...waiting].slice(0, PAGE)
    const text = pullRequestsQuery({ open: more, numbers })
    const variables = { owner, repo, ...(more ? { cursor } : {}) }
    const { data, errors } = await connection.query(purpose, { name: 'PullRequests', text, variables, shape: answer })
    const { nameWithOwner, open, ...rest } = data.repository
    gathered.repository = nameWithOwner
    for (const number of numbers) {
      waiting.delete(number)
      takeNamed(gathered, number, rest[`p${number}`], errors, purpose)
    }
    if (!more) continue
    const next: string | null = takePage(gathered, open ?? null)
    // a cursor that stands still would be asked for for ever
    if (next !== null && next === cursor) gathered.whole = false
    more = next !== null && next !== cursor
    cursor = next
    for (const number of gathered.open.keys()) waiting.delete(number)
  }
  return result(gathered)
}

function result({ repository, open, named, total, whole }: Gathered): PullRequestAnswer {
  const complete = whole && open.size >= total
  const latest = latestFacts({ repository, complete, pullRequests: [...open.values(), ...named.values()] })
  return { repository, complete, pullRequests: [...latest.values()].sort((a, b) => a.number - b.number) }
}

/** The cursor of the page after this one; `null` for the last. */
function takePage(gathered: Gathered, open: z.output<typeof page> | null): string | null {
  if (open === null) {
    gathered.whole = false
    return null
  }
  gathered.total = open.totalCount
  for (const node of open.nodes) {
    const facts = node === null ? null : fromGraphql(node, gathered.label)
    if (facts === null) gathered.whole = false
    else gathered.open.set(facts.number, facts)
  }
  const { hasNextPage, endCursor } = open.pageInfo
  if (hasNextPage && endCursor === null) gathered.whole = false
  return hasNextPage ? endCursor : null
}

function takeNamed(gathered: Gathered, number: number, value: unknown, errors: readonly GraphqlError[], purpose: Purpose): void {
  if (value === null || value === undefined) {
    const unknownToGitHub = errors.some(({ type, path }) => type === 'NOT_FOUND' && path?.at(-1) === `p${number}`)
    if (!unknownToGitHub) gathered.whole = false
    return
  }
  const node = checked(facts, value, purpose)
  if (node.number !== number) throw foreignAnswer(purpose, undefined)
  const known = fromGraphql(node, gathered.label)
  if (known === null) gathered.whole = false
  else gathered.named.set(number, known)
}

/** `null` where a part was left out: without its labels a pull request would look as if it had none. */
function fromGraphql(node: z.output<typeof facts>, label: string | null): PullRequestFacts | null {
  if (node.labels === null || node.labels.nodes.includes(null)) return null
  // REST calls a bot `dependabot[bot]`, GraphQL `dependabot`
  const author = node.author === null ? 'ghost' : `${node.author.login}${node.author.__typename === 'Bot' ? '[bot]' : ''}`
  return {
    number: node.number,
    state: node.state === 'OPEN' ? 'open' : 'closed',
    merged: node.state === 'MERGED',
    labels: node.labels.nodes.flatMap((label) => label?.name ?? []),
    headRepository: node.headRepository?.nameWithOwner ?? null,
    branch: node.headRefName,
    commit: node.headRefOid,
    updatedAt: node.updatedAt,
    draft: node.isDraft,
    title: node.title,
    author,
    url: node.url,
    labelledAt: label === null ? null : labelledAt(node, label),
  }
}

/** When the label was added last; null if that was so many labels ago that it was not looked up. */
function labelledAt({ timelineItems }: z.output<typeof facts>, label: string): string | null {
  return timelineItems.nodes.findLast((event) => event?.label.name === label)?.createdAt ?? null
}

/** One pull request, and what its repository is called now. */
export interface NamedPullRequest {
  repository: string
  facts: PullRequestFacts
}

/** @throws NotFoundError if there is no such pull request, or the token may not see it: nothing follows from that. */
export async function readPullRequest(connection: Connection, number: number, label: string | null): Promise<NamedPullRequest> {
  const { owner, repo } = connection
  const what = `read pull request ${number} of ${owner}/${repo}`
  const purpose: Purpose = { what, permission: PERMISSION, consequence: UNCHANGED }
  const text = pullRequestsQuery({ open: false, numbers: [number] })
  const { data, errors } = await connection.query(purpose, { name: 'PullRequests', text, variables: { owner, repo }, shape: answer })
  if (errors.length > 0) throw missing(purpose)
  const node = checked(facts, data.repository[`p${number}`], purpose)
  const known = node.number === number ? fromGraphql(node, label) : null
  if (known === null) throw foreignAnswer(purpose, undefined)
  return { repository: data.repository.nameWithOwner, facts: known }
}

/** What a repository is called now that may have been renamed; `undefined` if there is none of that name. */
export async function currentName(connection: Connection, repository: string): Promise<string | undefined> {
  const [owner = '', repo = ''] = repository.split('/')
  const purpose: Purpose = { what: `look up the repository ${repository}`, permission: PERMISSION, consequence: UNCHANGED }
  const query = { name: 'RepositoryName', text: REPOSITORY_NAME, variables: { owner, repo }, shape: nameShape }
  const { data } = await connection.query(purpose, query)
  return data.repository?.nameWithOwner
}
