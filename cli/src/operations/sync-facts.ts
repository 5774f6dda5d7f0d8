import type { Context } from '../context.ts'
import { UserError } from '../errors.ts'
import type { GitHub } from '../github/client.ts'
import type { EnvironmentRecord } from '../registry/record.ts'
import type { Registry } from '../registry/registry.ts'
import type { PullRequestAnswer } from '../sync/facts.ts'
import type { SyncInput } from '../sync/input.ts'
import type { Project } from './project.ts'

type FactsContext = Pick<Context, 'clock' | 'output'>

/** All that planning needs to know, beside what may be done in one run. */
export async function gatherFacts(
  context: FactsContext,
  project: Project,
  sources: { registry: Registry; github: GitHub; records: readonly EnvironmentRecord[]; answer: PullRequestAnswer },
): Promise<Omit<SyncInput, 'options'>> {
  const { registry, github, records, answer } = sources
  const { project: name, previews, environments } = project.blueprint
  const [own, past] = await Promise.all([
    ownPullRequests(github, records, answer.repository),
    tombstones(context, registry, answer, records),
  ])
  return {
    project: name,
    now: context.clock.now(),
    answer,
    records: own,
    tombstones: past,
    pinned: Object.keys(environments).filter((each) => environments[each]?.pinned === true),
    // who works on an environment is settled by its lease when its turn comes
    leases: [],
    previews,
  }
}

/**
 * The number of a pull request says nothing in another repository: such an environment is only held to its own time to live. A name that the
 * repository had before it was renamed is no other one.
 */
async function ownPullRequests(github: GitHub, records: readonly EnvironmentRecord[], repository: string): Promise<EnvironmentRecord[]> {
  const isHere = (name: string | null | undefined): boolean => name == null || name.toLowerCase() === repository.toLowerCase()
  const others = [...new Set(records.flatMap((record) => (isHere(record.repository) ? [] : (record.repository ?? []))))]
  const renamed = new Set<string>()
  await Promise.all(
    others.map(async (name) => {
      if (isHere(await currentName(github, name))) renamed.add(name)
    }),
  )
  return records.map((record) =>
    isHere(record.repository) || renamed.has(record.repository ?? '') ? record : { ...record, pullRequest: null },
  )
}

/** A repository that GitHub does not show is none of ours. */
async function currentName(github: GitHub, name: string): Promise<string> {
  try {
    return (await github.currentName(name)) ?? name
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return name
  }
}

/** Of the pull requests that have no environment: what is known of the one that they had. */
async function tombstones(
  context: Pick<Context, 'output'>,
  registry: Registry,
  answer: PullRequestAnswer,
  records: readonly EnvironmentRecord[],
): Promise<EnvironmentRecord[]> {
  const without = answer.pullRequests.filter(({ number }) => !records.some((record) => record.pullRequest === number))
  const found = await Promise.all(without.map(({ number }) => pastOf(context, registry, answer.repository, number)))
  // a claim that was never applied was no life that could be over
  return found.filter((record) => record !== undefined).filter(({ serial }) => serial > 0)
}

/** What is known last of the environment that a pull request had. One that cannot be read is forgotten: nothing is destroyed for it. */
export async function pastOf(
  context: Pick<Context, 'output'>,
  registry: Registry,
  repository: string,
  pullRequest: number,
): Promise<EnvironmentRecord | undefined> {
  try {
    return await registry.getDestroyedOf(repository, pullRequest)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    context.output.warn(error.message)
    return undefined
  }
}
