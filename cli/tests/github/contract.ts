import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'

/** What GitHub's OpenAPI description says of one operation (fixtures/README.md). */
export interface Operation {
  name: string
  method: string
  path: string
  status: number
  /** The path's parameters as they are written there; null if the path is another one. */
  match(path: string): Record<string, string> | null
  /** What is wrong with a request; empty if nothing is. */
  requestFaults(request: { parameters: Record<string, string>; query: Record<string, string>; body: unknown }): string[]
  answerFaults(body: unknown): string[]
}

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  schema: object
}

interface Described {
  method: string
  path: string
  parameters: Parameter[]
  body: object | null
  status: number
  answer: object | null
}

interface Description {
  about: Record<string, string>
  operations: Record<string, Described>
  components: { schemas: Record<string, object> }
}

const description: Description = JSON.parse(readFileSync(new URL('fixtures/openapi.json', import.meta.url), 'utf8'))

const FORMATS: Record<string, RegExp | true> = {
  // GitHub answers with an empty text where there is none
  uri: /^(https?:\/\/[^\s]+)?$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  email: true,
  int64: true,
}

/** `ajv` reads the answer strictly; parameters come as text. */
function validator(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes, formats: FORMATS })
  ajv.addSchema({ $id: 'github', components: nullsAsType(description.components) })
  return ajv
}

const strict = validator(false)
const coercing = validator(true)

function faults(validate: ValidateFunction, value: unknown, where: string): string[] {
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, message, params }) => `${where}${instancePath} ${message} ${JSON.stringify(params)}`)
}

/** References are to the schemas beside; an object that names its properties has no others. */
function schema(source: object): object {
  return nullsAsType(JSON.parse(JSON.stringify(source).replaceAll('"#/components', '"github#/components')))
}

/** OpenAPI 3.0 says `nullable` also beside `oneOf`, and beside an `enum` without null; ajv takes it beside a mere type only. */
function nullsAsType<T>(value: T): T {
  if (Array.isArray(value)) return value.map(nullsAsType) as T
  if (typeof value !== 'object' || value === null) return value
  const inner = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, nullsAsType(item)]))
  const { nullable, ...rest } = inner
  const plain = inner['type'] !== undefined && inner['enum'] === undefined
  return (nullable === true && !plain ? { anyOf: [rest, { type: 'null' }] } : inner) as T
}

/** What a reference leads to: its fields are known there only. */
function followed(body: object): object {
  const name = '$ref' in body ? String(body.$ref).split('/').at(-1) : undefined
  return name === undefined ? body : (description.components.schemas[name] ?? body)
}

function closed(properties: readonly Parameter[]): object {
  return {
    type: 'object',
    additionalProperties: false,
    required: properties.filter(({ required }) => required).map(({ name }) => name),
    properties: Object.fromEntries(properties.map(({ name, schema: type }) => [name, schema(type)])),
  }
}

function operation(name: string, described: Described): Operation {
  const parametersIn = (place: Parameter['in']): Parameter[] => described.parameters.filter((parameter) => parameter.in === place)
  const checkParameters = coercing.compile(closed(parametersIn('path')))
  const checkQuery = coercing.compile(closed(parametersIn('query')))
  const checkBody = described.body === null ? null : strict.compile({ ...schema(followed(described.body)), additionalProperties: false })
  const checkAnswer = described.answer === null ? null : strict.compile(schema(described.answer))
  const pattern = new RegExp(`^${described.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
  return {
    name,
    method: described.method,
    path: described.path,
    status: described.status,
    match: (path) => {
      const found = pattern.exec(path)
      return found === null
        ? null
        : Object.fromEntries(Object.entries(found.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]))
    },
    requestFaults: ({ parameters, query, body }) => [
      ...faults(checkParameters, { ...parameters }, 'path'),
      ...faults(checkQuery, { ...query }, 'query'),
      ...(checkBody === null ? (body === undefined ? [] : ['a body where there is none']) : faults(checkBody, body, 'body')),
    ],
    answerFaults: (body) =>
      checkAnswer === null ? (body === undefined ? [] : ['a body where there is none']) : faults(checkAnswer, body, 'answer'),
  }
}

export const components = description.components.schemas

export const operations: readonly Operation[] = Object.entries(description.operations).map(([name, described]) =>
  operation(name, described),
)
