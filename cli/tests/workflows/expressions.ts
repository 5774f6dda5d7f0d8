import { data, Evaluator, Lexer, Parser } from '@actions/expressions'
import {
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isSequence,
  isString,
  NoOperationTraceWriter,
  parseWorkflow,
} from '@actions/workflow-parser'
import { ensureStatusFunction } from '@actions/workflow-parser/model/converter/if-condition'

/** What GitHub's parser makes of a part of a workflow. */
export type Token = NonNullable<ReturnType<typeof parseWorkflow>['value']>

/** The contexts of an expression, `github` and the others, as plain data. */
export type Contexts = Readonly<Record<string, unknown>>

/** How the run stands where an expression is evaluated; neither, where something before it was skipped. */
export interface Standing {
  succeeded: boolean
  failed: boolean
}

const WELL: Standing = { succeeded: true, failed: false }

/** A workflow as GitHub's own parser reads it; every mistake that it finds is thrown. */
export function parse(name: string, text: string): Token {
  const { value, context } = parseWorkflow({ name, content: text }, new NoOperationTraceWriter())
  const errors = context.errors.getErrors().map((error) => error.message)
  if (errors.length > 0 || value === undefined) throw new Error(`${name}: ${errors.join('; ')}`)
  return value
}

export function member(token: Token | undefined, ...keys: string[]): Token | undefined {
  return keys.reduce<Token | undefined>((at, key) => (at !== undefined && isMapping(at) ? at.find(key) : undefined), token)
}

/** Evaluates the expressions in a part of a workflow with GitHub's own evaluator. */
export function evaluate(token: Token | undefined, contexts: Contexts, standing = WELL): unknown {
  if (token === undefined) return undefined
  if (isMapping(token)) return Object.fromEntries(entries(token).map(([key, value]) => [key, evaluate(value, contexts, standing)]))
  if (isSequence(token)) return items(token).map((item) => evaluate(item, contexts, standing))
  if (isBasicExpression(token)) return evaluateExpression(token.expression, contexts, standing)
  if (isString(token) || isNumber(token) || isBoolean(token)) return token.value
  return null
}

/** As a runner hands it on: text. */
export function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : toData(value).coerceString()
}

/** Whether a job or a step runs; without a status function the condition holds only while nothing has failed. */
export function holds(condition: Token | undefined, contexts: Contexts, standing: Standing): boolean {
  const written = condition === undefined ? 'success()' : isBasicExpression(condition) ? condition.expression : condition.toString()
  return truthy(evaluateExpression(ensureStatusFunction(written, condition?.definitionInfo), contexts, standing))
}

/** Keys and values of a mapping, in the order in which they are written. */
export function entries(token: Token | undefined): [string, Token][] {
  if (token === undefined || !isMapping(token)) return []
  return Array.from({ length: token.count }, (_, index) => token.get(index)).map(({ key, value }) => [key.toString(), value])
}

/** Items of a sequence. */
export function items(token: Token | undefined): Token[] {
  return token === undefined || !isSequence(token) ? [] : Array.from({ length: token.count }, (_, index) => token.get(index))
}

function evaluateExpression(expression: string, contexts: Contexts, standing: Standing): unknown {
  const functions = statusFunctions(standing)
  const tree = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), [...functions.values()]).parse()
  const dictionary = new data.Dictionary(...Object.entries(contexts).map(([key, value]) => ({ key, value: toData(value) })))
  return fromData(new Evaluator(tree, dictionary, functions).evaluate())
}

function statusFunctions({ succeeded, failed }: Standing) {
  const answers = { success: succeeded, failure: failed, cancelled: false, always: true }
  return new Map(
    Object.entries(answers).map(([name, answer]) => [name, { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answer) }]),
  )
}

function toData(value: unknown): data.ExpressionData {
  return JSON.parse(JSON.stringify(value ?? null), data.reviver)
}

function fromData(value: data.ExpressionData): unknown {
  return JSON.parse(JSON.stringify(value, data.replacer) ?? 'null')
}

function truthy(value: unknown): boolean {
  return value !== null && value !== false && value !== 0 && value !== '' && !Number.isNaN(value)
}
