import type { Context } from '../context.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { type WorkflowRole, workflowRoles } from '../environment/workflow-roles.ts'
import { NotFoundError, UserError } from '../errors.ts'
import type { GitHub } from '../github/client.ts'
import type { RepositoryFacts } from '../github/repository.ts'
import type { Project } from './project.ts'
import { readDocument } from './root.ts'

type AccessContext = Pick<Context, 'files' | 'output' | 'assets' | 'variables' | 'github'>

/** The repository whose workflows get roles in the account, as the platform's document keeps it. */
export interface Trusted {
  repository: string
  github: NonNullable<EnvironmentDocument['github']>
}

/** Something that this run could not do, and how a person does it. */
export interface Step {
  what: string
  why: string
  commands: string[]
}

export const WITH_A_TOKEN: Step = {
  what: 'the variables and the environments of the repository',
  why: 'there is no GITHUB_TOKEN to set them with',
  commands: ['GITHUB_TOKEN=$(gh auth token) devtool bootstrap --github'],
}

/** Where jobs may come from that name an environment, as GitHub matches it; merge commits of pull requests have no branch. */
export function patternOf({ from }: WorkflowRole, defaultBranch: string): string {
  return from === 'pull-request' ? 'refs/pull/*/merge' : defaultBranch
}

/** What `envs/platform/environment.json` says. */
export async function storedTrust(context: AccessContext, project: Project): Promise<Trusted | undefined> {
  const document = await readDocument(context, project, 'platform')
  if (document?.repository == null || document.github === undefined) return undefined
  return { repository: document.repository, github: document.github }
}

/** Asks GitHub what the repository is, where there is a token to ask with. `facts` is missing where there is none and the answer is known. */
export async function askTrust(
  context: AccessContext,
  project: Project,
): Promise<{ trusted: Trusted; github: GitHub; facts?: RepositoryFacts }> {
  const [github, stored] = await Promise.all([context.github(project), storedTrust(context, project)])
  if ((context.variables['GITHUB_TOKEN'] ?? '') === '') {
    if (stored !== undefined) return { trusted: stored, github }
    throw new UserError(`could not find out which repository ${github.repository} is: there is no token`, {
      hint: 'GITHUB_TOKEN=$(gh auth token) devtool bootstrap --github; it asks once, envs/platform/environment.json keeps the answer',
    })
  }
  const facts = await context.output.step('asking GitHub for the repository', () => github.facts())
  refuseAnother(stored, facts)
  if (!facts.certain) {
    context.output.warn(
      `GitHub does not tell this token how ${facts.name} names itself in its own: by its age it is the ${facts.subject} form. If AWS refuses its workflows, run this with a token that may read its Actions`,
    )
  }
  const { id: repositoryId, ownerId, subject } = facts
  const dedicated = stored?.github.dedicatedPreviews
  const ids = { repositoryId, ownerId, subject, ...(dedicated === undefined ? {} : { dedicatedPreviews: dedicated }) }
  return { trusted: { repository: facts.name, github: ids }, github, facts }
}

/** A name may have come into other hands. */
function refuseAnother(stored: Trusted | undefined, { name, id }: RepositoryFacts): void {
  if (stored === undefined || stored.github.repositoryId === id) return
  throw new UserError(
    `could not trust ${name}: its id is ${id}, and the roles in the account are for the repository with the id ${stored.github.repositoryId}`,
    { hint: 'if it was made anew on purpose, take "github" out of envs/platform/environment.json and run the command again' },
  )
}

/** Rendering the platform without its roles would remove them. */
export async function refuseLosingRoles(context: Pick<Context, 'aws'>, project: Project): Promise<void> {
  const { roleExists } = await import('../aws/workflow-trust.ts')
  const role = `${project.blueprint.project}-${workflowRoles[0]?.name}`
  if (!(await roleExists(await context.aws(project), role))) return
  throw new NotFoundError(
    `could not tell whose workflows the role ${role} is for: envs/platform/environment.json is not here, or does not say`,
    {
      hint: 'take the committed envs/platform back (git checkout -- envs/platform), or run: devtool bootstrap --github',
    },
  )
}

/**
 * Holds the GitHub environments to where their jobs may come from: before the roles are there, because a role trusts whatever job names its
 * environment. Returns what changed, and what is left for a person.
 */
export async function guardEnvironments(
  context: AccessContext,
  github: GitHub,
  facts: RepositoryFacts,
): Promise<{ changed: string[]; left: Step[] }> {
  const changed: string[] = []
  const left: Step[] = []
  for (const role of workflowRoles) {
    const { environment: name } = role
    const pattern = patternOf(role, facts.defaultBranch)
    try {
      const guarded = await github.settings.guardEnvironment({ name, pattern })
      if (guarded.changed) changed.push(`GitHub: environment ${name}`)
      if (guarded.others.length > 0) {
        context.output.warn(`jobs from ${guarded.others.join(', ')} may name the environment ${name} too, and take on ${role.name}`)
      }
      if (name === 'production' && !guarded.reviewed) left.push(reviewers(facts.name))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      left.push({
        what: `the environment ${name}, for jobs from ${pattern} only`,
        why: error.message,
        commands: guardByHand(facts.name, name, pattern),
      })
    }
  }
  return { changed, left }
}

export async function publishVariables(
  github: GitHub,
  values: Readonly<Record<string, string>>,
): Promise<{ changed: string[]; left: Step[] }> {
  try {
    const names = await github.settings.setVariables(values)
    return { changed: names.map((name) => `GitHub: variable ${name}`), left: [] }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return {
      changed: [],
      left: [{ what: 'the variables that the workflows read', why: error.message, commands: variablesByHand(github.repository, values) }],
    }
  }
}

export function variablesByHand(repository: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `gh variable set ${name} --repo ${repository} --body ${value}`)
}

export function guardByHand(repository: string, name: string, pattern: string): string[] {
  const at = `repos/${repository}/environments/${name}`
  const held = "-F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true'"
  return [`gh api -X PUT ${at} ${held}`, `gh api -X POST ${at}/deployment-branch-policies -f name='${pattern}'`]
}

function reviewers(repository: string): Step {
  return {
    what: 'required reviewers of the environment production',
    why: 'whoever may push to the default branch deploys to production; on private repositories GitHub offers reviewers with Enterprise only',
    commands: [`https://github.com/${repository}/settings/environments`],
  }
}
