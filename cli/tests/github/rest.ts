import { commentAnswer, deploymentAnswer, statusAnswer, workflowRunAnswer } from './answers.ts'
import { issueOperations } from './fake-issues.ts'
import { settingsOperations } from './fake-settings.ts'
import type { FakeComment, FakeDeployment, GitHubState } from './state.ts'

export interface RestRequest {
  parameters: Record<string, string>
  query: Record<string, string>
  body: Record<string, unknown>
  /** What time it is at GitHub. */
  now: string
}

/** `undefined`: there is no such thing. A text: GitHub refuses it (422) with these words. */
export type RestAnswer = object | undefined | string | null

/** By the operation's name in GitHub's description; `null` answers without a body. */
export const rest: Record<string, (state: GitHubState, request: RestRequest) => RestAnswer> = {
  ...issueOperations,
  ...settingsOperations,

  'issues/create-comment': (state, { parameters, body, now }) => {
    const pullRequest = Number(parameters['issue_number'])
    if (!state.pullRequests.has(pullRequest) && !state.issues.some(({ number }) => number === pullRequest)) return undefined
    const text = String(body['body'])
    if (text.length > 65_536) return 'body is too long (maximum is 65536 characters)'
    const made: FakeComment = { id: nextId(state), pullRequest, author: state.viewer, body: text, createdAt: now, updatedAt: now, edits: 0 }
    state.comments.push(made)
    return commentAnswer(made)
  },

  'issues/update-comment': (state, { parameters, body, now }) => {
    const found = state.comments.find(({ id }) => id === Number(parameters['comment_id']))
    if (found === undefined) return undefined
    const text = String(body['body'])
    if (text.length > 65_536) return 'body is too long (maximum is 65536 characters)'
    Object.assign(found, { body: text, updatedAt: now, edits: found.edits + 1 })
    return commentAnswer(found)
  },

  'issues/delete-comment': (state, { parameters }) => {
    const at = state.comments.findIndex(({ id }) => id === Number(parameters['comment_id']))
    if (at === -1) return undefined
    state.comments.splice(at, 1)
    return null
  },

  'repos/list-deployments': (state, { query }) => {
    const { sha, task, environment, per_page = '30' } = query
    const wanted = state.deployments.filter(
      (one) =>
        (sha === undefined || one.sha === sha) &&
        (task === undefined || one.task === task) &&
        (environment === undefined || one.environment === environment),
    )
    return wanted.reverse().slice(0, Number(per_page)).map(deploymentAnswer)
  },

  'repos/create-deployment': (state, { body, now }) => {
    const sha = String(body['ref'])
    if (![...state.pullRequests.values()].some(({ commit }) => commit === sha)) return `No ref found for: ${sha}`
    const made: FakeDeployment = {
      id: nextId(state),
      sha,
      task: String(body['task']),
      environment: String(body['environment']),
      description: String(body['description']),
      payload: body['payload'],
      createdAt: now,
      statuses: [],
    }
    state.deployments.push(made)
    return deploymentAnswer(made)
  },

  'repos/create-deployment-status': (state, { parameters, body }) => {
    const found = state.deployments.find(({ id }) => id === Number(parameters['deployment_id']))
    if (found === undefined) return undefined
    const text = (name: string): string => String(body[name] ?? '')
    if (text('description').length > 140) return 'description is too long (maximum is 140 characters)'
    const made = {
      state: text('state'),
      description: text('description'),
      environmentUrl: text('environment_url'),
      logUrl: text('log_url'),
    }
    found.statuses.push(made)
    if (made.state === 'success' && body['auto_inactive'] !== false) endOthers(state, found)
    return statusAnswer(nextId(state), made)
  },

  'actions/get-workflow-run-attempt': (state, { parameters }) => {
    const [id, attempt] = [Number(parameters['run_id']), Number(parameters['attempt_number'])]
    const found = state.workflowRuns.find((run) => run.id === id && run.attempt === attempt)
    return found === undefined ? undefined : workflowRunAnswer(state.repository, found)
  },
}

/** As GitHub does it unless it is told not to: all of the same environment, whosever they are. */
function endOthers(state: GitHubState, survivor: FakeDeployment): void {
  for (const other of state.deployments) {
    if (other === survivor || other.environment !== survivor.environment) continue
    other.statuses.push({ state: 'inactive', description: '', environmentUrl: '', logUrl: '' })
  }
}

/** Larger than a GraphQL `Int`, as GitHub's are by now. */
function nextId(state: GitHubState): number {
  state.made += 1
  return 3_000_000_000 + state.made
}
