import { readFileSync } from 'node:fs'
import type { RequestContext } from '../emulator/agent/iam/conditions.ts'
import { decide, readDocument } from '../emulator/agent/iam/document.ts'
import type { RolePolicies } from '../emulator/agent/ports.ts'

/** What AWS says of an action: by kind of resource, the condition keys that it can be held to (fixtures/README.md). */
export interface ActionFacts {
  keys: string[]
  resources: Record<string, string[]>
}

interface Facts {
  actions: Record<string, ActionFacts>
  resources: Record<string, { arn: string; keys: string[] }>
}

export const facts: Facts = JSON.parse(readFileSync(new URL('fixtures/actions.json', import.meta.url), 'utf8'))

/** In the context of every request. */
const GLOBAL = ['aws:RequestedRegion', 'aws:PrincipalArn', 'aws:PrincipalAccount', 'aws:SecureTransport']
const REGION = 'us-east-1'

export interface Request {
  action: string
  /** `*` for an action that AWS knows no resource for. */
  resource: string
  context?: RequestContext
}

/** `aws:RequestTag/devtool:project` and `aws:RequestTag/${TagKey}` are the same key. */
export function plainKey(key: string): string {
  const [, family] = /^([\w-]+:(?:request|resource)tag\/)/i.exec(key) ?? []
  return (family ?? key).toLowerCase()
}

/** The kinds of resource of an action that an ARN, or a pattern for ARNs, may be. */
export function kindsOf(action: string, pattern: string): string[] {
  const service = action.split(':')[0]
  return Object.keys(factsOf(action).resources).filter((kind) => {
    const format = (facts.resources[`${service}:${kind}`]?.arn ?? '').replaceAll(/\$\{\w+\}/g, '*')
    return meetArn(format, pattern)
  })
}

/** Whether some ARN fits both patterns: each of its six parts does. */
function meetArn(one: string, other: string): boolean {
  const parts = (arn: string): string[] => [...arn.split(':').slice(0, 5), arn.split(':').slice(5).join(':')]
  const others = parts(other)
  return parts(one).every((part, index) => meet(part, others[index] ?? ''))
}

/** Whether some text fits both patterns. */
function meet(one: string, other: string): boolean {
  if (one === '' || other === '') return `${one}${other}`.replaceAll('*', '') === ''
  if (one.startsWith('*')) return meet(one.slice(1), other) || meet(one, other.slice(1))
  if (other.startsWith('*')) return meet(other, one)
  return (one[0] === other[0] || one[0] === '?' || other[0] === '?') && meet(one.slice(1), other.slice(1))
}

export function factsOf(action: string): ActionFacts {
  const found = facts.actions[action]
  if (found === undefined) throw new Error(`AWS has no action ${action}, or fixtures/actions.json was cut before it was named`)
  return found
}

/** The condition keys that AWS fills in for an action on these kinds of resource. */
export function keysOf(action: string, kinds: readonly string[]): Set<string> {
  const { keys, resources } = factsOf(action)
  const service = action.split(':')[0]
  const ofKinds = kinds.flatMap((kind) => [...(resources[kind] ?? []), ...(facts.resources[`${service}:${kind}`]?.keys ?? [])])
  return new Set([...GLOBAL, ...keys, ...ofKinds].map(plainKey))
}

const everyKey = new Set([
  ...GLOBAL.map(plainKey),
  ...Object.values(facts.actions).flatMap(({ keys, resources }) => [...keys, ...Object.values(resources).flat()].map(plainKey)),
  ...Object.values(facts.resources).flatMap(({ keys }) => keys.map(plainKey)),
])

/**
 * Whether IAM would let a role do something, by its policies and its boundary. Throws on a request that AWS would never make: an action, a resource
 * or a condition key that it does not know, or does not know of each other.
 */
export function may(role: RolePolicies, { action, resource, context = {} }: Request): boolean {
  const kinds = resource === '*' ? [] : kindsOf(action, resource)
  const none = Object.keys(factsOf(action).resources).length === 0
  if (none !== (resource === '*')) throw new Error(`${action} is asked of ${none ? '*' : 'a resource'}, not of ${resource}`)
  if (!none && kinds.length === 0) throw new Error(`${resource} is nothing that ${action} is asked of`)
  const known = keysOf(action, kinds)
  const foreign = Object.keys(context).find((key) => !known.has(plainKey(key)))
  if (foreign !== undefined) throw new Error(`AWS sends no ${foreign} with ${action} on ${resource}`)

  const request = {
    action,
    resource,
    context: { 'aws:RequestedRegion': REGION, 'aws:PrincipalArn': role.arn, 'aws:SecureTransport': 'true', ...context },
    // a key that this request has no value for is missing; one that AWS does not have at all is a mistake in the policy
    mayMiss: (key: string) => everyKey.has(plainKey(key)),
  }
  const identity = role.identity.flatMap(({ name, document }) => readDocument(document, 'identity', `${name} of ${role.arn}`))
  if (decide(identity, request) !== 'Allow') return false
  if (role.boundary === undefined) return true
  return decide(readDocument(role.boundary.document, 'identity', `boundary of ${role.arn}`), request) === 'Allow'
}

/** Whether a job with these claims in its token is given the role. A claim that is missing is missing. */
export function trusts(role: RolePolicies, provider: string, claims: Readonly<Record<string, string>>): boolean {
  const [, issuer = ''] = provider.split(':oidc-provider/')
  const statements = readDocument(role.trust, 'trust', `trust of ${role.arn}`).filter(({ providers }) => providers.includes(provider))
  const context = Object.fromEntries(Object.entries(claims).map(([claim, value]) => [`${issuer}:${claim}`, value]))
  return (
    decide(statements, {
      action: 'sts:AssumeRoleWithWebIdentity',
      resource: role.arn,
      context,
      mayMiss: (key) => key.startsWith(`${issuer}:`),
    }) === 'Allow'
  )
}
