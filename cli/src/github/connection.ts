import * as z from 'zod/mini'
import { UsageError, UserError } from '../errors.ts'
import type { Clock } from '../system/clock.ts'
import { foreignAnswer, type GraphqlError, isGraphqlFailure, type Purpose, translate } from './errors.ts'
import { fetchWithin } from './fetch.ts'
import type { RetryingOctokit } from './octokit.ts'

export interface ConnectionOptions {
  /** `owner/name`. */
  repository: string
  /** `GITHUB_TOKEN` and `GITHUB_API_URL` are read. */
  variables: Record<string, string | undefined>
  clock: Clock
  version: string
  /** Told when GitHub makes a request wait. */
  note?: (text: string) => void
  /** How long a request may take, in milliseconds. */
  timeout?: number
  /** What counts as a second when something is tried again, in milliseconds. */
  second?: number
}

export interface Connection {
  readonly owner: string
  readonly repo: string
  readonly clock: Clock
  /** Runs requests; their errors come in words. */
  request<T>(purpose: Purpose, work: (octokit: RetryingOctokit) => Promise<T>): Promise<T>
  /**
   * One GraphQL request. `errors` say what was asked for and does not exist; with any other error it throws, as what is null then may be
   * there all the same.
   */
  query<TShape extends z.ZodMiniType>(
    purpose: Purpose,
    query: Query<TShape>,
  ): Promise<{ data: z.output<TShape>; errors: readonly GraphqlError[] }>
}

export interface Query<TShape extends z.ZodMiniType> {
  name: string
  text: string
  variables: Record<string, unknown>
  shape: TShape
}

const TIMEOUT = 15_000
/** GitHub asks for a second between two writes of one user; reading in parallel is fine. */
const WRITE_PAUSE = 1_000
/** A limit that ends sooner is waited for, in seconds. */
const LONGEST_WAIT = 60
const NEVER_AGAIN = [400, 401, 403, 404, 409, 410, 422, 429, 451]

/** Makes no request and loads nothing. */
export function connect(options: ConnectionOptions): Connection {
  const { clock } = options
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(options.repository) ?? []
  if (owner === undefined || repo === undefined) {
    throw new UsageError(`could not use the repository ${JSON.stringify(options.repository.slice(0, 100))}: allowed is owner/name`, {
      hint: 'set GITHUB_REPOSITORY, such as GITHUB_REPOSITORY=acme/shop',
    })
  }
  let octokit: Promise<RetryingOctokit> | undefined

  const request: Connection['request'] = async (purpose, work) => {
    octokit ??= load(options)
    const ready = await octokit
    try {
      return await work(ready)
    } catch (error) {
      throw translate(purpose, error, clock.now())
    }
  }

  return {
    owner,
    repo,
    clock,
    request,
    query: (purpose, { name: operationName, text, variables, shape }) =>
      request(purpose, async ({ graphql }) => {
        const { data, errors } = await graphql<unknown>(text, { ...variables, operationName }).then(
          (answer) => ({ data: answer, errors: [] }),
          (error: unknown) => {
            const missing = isGraphqlFailure(error) && error.errors.every(({ type }) => type === 'NOT_FOUND')
            if (missing && shape.safeParse(error.data).success) return { data: error.data, errors: error.errors }
            throw error
          },
        )
        return { data: checked(shape, data, purpose), errors }
      }),
  }
}

/** The data in the shape that GitHub documents, or an error that says that it is something else. */
export function checked<TShape extends z.ZodMiniType>(shape: TShape, data: unknown, purpose: Purpose): z.output<TShape> {
  const parsed = z.safeParse(shape, data)
  if (parsed.success) return parsed.data
  throw foreignAnswer(purpose, parsed.error)
}

async function load({ variables, clock, version, note, timeout = TIMEOUT, second = 1_000 }: ConnectionOptions): Promise<RetryingOctokit> {
  const auth = variables['GITHUB_TOKEN'] ?? ''
  if (auth === '') {
    throw new UserError('could not reach GitHub: there is no token', {
      hint: 'set GITHUB_TOKEN: in a workflow to ${{ github.token }}, elsewhere to what `gh auth token` prints',
    })
  }
  const baseUrl = apiUrl(variables['GITHUB_API_URL'])
  const { RetryingOctokit: Client } = await import('./octokit.ts')
  const wait = (why: string) => (seconds: number, _: unknown, __: unknown, count: number) => {
    const worthIt = seconds <= LONGEST_WAIT && count < 2
    if (worthIt) note?.(`GitHub asks to wait ${seconds} s (${why})`)
    return worthIt
  }
  const silent = (): void => {}
  const octokit = new Client({
    auth,
    baseUrl,
    userAgent: `devtool/${version}`,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch: fetchWithin(timeout) },
    retry: { doNotRetry: NEVER_AGAIN, retryAfterBaseValue: second },
    throttle: {
      retryAfterBaseValue: second,
      onRateLimit: wait('rate limit'),
      onSecondaryRateLimit: wait('secondary rate limit'),
      // The plugin's own pause would also hold up GraphQL queries, which only read.
      write: unpaced,
      notifications: unpaced,
    },
  })
  const turn = pacer(clock)
  octokit.hook.before('request', async ({ method, url }) => {
    if (method !== 'GET' && !url.endsWith('/graphql')) await turn()
  })
  return octokit
}

/** All of a group of Bottleneck's that the plugin uses. */
const unpaced = { key: () => ({ schedule: (_: unknown, work: () => Promise<void>) => work() }) } as never

/** Resolves for one caller after the other, `WRITE_PAUSE` apart. */
function pacer(clock: Clock): () => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  let free = 0
  return () => {
    last = last.then(async () => {
      const pause = Math.min(free - clock.now().getTime(), WRITE_PAUSE)
      if (pause > 0) await clock.sleep(pause)
      free = clock.now().getTime() + WRITE_PAUSE
    })
    return last
  }
}

function apiUrl(value = ''): string {
  if (value === '') return 'https://api.github.com'
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) {
    throw new UsageError(`could not use GITHUB_API_URL=${value}: it is not a URL`, {
      hint: 'such as GITHUB_API_URL=https://api.github.com',
    })
  }
  return value.replace(/\/+$/, '')
}
