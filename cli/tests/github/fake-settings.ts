import { answerLike } from './answers.ts'
import type { RestAnswer, RestRequest } from './rest.ts'
import type { FakeEnvironment, GitHubState } from './state.ts'

/** The repository itself, its variables and its environments, by the operation's name in GitHub's description. */
export const settingsOperations: Record<string, (state: GitHubState, request: RestRequest) => RestAnswer> = {
  'repos/get': ({ repository, identity }) => {
    const [owner = '', name = ''] = repository.split('/')
    return answerLike('full-repository', {
      id: identity.id,
      name,
      full_name: repository,
      created_at: identity.createdAt,
      default_branch: identity.defaultBranch,
      owner: answerLike('simple-user', { id: identity.ownerId, login: owner }),
    })
  },

  'actions/get-custom-oidc-sub-claim-for-repo': ({ identity }) => identity.subject,

  'actions/get-repo-variable': ({ variables }, { parameters }) => {
    const value = variables.get(parameters['name'] ?? '')
    return value === undefined ? undefined : answerLike('actions-variable', { name: parameters['name'], value })
  },

  'actions/create-repo-variable': ({ variables }, { body }) => {
    variables.set(String(body['name']), String(body['value']))
    return {}
  },

  'actions/update-repo-variable': ({ variables }, { parameters, body }) => {
    if (!variables.has(parameters['name'] ?? '')) return undefined
    variables.set(parameters['name'] ?? '', String(body['value']))
    return null
  },

  'repos/get-environment': (state, { parameters }) => environmentAnswer(state, parameters['environment_name'] ?? ''),

  // what is not said is dropped
  'repos/create-or-update-environment': (state, { parameters, body }) => {
    const name = parameters['environment_name'] ?? ''
    const known = state.environments.get(name)
    const policy = body['deployment_branch_policy'] as { custom_branch_policies: boolean } | null | undefined
    const made: FakeEnvironment = {
      branches: policy?.custom_branch_policies === true ? (known?.branches ?? []) : null,
      reviewers: (body['reviewers'] as FakeEnvironment['reviewers'] | undefined) ?? [],
      selfReviewPrevented: body['prevent_self_review'] === true,
      waitTimer: Number(body['wait_timer'] ?? 0),
    }
    if (state.plan === 'free' && ['reviewers', 'wait_timer', 'prevent_self_review'].some((field) => field in body)) {
      return 'Failed to create the environment protection rule'
    }
    state.environments.set(name, made)
    return environmentAnswer(state, name)
  },

  'repos/list-deployment-branch-policies': ({ environments }, { parameters }) => {
    const branches = environments.get(parameters['environment_name'] ?? '')?.branches
    if (branches == null) return undefined
    return { total_count: branches.length, branch_policies: branches.map((name) => answerLike('deployment-branch-policy', { name })) }
  },

  'repos/create-deployment-branch-policy': ({ environments }, { parameters, body }) => {
    const branches = environments.get(parameters['environment_name'] ?? '')?.branches
    if (branches == null) return undefined
    branches.push(String(body['name']))
    return answerLike('deployment-branch-policy', { name: body['name'] })
  },
}

function environmentAnswer({ environments }: GitHubState, name: string): object | undefined {
  const found = environments.get(name)
  if (found === undefined) return undefined
  const ids = { id: 1, node_id: 'GA_1' }
  return answerLike('environment', {
    name,
    protection_rules: [
      ...(found.waitTimer === 0 ? [] : [{ ...ids, type: 'wait_timer', wait_timer: found.waitTimer }]),
      ...(found.reviewers.length === 0
        ? []
        : [
            {
              ...ids,
              type: 'required_reviewers',
              prevent_self_review: found.selfReviewPrevented,
              reviewers: found.reviewers.map(({ type, id }) => ({ type, reviewer: answerLike('simple-user', { id }) })),
            },
          ]),
      ...(found.branches === null ? [] : [{ ...ids, type: 'branch_policy' }]),
    ],
    deployment_branch_policy: found.branches === null ? null : { protected_branches: false, custom_branch_policies: true },
  })
}
