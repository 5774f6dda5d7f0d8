import { NotFoundError, ToolError, UserError } from '../errors.ts'

/** A request in words, for when it fails. */
export interface Purpose {
  /** Follows "could not": `read the pull requests of acme/shop`. */
  what: string
  /** What the token has to have, as GitHub writes it in a workflow: `pull-requests: write`. */
  permission: string
  /** What a failure leaves: `nothing was changed`. */
  consequence: string
}

/** What an error of Octokit carries, as far as it is read here. */
interface Failure extends Error {
  status?: number
  response?: { status?: number; headers?: Record<string, string | number | undefined>; data?: unknown }
  headers?: Record<string, string | number | undefined>
  errors?: readonly GraphqlError[]
}

export interface GraphqlError {
  type?: string
  message?: string
  path?: readonly (string | number)[]
}

const TOKEN_HINT = 'set GITHUB_TOKEN to a token that is valid; in a workflow: GITHUB_TOKEN: ${{ github.token }}'
const AGAIN = 'see https://www.githubstatus.com, then run the command again'
const UNREACHABLE: Record<string, string> = {
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'name resolution does not answer',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  TimeoutError: 'it does not answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted (set NODE_EXTRA_CA_CERTS)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted (set NODE_EXTRA_CA_CERTS)',
}

/** The HTTP status of an answer; `undefined` where none came. */
export function statusOf(error: unknown): number | undefined {
  if (isGraphqlFailure(error)) return 200
  return error instanceof Error ? (error as Failure).response?.status : undefined
}

/** GitHub may or may not have done what it was asked to. */
export function isUncertain(error: unknown): boolean {
  const { status, response } = error as Failure
  return error instanceof Error && ((status !== undefined && response === undefined) || (statusOf(error) ?? 0) >= 500)
}

export function isGraphqlFailure(error: unknown): error is Failure & { errors: readonly GraphqlError[]; data: unknown } {
  return error instanceof Error && error.name === 'GraphqlResponseError'
}

/** An error of Octokit becomes a `UserError` that begins with `could not <what>`; anything else passes unchanged. */
export function translate({ what, permission, consequence }: Purpose, error: unknown, now: Date): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error
  const failure = error as Failure
  if (failure.status === undefined && failure.response === undefined) return error
  const headers = failure.response?.headers ?? failure.headers ?? {}
  const status = statusOf(failure)
  const types = graphqlTypes(failure)
  const user = (why: string, hint: string): UserError => new UserError(`could not ${what}: ${why}`, { hint, cause: error })

  if (status === undefined) {
    const why = `GitHub cannot be reached, ${unreachable(failure)}; ${consequence}`
    return user(why, 'check the network and GITHUB_API_URL, then run the command again')
  }
  if (isRateLimit(failure, headers, types)) {
    return user(`GitHub's rate limit is reached; ${ends(headers, now)}; ${consequence}`, 'run the command again after that time')
  }
  if (status === 401) return user('GitHub does not accept the token', TOKEN_HINT)
  if (status === 403 || types.some((type) => ['FORBIDDEN', 'INSUFFICIENT_SCOPES'].includes(type))) {
    return forbidden(failure, headers, permission, user)
  }
  if (status === 404 || status === 410 || types.includes('NOT_FOUND')) return missing({ what, permission, consequence }, error)
  if (status >= 500) {
    return new ToolError(`could not ${what}: GitHub is down or overloaded (HTTP ${status}); ${consequence}`, { hint: AGAIN, cause: error })
  }
  return new ToolError(`could not ${what}: GitHub says (HTTP ${status}): ${sentence(failure)}`, { cause: error })
}

/** What was asked for is not there, as far as GitHub says. */
export function missing({ what, permission }: Purpose, cause?: unknown): UserError {
  const hint = `check GITHUB_REPOSITORY; GitHub also says this where the token may not look (it needs ${permission})`
  return new NotFoundError(`could not ${what}: GitHub has no such thing`, { hint, cause })
}

/** What did not have the shape of an answer of GitHub's. */
export function foreignAnswer({ what, consequence }: Purpose, cause: unknown): UserError {
  return new ToolError(`could not ${what}: the answer is not GitHub's; ${consequence}`, {
    hint: 'check GITHUB_API_URL, and whether a proxy stands between',
    cause,
  })
}

function graphqlTypes({ errors, response }: Failure): string[] {
  const data = response?.data
  const inData = typeof data === 'object' && data !== null && 'errors' in data && Array.isArray(data.errors) ? data.errors : []
  return [...(errors ?? []), ...(inData as GraphqlError[])].flatMap(({ type }) => type ?? [])
}

function isRateLimit(failure: Failure, headers: NonNullable<Failure['headers']>, types: readonly string[]): boolean {
  if (types.includes('RATE_LIMITED')) return true
  const status = statusOf(failure)
  if (status !== 403 && status !== 429) return false
  return (
    status === 429 || String(headers['x-ratelimit-remaining']) === '0' || /secondary rate limit|rate limit exceeded/i.test(failure.message)
  )
}

function ends(headers: NonNullable<Failure['headers']>, now: Date): string {
  const reset = Number(headers['x-ratelimit-reset'])
  const after = Number(headers['retry-after'])
  if (after > 0) return `it ends at ${instant(now.getTime() + after * 1000)}`
  if (reset > 0) return `it ends at ${instant(reset * 1000)}`
  return 'GitHub does not say when it ends'
}

function instant(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function forbidden(
  failure: Failure,
  headers: NonNullable<Failure['headers']>,
  permission: string,
  user: (why: string, hint: string) => UserError,
): UserError {
  if (headers['x-github-sso'] !== undefined) {
    return user('the token is not authorised for single sign-on', "authorise it for the organisation in GitHub's token settings")
  }
  if (/\block(ed)?\b/i.test(failure.message)) return user('the conversation is locked', 'unlock it on GitHub, then run the command again')
  const accepted = headers['x-accepted-github-permissions']
  const needed =
    accepted === undefined ? permission : String(accepted).replaceAll('_', '-').replaceAll('=', ': ').replaceAll(/;\s*/g, ' or ')
  return user(
    `the token lacks the permission \`${needed}\` (GitHub says: ${sentence(failure)})`,
    `grant \`${needed}\`; in a workflow, under \`permissions:\` of the job`,
  )
}

function unreachable(failure: Failure): string {
  for (let cause: unknown = failure; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown }
    const words = UNREACHABLE[typeof code === 'string' ? code : ''] ?? UNREACHABLE[cause.name]
    if (words !== undefined) return words
  }
  return firstLine(failure.message)
}

function sentence(failure: Failure): string {
  const first = failure.errors?.[0]?.message ?? failure.message
  return firstLine(first.replace(/ - https:\/\/\S+$/, ''))
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').replace(/\.$/, '').slice(0, 300)
}
