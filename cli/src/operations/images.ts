import type { Blueprint } from '../blueprint/blueprint.ts'

/** The key of the image that runs the migrations; no service may have this name. */
export const MIGRATIONS_IMAGE = 'migrations'

/**
 * What an environment runs when nobody says otherwise: a ready-made image as the blueprint names it, and for what is built from a folder the
 * image of this commit in the account's own registry.
 */
export function defaultImages(blueprint: Blueprint, commit: string | null): Record<string, string> {
  const tag = commit?.slice(0, 12) ?? 'latest'
  const referenceOf = (name: string, source: { image: string | null }): string => source.image ?? `${blueprint.project}/${name}:${tag}`
  const images: Record<string, string> = {}
  for (const [name, service] of Object.entries(blueprint.services)) images[name] = referenceOf(name, service)
  const migrations = blueprint.database?.migrations
  if (migrations != null) images[MIGRATIONS_IMAGE] = referenceOf(MIGRATIONS_IMAGE, migrations)
  return images
}
