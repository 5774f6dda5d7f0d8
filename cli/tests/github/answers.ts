import { components } from './contract.ts'
import type { FakeComment, FakeDeployment, FakeStatus } from './state.ts'

interface Schema {
  $ref?: string
  type?: string
  nullable?: boolean
  format?: string
  enum?: unknown[]
  required?: string[]
  properties?: Record<string, Schema>
  allOf?: Schema[]
  anyOf?: Schema[]
  oneOf?: Schema[]
}

const INSTANT = '2026-11-21T12:00:00Z'

/** The least that has the shape of a schema: every required field, empty where it may be. */
function leastOf(schema: Schema): unknown {
  if (schema.$ref !== undefined) return leastOf(components[schema.$ref.split('/').at(-1) ?? ''] as Schema)
  if (schema.nullable === true) return null
  const choice = schema.oneOf?.[0] ?? schema.anyOf?.[0]
  if (choice !== undefined) return leastOf(choice)
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.type === 'object' || schema.properties !== undefined) {
    return Object.fromEntries((schema.required ?? []).map((name) => [name, leastOf(schema.properties?.[name] ?? {})]))
  }
  return LEAST[`${schema.type} ${schema.format}`] ?? LEAST[schema.type ?? ''] ?? null
}

const LEAST: Record<string, unknown> = {
  'string uri': 'https://api.github.com/',
  'string date-time': INSTANT,
  string: '',
  boolean: false,
  integer: 0,
  number: 0,
  array: [],
}

function like(schema: string, more: object): object {
  return { ...(leastOf({ $ref: `#/components/schemas/${schema}` }) as object), ...more }
}

const user = (login: string): object => like('simple-user', { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' })

export function commentAnswer(comment: FakeComment): object {
  const { id, body, createdAt, updatedAt } = comment
  return like('issue-comment', { id, body, user: user(comment.author), created_at: createdAt, updated_at: updatedAt })
}

export function deploymentAnswer(deployment: FakeDeployment): object {
  const { id, sha, task, environment, description, payload, createdAt } = deployment
  return like('deployment', { id, node_id: `DE_${id}`, sha, ref: sha, task, environment, description, payload, created_at: createdAt })
}

export function statusAnswer(id: number, status: FakeStatus): object {
  return like('deployment-status', {
    id,
    state: status.state,
    description: status.description,
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
  })
}
