import { issueAnswer } from './answers.ts'
import type { RestAnswer, RestRequest } from './rest.ts'
import type { FakeIssue, GitHubState } from './state.ts'

const TOO_LONG = 'body is too long (maximum is 65536 characters)'

/** Issues share their numbers with pull requests. */
function nextNumber(state: GitHubState): number {
  return Math.max(0, ...state.pullRequests.keys(), ...state.issues.map(({ number }) => number)) + 1
}

export const issueOperations: Record<string, (state: GitHubState, request: RestRequest) => RestAnswer> = {
  'issues/create': (state, { body, now }) => {
    const text = String(body['body'] ?? '')
    if (text.length > 65_536) return TOO_LONG
    const labels = state.labelling ? ((body['labels'] ?? []) as string[]) : []
    const made: FakeIssue = {
      number: nextNumber(state),
      state: 'open',
      reason: null,
      title: String(body['title']),
      body: text,
      labels,
      author: state.viewer,
      createdAt: now,
      updatedAt: now,
    }
    state.issues.push(made)
    return issueAnswer(state.repository, made)
  },

  'issues/update': (state, { parameters, body, now }) => {
    const found = state.issues.find(({ number }) => number === Number(parameters['issue_number']))
    if (found === undefined) return undefined
    if (String(body['body'] ?? '').length > 65_536) return TOO_LONG
    if (body['state'] !== undefined && body['state'] !== found.state) found.reason = (body['state_reason'] ?? null) as FakeIssue['reason']
    for (const key of ['title', 'body', 'state'] as const) if (body[key] !== undefined) Object.assign(found, { [key]: body[key] })
    found.updatedAt = now
    return issueAnswer(state.repository, found)
  },
}
