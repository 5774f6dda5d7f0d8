import { matches, matchesArn } from './matching.ts'

/** One line of a `Condition` block; all lines of a statement must hold. */
export interface Condition {
  /** Of a key with several values: how many of them have to fit. */
  quantifier?: 'ForAllValues' | 'ForAnyValue'
  operator: string
  key: string
  values: string[]
}

/** What a request says of itself; a list for a key that holds several values. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>

/** Whether AWS may send a request without this key; of any other nobody says whether it would. */
export type MayMiss = (key: string) => boolean

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
const optional: MayMiss = (key) => OPTIONAL.some((pattern) => pattern.test(key))

/** The lines of a `Condition` element. Throws on an operator that is not implemented, by its name. */
export function readConditions(element: unknown, where: string): Condition[] {
  if (element === undefined) return []
  if (!isRecord(element)) throw new Error(`${where}: Condition is not an object`)
  return Object.entries(element).flatMap(([written, keys]) => {
    const [, quantifier, operator = ''] = /^(?:(ForAllValues|ForAnyValue):)?(.*)$/.exec(written) ?? []
    if (!(base(operator) in OPERATORS) && written !== 'Null')
      throw new Error(`${where}: the emulator does not implement the operator ${written}`)
    if (!isRecord(keys)) throw new Error(`${where}: ${written} is not an object`)
    const quantified = quantifier === undefined ? {} : { quantifier: quantifier as 'ForAllValues' | 'ForAnyValue' }
    return Object.entries(keys).map(([key, values]) => ({
      ...quantified,
      operator,
      key,
      values: texts(values, `${where}: ${written} ${key}`),
    }))
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
export function holds(condition: Condition, context: RequestContext, mayMiss: MayMiss = optional): boolean {
  const value = contextValue(condition.key, context, mayMiss)
  if (condition.operator === 'Null') return condition.values.some((wanted) => (wanted.toLowerCase() === 'true') === (value === undefined))
  const operator = OPERATORS[base(condition.operator)]
  if (operator === undefined) throw new Error(`the emulator does not implement the operator ${condition.operator}`)
  const fits = (each: string): boolean => condition.values.some((pattern) => operator.test(each, pattern)) !== (operator.negates === true)
  if (condition.quantifier !== undefined) {
    const values = value === undefined ? [] : [value].flat()
    return condition.quantifier === 'ForAllValues' ? values.every(fits) : values.some(fits)
  }
  if (value === undefined) return operator.negates === true || condition.operator.endsWith('IfExists')
  if (typeof value !== 'string')
    throw new Error(`${condition.key} has several values: ${condition.operator} needs ForAllValues or ForAnyValue`)
  return fits(value)
}

function contextValue(key: string, context: RequestContext, mayMiss: MayMiss): string | readonly string[] | undefined {
  const wanted = key.toLowerCase()
  const tag = /^[a-z0-9-]+:(resourcetag\/.+)$/.exec(wanted)?.[1]
  // a service's own key for a tag is another name of the global one
  const names = tag === undefined ? [wanted] : [wanted, `aws:${tag}`]
  const found = Object.entries(context).find(([name]) => names.includes(name.toLowerCase()))
  if (found === undefined && !mayMiss(wanted)) throw new Error(`the emulator knows nothing of the condition key ${key}`)
  return found?.[1]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
