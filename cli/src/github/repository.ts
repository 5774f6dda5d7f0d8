import * as z from 'zod/mini'
import { UserError } from '../errors.ts'
import { type Connection, checked } from './connection.ts'
import { type Purpose, statusOf } from './errors.ts'
import type { RetryingOctokit } from './octokit.ts'

/** A repository as its tokens name it: names may be given up and taken by somebody else, ids may not. */
export interface RepositoryFacts {
  /** `owner/name`, as GitHub writes it. */
  name: string
  id: number
  ownerId: number
  defaultBranch: string
  /** How the subject of its tokens begins: `repo:<owner>@<id>/<name>@<id>`, or without the ids. */
  subject: 'immutable' | 'classic'
  /** Whether GitHub said so itself; otherwise it follows from the repository's age, which a rename or an opt-in makes wrong. */
  certain: boolean
}

/**
 * From this day on GitHub gives new repositories the immutable subject, and those that are renamed or transferred (docs.github.com, OpenID
 * Connect reference, "Immutable subject claims").
 */
const IMMUTABLE_SINCE = '2026-07-15'

const answer = z.object({
  id: z.int(),
  full_name: z.string(),
  created_at: z.string(),
  default_branch: z.string(),
  owner: z.object({ id: z.int() }),
})
const customization = z.object({
  use_default: z.boolean(),
  include_claim_keys: z.optional(z.array(z.string())),
  use_immutable_subject: z.optional(z.boolean()),
  sub_claim_prefix: z.optional(z.string()),
})

export async function readRepository(connection: Connection): Promise<RepositoryFacts> {
  const { owner, repo } = connection
  const purpose: Purpose = {
    what: `read the repository ${owner}/${repo}`,
    permission: 'metadata: read',
    consequence: 'nothing was changed',
  }
  return connection.request(purpose, async (octokit) => {
    const { data } = await octokit.rest.repos.get({ owner, repo })
    const { id, full_name: name, created_at: createdAt, default_branch: defaultBranch, owner: holder } = checked(answer, data, purpose)
    const found = await readCustomization(octokit, connection, purpose)
    if (found?.use_default === false && !isDefault(found.include_claim_keys ?? [])) throw customised(name, found.include_claim_keys ?? [])
    const facts = { name, id, ownerId: holder.id, defaultBranch }
    const said = subjectOf(found)
    return said === undefined
      ? { ...facts, subject: createdAt >= IMMUTABLE_SINCE ? 'immutable' : 'classic', certain: false }
      : { ...facts, subject: said, certain: true }
  })
}

/** `undefined` where the token may not ask. */
async function readCustomization(octokit: RetryingOctokit, { owner, repo }: Connection, purpose: Purpose) {
  try {
    const { data } = await octokit.rest.actions.getCustomOidcSubClaimForRepo({ owner, repo })
    return checked(customization, data, purpose)
  } catch (error) {
    if ([403, 404].includes(statusOf(error) ?? 0)) return undefined
    throw error
  }
}

/** No name of GitHub's holds an `@`. */
function subjectOf(found: z.output<typeof customization> | undefined): RepositoryFacts['subject'] | undefined {
  if (found?.sub_claim_prefix !== undefined) return found.sub_claim_prefix.includes('@') ? 'immutable' : 'classic'
  return found?.use_immutable_subject === true ? 'immutable' : undefined
}

/** The same subject as without a template of one's own. */
function isDefault(keys: readonly string[]): boolean {
  return keys.join() === 'repo,context'
}

function customised(name: string, keys: readonly string[]): UserError {
  return new UserError(
    `could not tell what to trust of ${name}: the subject of its tokens is made of ${keys.join(', ') || 'a template of its organisation'}`,
    {
      hint: `the roles trust GitHub's default: gh api -X PUT repos/${name}/actions/oidc/customization/sub -F use_default=true`,
    },
  )
}
