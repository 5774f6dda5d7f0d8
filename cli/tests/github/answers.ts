import { readFileSync } from 'node:fs'
import { components } from './contract.ts'
import type { FakeComment, FakeDeployment, FakeIssue, FakeStatus, FakeWorkflowRun } from './state.ts'

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

/** The least that has the shape of a schema, and what is given. */
export function answerLike(schema: string, more: object): object {
  return { ...(leastOf({ $ref: `#/components/schemas/${schema}` }) as object), ...more }
}

const user = (login: string): object => answerLike('simple-user', { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' })

export function commentAnswer(comment: FakeComment): object {
  const { id, body, createdAt, updatedAt } = comment
  return answerLike('issue-comment', { id, body, user: user(comment.author), created_at: createdAt, updated_at: updatedAt })
}

export function deploymentAnswer(deployment: FakeDeployment): object {
  const { id, sha, task, environment, description, payload, createdAt } = deployment
  return answerLike('deployment', {
    id,
    node_id: `DE_${id}`,
    sha,
    ref: sha,
    task,
    environment,
    description,
    payload,
    created_at: createdAt,
  })
}

export function statusAnswer(id: number, status: FakeStatus): object {
  return answerLike('deployment-status', {
    id,
    state: status.state,
    description: status.description,
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
  })
}

export function issueAnswer(repository: string, issue: FakeIssue): object {
  const { number, state, reason, title, body, createdAt, updatedAt } = issue
  return answerLike('issue', {
    number,
    state,
    state_reason: reason,
    title,
    body,
    html_url: `https://github.com/${repository}/issues/${number}`,
    labels: issue.labels.map((name) => ({ name })),
    user: user(issue.author),
    created_at: createdAt,
    updated_at: updatedAt,
  })
}

/** GitHub's own examples, where the least would say too little. */
const examples: Record<string, object> = JSON.parse(readFileSync(new URL('fixtures/examples.json', import.meta.url), 'utf8'))

export function workflowRunAnswer(repository: string, run: FakeWorkflowRun): object {
  const { id, attempt, status, conclusion } = run
  const html_url = `https://github.com/${repository}/actions/runs/${id}`
  return { ...examples['workflow-run'], id, run_attempt: attempt, status, conclusion, html_url }
}
