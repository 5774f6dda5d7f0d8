import type { EnvironmentDocument } from '../environment/document.ts'
import { UserError } from '../errors.ts'
import { inspectFile } from './header.ts'

export const imagesFile = 'images.auto.tfvars.json'

const hint = `mend it, or delete it: it is written again from environment.json`

function imagesOf(content: string): Record<string, string> {
  let parsed: unknown
  try {
    parsed = JSON.parse(content)
  } catch (error) {
    throw new UserError(`could not read ${imagesFile}: it is not JSON`, { hint, cause: error })
  }
  const images = (parsed as { images?: unknown } | null)?.images
  if (typeof images !== 'object' || images === null || Array.isArray(images)) {
    throw new UserError(`could not read ${imagesFile}: it has no object "images"`, { hint })
  }
  for (const [service, image] of Object.entries(images)) {
    if (typeof image !== 'string') throw new UserError(`could not read ${imagesFile}: images.${service} is not a string`, { hint })
  }
  return images as Record<string, string>
}

/**
 * Takes an edit of `images.auto.tfvars.json` over into the document, so that the next render keeps it. The file as devtool wrote it
 * changes nothing: then what `environment.json` says counts.
 * @param content of the file that lies in the environment's folder, `undefined` when there is none
 */
export function adoptImages(document: EnvironmentDocument, content: string | undefined): EnvironmentDocument {
  if (content === undefined) return document
  const edited = imagesOf(content)
  const { generated, edited: byHand } = inspectFile(content)
  if (generated && !byHand) return document
  return { ...document, images: { ...document.images, ...edited } }
}
