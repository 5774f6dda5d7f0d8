import { createHash } from 'node:crypto'
import type { Architecture } from './ports.ts'

/** Raised when the way of building changes, so that nothing built the old way is taken for it. */
const RECIPE = 1
const DIGITS = 12

/**
 * The tag that says what an image is made of: the files (with the Dockerfile among them), the platform and the way of building. The blueprint has no
 * build arguments, and none are passed.
 *
 * @param digest of the build folder's files
 */
export function treeTag(digest: string, architecture: Architecture): string {
  return `tree-${keyOf(digest, architecture)}`
}

/** The tag under which the build cache of a tree is kept; of an empty digest: what all of them begin with. Its own one, as tags are immutable. */
export function cacheTag(digest: string, architecture: Architecture): string {
  return `cache-${architecture}-${digest === '' ? '' : keyOf(digest, architecture)}`
}

/** As in `defaultImages`: what an environment runs when nobody says otherwise. */
export function commitTag(commit: string): string {
  return commit.slice(0, DIGITS)
}

function keyOf(digest: string, architecture: Architecture): string {
  const recipe = JSON.stringify({ recipe: RECIPE, files: digest, platform: `linux/${architecture}`, arguments: {} })
  return createHash('sha256').update(recipe).digest('hex').slice(0, DIGITS)
}
