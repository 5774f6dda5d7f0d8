import { matches, matchesArn } from './matching.ts'

/** One line of a `Condition` block; all lines of a statement must hold. */
export interface Condition {
  operator: string
  key: string
  values: string[]
}

type Test = (value: string, pattern: string) => boolean

const same: Test = (value, pattern) => value === pattern
const sameWord: Test = (value, pattern) => value.toLowerCase() === pattern.toLowerCase()
const like: Test = (value, pattern) => matches(pattern, value)
const likeArn: Test = (value, pattern) => matchesArn(pattern, value)

/** What each operator compares; one that negates holds if none of its values fits, also without a value to compare. */
const OPERATORS: Readonly<Record<string, { test: Test; negates?: true }>> = {
  StringEquals: { test: same },
  StringNotEquals: { test: same, negates: true },
  StringEqualsIgnoreCase: { test: sameWord },
  StringNotEqualsIgnoreCase: { test: sameWord, negates: true },
  StringLike: { test: like },
  StringNotLike: { test: like, negates: true },
  // of ARNs, Equals and Like do the same
  ArnEquals: { test: likeArn },
  ArnNotEquals: { test: likeArn, negates: true },
  ArnLike: { test: likeArn },
  ArnNotLike: { test: likeArn, negates: true },
  Bool: { test: sameWord },
}

/** A key that a request may be without; of any other, nobody says whether AWS would send it. */
const OPTIONAL = [/^[a-z0-9-]+:resourcetag\/.+$/, /^aws:requesttag\/.+$/, /^kms:viaservice$/]

/** The lines of a `Condition` element. Throws on an operator that is not implemented, by its name. */
export function readConditions(element: unknown, where: string): Condition[] {
  if (element === undefined) return []
  if (!isRecord(element)) throw new Error(`${where}: Condition is not an object`)
  return Object.entries(element).flatMap(([operator, keys]) => {
    if (!(base(operator) in OPERATORS) && operator !== 'Null')
      throw new Error(`${where}: the emulator does not implement the operator ${operator}`)
    if (!isRecord(keys)) throw new Error(`${where}: ${operator} is not an object`)
    return Object.entries(keys).map(([key, values]) => ({ operator, key, values: texts(values, `${where}: ${operator} ${key}`) }))
  })
}

function texts(element: unknown, where: string): string[] {
  return [element].flat().map((value) => {
    if (!['string', 'boolean', 'number'].includes(typeof value)) throw new Error(`${where}: ${JSON.stringify(value)} is no text`)
    if (String(value).includes('${')) throw new Error(`${where}: the emulator does not implement policy variables: ${value}`)
    return String(value)
  })
}

const base = (operator: string): string => operator.replace(/IfExists$/, '')

/** True if the condition holds for a request's values. Keys do not heed case. Throws on a key that neither is there nor may be missing. */
export function holds(condition: Condition, context: Readonly<Record<string, string>>): boolean {
  const value = contextValue(condition.key, context)
  if (condition.operator === 'Null') return condition.values.some((wanted) => (wanted.toLowerCase() === 'true') === (value === undefined))
  const operator = OPERATORS[base(condition.operator)]
  if (operator === undefined) throw new Error(`the emulator does not implement the operator ${condition.operator}`)
  if (value === undefined) return operator.negates === true || condition.operator.endsWith('IfExists')
  return condition.values.some((pattern) => operator.test(value, pattern)) !== (operator.negates === true)
}

function contextValue(key: string, context: Readonly<Record<string, string>>): string | undefined {
  const wanted = key.toLowerCase()
  const tag = /^[a-z0-9-]+:(resourcetag\/.+)$/.exec(wanted)?.[1]
  // a service's own key for a tag is another name of the global one
  const names = tag === undefined ? [wanted] : [wanted, `aws:${tag}`]
  const found = Object.entries(context).find(([name]) => names.includes(name.toLowerCase()))
  if (found === undefined && !OPTIONAL.some((pattern) => pattern.test(wanted))) {
    throw new Error(`the emulator knows nothing of the condition key ${key}`)
  }
  return found?.[1]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
