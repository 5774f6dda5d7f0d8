import * as z from 'zod/mini'
import { type Connection, checked } from './connection.ts'
import type { Purpose } from './errors.ts'
import { makeOnce } from './once.ts'
import { DEPLOYMENT_STATES } from './queries.ts'

/** The one GitHub environment of all previews: a workflow's token cannot delete environments, so one for each would pile up. */
const ENVIRONMENT = 'preview'
/** Characters that GitHub takes. */
const LONGEST_DESCRIPTION = 140
const PAGE = 100

export interface DeploymentRequest {
  pullRequest: number
  /** Head commit, in full; GitHub shows the deployment where it is. */
  commit: string
  /** The environment's name. */
  name: string
  /** The run that deploys. */
  logUrl: string | null
}

/** What the pull request shows as "View deployment". */
export interface Deployment {
  readonly id: number
  inProgress(): Promise<void>
  /** It answers at `url`; earlier deployments of the pull request become inactive. */
  succeed(url: string): Promise<void>
  fail(why: string): Promise<void>
}

export interface Deployments {
  create(request: DeploymentRequest): Promise<Deployment>
  /** What is so, whatever was said before: this commit answers at `url`, and nothing else is deployed. */
  hold(request: DeploymentRequest & { url: string }): Promise<void>
  /** Nothing runs for the pull request any more. Returns how many deployments were still said to. */
  deactivate(pullRequest: number): Promise<number>
}

type State = 'in_progress' | 'success' | 'failure' | 'inactive'

const made = z.object({ id: z.int(), node_id: z.string(), sha: z.string() })
const states = z.object({
  nodes: z.array(
    z.nullable(
      z.object({ databaseId: z.optional(z.nullable(z.int())), latestStatus: z.optional(z.nullable(z.object({ state: z.string() }))) }),
    ),
  ),
})

/** By the task the deployments of one pull request are told from those of the others: GitHub filters by it. */
const taskOf = (pullRequest: number): string => `deploy:pr-${pullRequest}`

export function deploymentsOf(connection: Connection): Deployments {
  const { owner, repo, clock } = connection

  const purposeOf = (pullRequest: number): Purpose => ({
    what: `update the deployment of pull request ${pullRequest} of ${owner}/${repo}`,
    permission: 'deployments: write',
    consequence: 'what GitHub shows may be out of date, the environment is not affected',
  })

  /** The newest first; more than a page of them is not looked at. */
  const list = (purpose: Purpose, pullRequest: number, sha?: string): Promise<z.output<typeof made>[]> =>
    connection.request(purpose, async ({ rest }) => {
      const filter = { environment: ENVIRONMENT, task: taskOf(pullRequest), per_page: PAGE, ...(sha === undefined ? {} : { sha }) }
      const { data } = await rest.repos.listDeployments({ owner, repo, ...filter })
      return checked(z.array(made), data, purpose)
    })

  const setState = async (purpose: Purpose, id: number, state: State, more: object = {}): Promise<void> => {
    // `auto_inactive` would end the deployments of other pull requests too
    const status = { deployment_id: id, state, environment: ENVIRONMENT, auto_inactive: false, ...more }
    await connection.request(purpose, ({ rest }) => rest.repos.createDeploymentStatus({ owner, repo, ...status }))
  }

  /** Those that GitHub still shows as running or on their way, the newest first. */
  const lively = async (purpose: Purpose, pullRequest: number): Promise<{ id: number; sha: string; state: string }[]> => {
    const listed = await list(purpose, pullRequest)
    if (listed.length === 0) return []
    const variables = { ids: listed.map(({ node_id }) => node_id) }
    const { data } = await connection.query(purpose, { name: 'DeploymentStates', text: DEPLOYMENT_STATES, variables, shape: states })
    const stateOf = new Map(data.nodes.map((node) => [node?.databaseId, node?.latestStatus?.state ?? '']))
    return listed.flatMap(({ id, sha }) => {
      const state = stateOf.get(id)
      return state === undefined || ['INACTIVE', 'FAILURE', 'ERROR'].includes(state) ? [] : [{ id, sha, state }]
    })
  }

  const deactivate = async (pullRequest: number, except?: number): Promise<number> => {
    const purpose = purposeOf(pullRequest)
    const others = (await lively(purpose, pullRequest)).filter(({ id }) => id !== except)
    for (const { id } of others) await setState(purpose, id, 'inactive')
    return others.length
  }

  const create = async (asked: DeploymentRequest): Promise<Deployment> => {
    const { pullRequest, commit, name } = asked
    const purpose = purposeOf(pullRequest)
    const request = {
      ref: commit,
      task: taskOf(pullRequest),
      environment: ENVIRONMENT,
      description: cut(name),
      auto_merge: false,
      required_contexts: [],
      payload: { pullRequest, environment: name },
      transient_environment: true,
      production_environment: false,
    }
    const { id } = await connection.request(purpose, ({ rest }) =>
      makeOnce(
        clock,
        async () => {
          const { data } = await rest.repos.createDeployment({ owner, repo, ...request, request: { retries: 0 } })
          return checked(made, data, purpose)
        },
        // an earlier run's of the same commit will do as well
        async () => (await list(purpose, pullRequest, commit))[0],
      ),
    )
    return deploymentOf(id, asked)
  }

  const deploymentOf = (id: number, { pullRequest, name, logUrl }: DeploymentRequest): Deployment => {
    const purpose = purposeOf(pullRequest)
    const log = logUrl === null ? {} : { log_url: logUrl }
    return {
      id,
      inProgress: () => setState(purpose, id, 'in_progress', log),
      succeed: async (url) => {
        await setState(purpose, id, 'success', { ...log, environment_url: url, description: cut(name) })
        await deactivate(pullRequest, id)
      },
      fail: (why) => setState(purpose, id, 'failure', { ...log, description: cut(why) }),
    }
  }

  const hold: Deployments['hold'] = async ({ url, ...request }) => {
    const { pullRequest, commit } = request
    const shown = await lively(purposeOf(pullRequest), pullRequest)
    const own = shown.find(({ sha }) => sha === commit)
    if (own?.state === 'SUCCESS' && shown.length === 1) return
    await (own === undefined ? await create(request) : deploymentOf(own.id, request)).succeed(url)
  }

  return { create, hold, deactivate: (pullRequest) => deactivate(pullRequest) }
}

/** One line of at most `LONGEST_DESCRIPTION` characters, none cut in two. */
function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  if (line.length <= LONGEST_DESCRIPTION) return line
  return `${line.slice(0, LONGEST_DESCRIPTION - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
