import type { ResolvedBlueprint } from '../blueprint/blueprint.ts'
import { resolveBlueprint } from '../blueprint/resolve.ts'
import type { EnvironmentDocument } from '../environment/document.ts'
import { awsName } from '../environment/names.ts'
import { hostOf } from './host.ts'

/** What the roles of the repository's workflows need to know. */
export interface GithubView {
  repository: { name: string; id: number; owner_id: number; subject: string }
  dedicatedPreviews: boolean
  /** What they are kept away from: prefixes and hosts by name. */
  pinned: Record<string, { prefix: string; host: string | null }>
}

/** Without a pinned environment, the one that most projects will have: its roles are there before it is. */
export function githubOf(blueprint: ResolvedBlueprint, { project, repository, github }: EnvironmentDocument): GithubView | null {
  if (github === undefined || repository === null) return null
  const { repositoryId: id, ownerId, subject, dedicatedPreviews = false } = github
  const names = Object.keys(blueprint.environments).filter((name) => blueprint.environments[name]?.pinned === true)
  const pinned = (names.length === 0 ? ['production'] : names.sort()).map((name) => {
    const host = hostOf(resolveBlueprint(blueprint, name), name)
    return [name, { prefix: awsName(48, project, name), host }]
  })
  return { repository: { name: repository, id, owner_id: ownerId, subject }, dedicatedPreviews, pinned: Object.fromEntries(pinned) }
}
