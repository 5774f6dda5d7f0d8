import * as z from 'zod/mini'
import { type Connection, checked } from './connection.ts'
import { type Purpose, statusOf } from './errors.ts'

/** An environment that only jobs from the named branches, or merge commits of pull requests, may name. */
export interface GuardedEnvironment {
  name: string
  /** As GitHub matches it: `main`, `refs/pull/*\/merge`. */
  pattern: string
}

export interface Guarded {
  /** Whether this changed anything. */
  changed: boolean
  /** Patterns beside the one asked for: jobs from there may name it too. */
  others: string[]
  /** Whether a person has to approve. */
  reviewed: boolean
}

export interface Settings {
  /** Creates or updates variables of the repository; the names of those that were not so already. */
  setVariables(values: Readonly<Record<string, string>>): Promise<string[]>
  /** Makes sure that the environment exists and is held to its pattern; keeps what else people have set. */
  guardEnvironment(environment: GuardedEnvironment): Promise<Guarded>
}

const variable = z.object({ value: z.string() })
const reviewer = z.object({ type: z.optional(z.string()), reviewer: z.optional(z.object({ id: z.int() })) })
const rule = z.object({
  type: z.string(),
  wait_timer: z.optional(z.int()),
  prevent_self_review: z.optional(z.boolean()),
  reviewers: z.optional(z.array(reviewer)),
})
const environment = z.object({
  protection_rules: z.optional(z.array(rule)),
  deployment_branch_policy: z.optional(z.nullable(z.object({ custom_branch_policies: z.boolean() }))),
})
const policies = z.object({ branch_policies: z.array(z.object({ name: z.optional(z.string()) })) })
type Environment = z.output<typeof environment>

const PAGE = 100

export function settingsOf(connection: Connection): Settings {
  const at = { owner: connection.owner, repo: connection.repo }
  const repository = `${at.owner}/${at.repo}`

  const setVariable = async (name: string, value: string): Promise<boolean> => {
    const purpose = { what: `set the variable ${name} of ${repository}`, permission: 'variables: write', consequence: 'it is as it was' }
    const known = await orMissing(connection, purpose, async ({ rest }) => rest.actions.getRepoVariable({ ...at, name }))
    if (known === undefined) {
      await connection.request(purpose, ({ rest }) => rest.actions.createRepoVariable({ ...at, name, value }))
      return true
    }
    if (checked(variable, known.data, purpose).value === value) return false
    await connection.request(purpose, ({ rest }) => rest.actions.updateRepoVariable({ ...at, name, value }))
    return true
  }

  const guardEnvironment = async ({ name, pattern }: GuardedEnvironment): Promise<Guarded> => {
    const purpose = {
      what: `guard the environment ${name} of ${repository}`,
      permission: 'administration: write',
      consequence: 'it is as it was',
    }
    const place = { ...at, environment_name: name }
    const found = await orMissing(connection, purpose, ({ rest }) => rest.repos.getEnvironment(place))
    const known = found === undefined ? undefined : checked(environment, found.data, purpose)
    const held = known?.deployment_branch_policy?.custom_branch_policies === true
    if (!held) {
      const request = { ...kept(known), deployment_branch_policy: { protected_branches: false, custom_branch_policies: true } }
      await connection.request(purpose, ({ rest }) => rest.repos.createOrUpdateEnvironment({ ...place, ...request }))
    }
    const listed = await connection.request(purpose, ({ rest }) => rest.repos.listDeploymentBranchPolicies({ ...place, per_page: PAGE }))
    const names = checked(policies, listed.data, purpose).branch_policies.map((policy) => policy.name ?? '')
    if (!names.includes(pattern)) {
      await connection.request(purpose, ({ rest }) => rest.repos.createDeploymentBranchPolicy({ ...place, name: pattern }))
    }
    return {
      changed: !held || !names.includes(pattern),
      others: names.filter((other) => other !== pattern),
      reviewed: known?.protection_rules?.some(({ type }) => type === 'required_reviewers') === true,
    }
  }

  return {
    setVariables: async (values) => {
      const changed: string[] = []
      for (const [name, value] of Object.entries(values)) if (await setVariable(name, value)) changed.push(name)
      return changed
    },
    guardEnvironment,
  }
}

/** `undefined` where GitHub has no such thing. */
async function orMissing<T>(
  connection: Connection,
  purpose: Purpose,
  work: Parameters<typeof connection.request<T>>[1],
): Promise<T | undefined> {
  return connection.request<T | undefined>(purpose, async (octokit) => {
    try {
      return await work(octokit)
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  })
}

/**
 * What people have set must be said again, or GitHub drops it. What nobody has set is left out: a private repository on a plan without these
 * rules is refused for naming them at all.
 */
function kept(known: Environment | undefined) {
  const rules = known?.protection_rules ?? []
  const timer = rules.find(({ type }) => type === 'wait_timer')?.wait_timer
  const review = rules.find(({ type }) => type === 'required_reviewers')
  const reviewers = (review?.reviewers ?? []).flatMap(({ type, reviewer: who }) =>
    (type === 'User' || type === 'Team') && who !== undefined ? [{ type, id: who.id } as const] : [],
  )
  return {
    ...(timer === undefined ? {} : { wait_timer: timer }),
    ...(reviewers.length === 0 ? {} : { reviewers }),
    ...(review?.prevent_self_review === undefined ? {} : { prevent_self_review: review.prevent_self_review }),
  }
}
