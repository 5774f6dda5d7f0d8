import * as z from 'zod/mini'
import { schemaMistakes } from '../blueprint/check.ts'
import { text, whole } from '../blueprint/fields.ts'
import { branchPattern } from '../blueprint/forms.ts'
import { type Mistake, mistakesError, quote } from '../blueprint/mistakes.ts'
import * as p from '../blueprint/patterns.ts'
import { readSource, type Source } from '../blueprint/source.ts'
import { isReservedName } from './names.ts'

/** `environment.json`: everything that rendering needs besides the blueprint, committed with the root. */

const githubId = whole(1, Number.MAX_SAFE_INTEGER).schema

const hint = 'devtool env create writes this file; take the committed one back, or render it again'
export const environmentDocument = z.strictObject(
  {
    schema: z.literal(1, 'the schema version 1'),
    name: p.environmentNameLeaf.schema,
    project: p.projectName.schema,
    template: z.enum(['preview', 'dedicated', 'platform'], 'preview, dedicated, platform'),
    target: z.enum(['aws', 'local'], 'aws, local'),
    pinned: z.boolean('true, false'),
    repository: z.nullable(text(/^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/, 140, 'owner/name').schema),
    pullRequest: z.nullable(whole(1, 2 ** 31 - 1).schema),
    branch: z.nullable(text(branchPattern, 250, 'a branch name of at most 250 characters').schema),
    commit: z.nullable(text(/^[0-9a-f]{7,64}$/, 64, 'a commit id: 7 to 64 hexadecimal digits').schema),
    ttl: z.nullable(p.duration.schema),
    modules: z.nullable(p.moduleSource.schema),
    /** Service name, or `migrations`, to image reference. */
    images: z.record(p.serviceName.schema, p.imageReference.schema, 'a mapping of service names to image references'),
    /** Of the platform alone: what GitHub says of `repository`, whose workflows get roles in the account. */
    github: z.optional(
      z.strictObject(
        {
          repositoryId: githubId,
          ownerId: githubId,
          /** How it names itself in its tokens: with these ids, or by names only (before July 2026). */
          subject: z.enum(['immutable', 'classic'], 'immutable, classic'),
          /** Whether pull requests may ask for previews with the template dedicated. */
          dedicatedPreviews: z.optional(z.boolean('true, false')),
        },
        'a mapping with repositoryId, ownerId and subject',
      ),
    ),
  },
  'an object that describes an environment',
)
export type EnvironmentDocument = z.output<typeof environmentDocument>

/**
 * Reads the text of `environment.json`. `file` is the name that the messages show.
 *
 * @throws UsageError that lists every mistake of the text: where it stands, what was found and what is allowed.
 */
export function parseDocument(text: string, file: string): EnvironmentDocument {
  const source = readSource(text)
  const mistakes: Mistake[] = [...source.mistakes]
  const notJson = mistakes.length === 0 && text.trim() !== '' ? jsonMistake(text) : undefined
  if (notJson !== undefined) mistakes.push(notJson)
  if (mistakes.length > 0) throw mistakesError(file, mistakes, hint)
  const parsed = environmentDocument.safeParse(source.data)
  if (!parsed.success) throw mistakesError(file, schemaMistakes(environmentDocument, parsed.error.issues, source), hint)
  const mistake = ruleMistake(parsed.data, source)
  if (mistake !== undefined) throw mistakesError(file, [mistake], hint)
  return parsed.data
}

/** What YAML allows and JSON does not, such as comments. */
function jsonMistake(text: string): Mistake | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const offset = Number(/at position (\d+)/.exec(String(error))?.[1] ?? 0)
    const before = text.slice(0, offset).split('\n')
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, path: [], problem: 'not JSON, allowed: JSON without comments' }
  }
}

function ruleMistake({ name, template, pinned, ttl, repository, github }: EnvironmentDocument, source: Source): Mistake | undefined {
  const mistake = (key: string, problem: string): Mistake => ({ ...source.locate([key]), path: [key], problem })
  if (template === 'platform' && name !== 'platform')
    return mistake('name', `found ${quote(name)}, allowed: "platform" with the template platform`)
  if (template !== 'platform' && isReservedName(name)) return mistake('name', `found ${quote(name)}, allowed: a name that is not reserved`)
  if (pinned && ttl !== null) return mistake('ttl', `found ${quote(ttl)}, allowed: null, as a pinned environment never expires`)
  if (github !== undefined && (template !== 'platform' || repository === null))
    return mistake('github', 'found a mapping, allowed: nothing, but for the platform of a known repository')
  return undefined
}
