import type { IncomingHttpHeaders } from 'node:http'
import { operations } from './contract.ts'
import { answerQuery, type GraphqlRequest, UnknownQuery } from './graphql.ts'
import { rest } from './rest.ts'
import { emptyState, type GitHubState } from './state.ts'
import { type Reply, type Rules, refusals, type Trouble } from './trouble.ts'

/** GitHub without a wire: what it holds, and what it answers. */
export interface Answering {
  readonly state: GitHubState
  readonly rules: Rules
  /** The names of what was asked, in order: `issues/create-comment`, `graphql/Comments`. */
  readonly asked: string[]
  /** What GitHub would never have been asked by a right client; a test ends with this being empty. */
  readonly faults: string[]
  /** From now on, until it has happened as often as it says. */
  trouble(trouble: Trouble): void
  answer(request: Asked): Promise<Said>
}

export interface FakeGitHubOptions {
  repository?: string
  viewer?: string
  token?: string
}

export interface Asked {
  method: string
  path: string
  query: Record<string, string>
  headers: IncomingHttpHeaders
  body: unknown
}

/** An answer, and what becomes of it on its way. */
export interface Said {
  reply: Reply
  connection: Trouble['connection']
}

/** In memory, strict: what it does not know is noted as a fault and answered with 501. */
export function createAnswering(options: FakeGitHubOptions = {}): Answering {
  const state = emptyState(options.repository ?? 'acme/shop', options.viewer ?? 'github-actions[bot]')
  const rules: Rules = {
    token: options.token ?? 'a-token',
    permissions: { 'pull-requests': 'write', deployments: 'write', issues: 'write', actions: 'read' },
    limit: null,
  }
  const asked: string[] = []
  const faults: string[] = []
  const troubles: Trouble[] = []
  let instant = Date.UTC(2026, 10, 21, 12)

  const fault = (text: string): Reply => {
    faults.push(text)
    return { status: 501, body: { message: `the tests' GitHub: ${text}` } }
  }

  const nextTrouble = (name: string): Trouble | undefined => {
    const at = troubles.findIndex(({ on }) => on === '*' || on === name)
    const found = troubles[at]
    if (found === undefined) return undefined
    const left = (found.times ?? 1) - 1
    if (left === 0) troubles.splice(at, 1)
    else troubles[at] = { ...found, times: left }
    return found
  }

  const known = (request: Asked): { name: string; run: () => Reply } | null => {
    if (request.method === 'POST' && request.path === '/graphql') {
      const body = (request.body ?? {}) as GraphqlRequest
      return { name: `graphql/${String(body.operationName)}`, run: () => ({ status: 200, body: answerQuery(state, body) }) }
    }
    for (const operation of operations) {
      const parameters = operation.method === request.method ? operation.match(request.path) : null
      if (parameters === null) continue
      return { name: operation.name, run: () => runRest(operation, parameters, request) }
    }
    return null
  }

  const runRest = (operation: (typeof operations)[number], parameters: Record<string, string>, request: Asked): Reply => {
    const { query, body } = request
    const wrong = operation.requestFaults({ parameters, query, body })
    if (wrong.length > 0) return fault(`${operation.name}: ${wrong.join('; ')}`)
    const names = [state.repository, ...state.formerNames]
    if (!names.includes(`${parameters['owner']}/${parameters['repo']}`)) return notFound
    instant += 1_000
    const now = new Date(instant).toISOString().replace('.000', '')
    const answer = rest[operation.name]?.(state, { parameters, query, body: (body ?? {}) as Record<string, unknown>, now })
    if (answer === undefined) return notFound
    if (typeof answer === 'string') return { status: 422, body: { message: 'Validation Failed', errors: [{ message: answer }] } }
    const reply = answer === null ? undefined : answer
    const own = operation.answerFaults(reply)
    if (own.length > 0) return fault(`an answer of its own, ${operation.name}: ${own.join('; ')}`)
    return { status: operation.status, body: reply }
  }

  const answer = async (request: Asked): Promise<Said> => {
    const found = known(request)
    if (found === null) return { reply: fault(`${request.method} ${request.path}`), connection: undefined }
    asked.push(found.name)
    const trouble = nextTrouble(found.name)
    await trouble?.wait
    const run = (): Reply => {
      try {
        return refusals(found.name, request.headers, rules) ?? found.run()
      } catch (error) {
        if (error instanceof UnknownQuery) return fault(error.message)
        throw error
      }
    }
    const reply = trouble === undefined || trouble.done === true ? run() : undefined
    const connection = trouble?.connection
    // what never arrives is not done either, unless the trouble says so
    if (connection === 'drop' || connection === 'hang') return { reply: { status: 0 }, connection }
    return { reply: trouble?.reply ?? reply ?? run(), connection }
  }

  return { state, rules, asked, faults, trouble: (trouble) => void troubles.push(trouble), answer }
}

const notFound: Reply = { status: 404, body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' } }
