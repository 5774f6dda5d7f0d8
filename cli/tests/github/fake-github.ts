import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { operations } from './contract.ts'
import { answerQuery, type GraphqlRequest, UnknownQuery } from './graphql.ts'
import { rest } from './rest.ts'
import { emptyState, type GitHubState } from './state.ts'
import { type Reply, type Rules, refusals, type Trouble } from './trouble.ts'

export interface FakeGitHub {
  /** For `GITHUB_API_URL`. */
  readonly url: string
  readonly state: GitHubState
  readonly rules: Rules
  /** The names of what was asked, in order: `issues/create-comment`, `graphql/Comments`. */
  readonly asked: string[]
  /** What GitHub would never have been asked by a right client; a test ends with this being empty. */
  readonly faults: string[]
  /** From now on, until it has happened as often as it says. */
  trouble(trouble: Trouble): void
  stop(): Promise<void>
}

export interface FakeGitHubOptions {
  repository?: string
  viewer?: string
  token?: string
}

interface Asked {
  method: string
  path: string
  query: Record<string, string>
  headers: http.IncomingHttpHeaders
  body: unknown
}

/** GitHub on loopback, in memory, strict: what it does not know is noted as a fault and answered with 501. */
export async function startFakeGitHub(options: FakeGitHubOptions = {}): Promise<FakeGitHub> {
  const state = emptyState(options.repository ?? 'acme/shop', options.viewer ?? 'github-actions[bot]')
  const rules: Rules = { token: options.token ?? 'a-token', permissions: { 'pull-requests': 'write', deployments: 'write' }, limit: null }
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

  const answer = async (request: Asked, response: http.ServerResponse): Promise<void> => {
    const found = known(request)
    if (found === null) return send(response, fault(`${request.method} ${request.path}`))
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
    if (trouble?.connection === 'drop') return void response.destroy()
    if (trouble?.connection === 'hang') return
    const said = trouble?.reply ?? reply ?? run()
    if (trouble?.connection === 'cut') return cut(response, said)
    send(response, said)
  }

  const server = http.createServer((message, response) => {
    void read(message).then((request) => answer(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    state,
    rules,
    asked,
    faults,
    trouble: (trouble) => void troubles.push(trouble),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const notFound: Reply = { status: 404, body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' } }

async function read(message: http.IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const url = new URL(message.url ?? '/', 'http://github.test')
  const body = text === '' ? undefined : JSON.parse(text)
  return { method: message.method ?? '', path: url.pathname, query: Object.fromEntries(url.searchParams), headers: message.headers, body }
}

function send(response: http.ServerResponse, { status, body, headers }: Reply): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(text)
}

/** The first half of the answer, and then the connection ends as if that were all. */
function cut(response: http.ServerResponse, { status, body }: Reply): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(text.slice(0, text.length / 2))
}
