import type * as z from 'zod/mini'
import { type Mistake, nearest, type Path, quote } from './mistakes.ts'
import type { Source } from './source.ts'

/** What the schema says against the data, as located mistakes; an empty list when it says nothing. */
export function schemaMistakes(schema: z.ZodMiniType, issues: readonly z.core.$ZodIssue[], source: Source): Mistake[] {
  return issues.flatMap((issue) => issueMistakes(schema, issue, source))
}

function issueMistakes(schema: z.ZodMiniType, issue: z.core.$ZodIssue, source: Source): Mistake[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol')
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(schema, path, key, source))
  if (issue.code === 'invalid_key') {
    const allowed = issue.issues[0]?.message ?? 'another name'
    return [{ ...source.locate(path, 'key'), path, problem: `found the name ${quote(String(path.at(-1)))}, allowed: ${allowed}` }]
  }
  return [{ ...source.locate(path), path, problem: `${found(path, source.data)}, allowed: ${issue.message}` }]
}

/** A key that the mapping at `path` does not know, with the one that is probably meant. */
function unknownKey(schema: z.ZodMiniType, path: Path, key: string, source: Source): Mistake {
  const keys = knownKeys(schema, path)
  const meant = nearest(key, keys)
  const suggestion = meant === undefined ? '' : `; did you mean ${meant}?`
  const problem = `found an unknown key, allowed: ${keys.join(', ')}${suggestion}`
  return { ...source.locate([...path, key], 'key'), path: [...path, key], problem }
}

function knownKeys(schema: z.ZodMiniType, path: Path): string[] {
  const inner = unwrap(schema)
  const [part, ...rest] = path
  if (part === undefined) return inner.def.type === 'object' ? Object.keys(shapeOf(inner)) : []
  const next = inner.def.type === 'object' ? shapeOf(inner)[part] : (inner.def as { valueType?: z.ZodMiniType }).valueType
  return next === undefined ? [] : knownKeys(next, rest)
}

/** The schema below `optional`, `nullable`, `default` and `prefault`. */
function unwrap(schema: z.ZodMiniType): z.ZodMiniType {
  const inner = (schema.def as { innerType?: z.ZodMiniType }).innerType
  return inner === undefined ? schema : unwrap(inner)
}

function shapeOf(schema: z.ZodMiniType): Record<string, z.ZodMiniType> {
  return (schema as z.ZodMiniObject).shape as Record<string, z.ZodMiniType>
}

/** What stands at `path`. The values of variables may be secret and are not repeated. */
function found(path: Path, data: unknown): string {
  const value = valueAt(data, path)
  const secret = path.at(-2) === 'environment'
  if (value === undefined) return path.length === 0 ? 'found an empty file' : 'found nothing'
  if (value === null) return path.length === 0 ? 'found an empty file' : 'found an empty value'
  if (Array.isArray(value)) return 'found a list'
  if (typeof value === 'object') return 'found a mapping'
  if (typeof value === 'string')
    return secret || value.length > 200 ? `found a text of ${value.length} characters` : `found ${quote(value)}`
  return secret ? `found a ${typeof value}` : `found the ${typeof value} ${String(value)}`
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}
