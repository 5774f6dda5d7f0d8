import { type Blueprint, blueprint } from './blueprint.ts'
import { schemaMistakes } from './check.ts'
import { type Mistake, mistakesError } from './mistakes.ts'
import { ruleMistakes } from './rules.ts'
import { readSource } from './source.ts'

const hint = 'docs/configuration.md describes every key'

/**
 * Reads the text of `devtool.yaml`. `file` is the name that the messages show.
 *
 * @throws UsageError that lists every mistake of the text: where it stands, what was found and what is allowed.
 */
export function parseBlueprint(text: string, file: string): Blueprint {
  const source = readSource(text)
  if (source.data === undefined && source.mistakes.length > 0) throw mistakesError(file, source.mistakes, hint)
  const parsed = blueprint.safeParse(source.data)
  const mistakes: Mistake[] = [...source.mistakes]
  if (!parsed.success) mistakes.push(...schemaMistakes(blueprint, parsed.error.issues, source))
  mistakes.push(...ruleMistakes(source))
  if (mistakes.length > 0 || !parsed.success) throw mistakesError(file, mistakes, hint)
  return parsed.data
}
