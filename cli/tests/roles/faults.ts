import { matchesAction } from '../emulator/agent/iam/matching.ts'
import type { RolePolicies } from '../emulator/agent/ports.ts'
import { facts, factsOf, keysOf, kindsOf, plainKey } from './authority.ts'

interface Statement {
  Sid: string
  Effect: string
  Action?: string | string[]
  Resource?: string | string[]
  Condition?: Record<string, Record<string, unknown>>
}

/**
 * What AWS would never match: an Allow that names an action which does not exist, a resource that the action is not asked of, or a condition
 * key that the action does not fill in allows nothing, and nobody is told.
 */
export function policyFaults({ arn, identity, boundary }: RolePolicies): string[] {
  const documents = [...identity, ...(boundary === undefined ? [] : [boundary])]
  return documents.flatMap(({ name, document }) =>
    (document as { Statement: Statement[] }).Statement.flatMap((statement) =>
      statementFaults(statement).map((fault) => `${arn.split('/').at(-1)}, ${name.split('/').at(-1)}, ${statement.Sid}: ${fault}`),
    ),
  )
}

function statementFaults({ Effect, Action, Resource, Condition = {} }: Statement): string[] {
  return [Action ?? []].flat().flatMap((pattern) => {
    if (pattern === '*' || pattern.endsWith(':*')) return []
    const actions = Object.keys(facts.actions).filter((action) => matchesAction(pattern, action))
    if (actions.length === 0) return [`AWS has no action ${pattern}`]
    // a Deny may name more than an action knows: what it does not match it does not deny
    return Effect === 'Deny'
      ? []
      : actions.slice(0, pattern.endsWith('*') ? 1 : undefined).flatMap((action) => allowFaults(action, [Resource ?? []].flat(), Condition))
  })
}

function allowFaults(action: string, resources: string[], condition: Record<string, Record<string, unknown>>): string[] {
  const kinds = Object.keys(factsOf(action).resources)
  const named = kinds.length === 0 ? [] : resources.flatMap((resource) => (resource === '*' ? kinds : kindsOf(action, resource)))
  if (kinds.length === 0 && !resources.includes('*')) return [`${action} knows no resource, so it is allowed on * or not at all`]
  if (kinds.length > 0 && named.length === 0) return [`${action} is asked of none of ${resources.join(', ')}`]
  const known = keysOf(action, named)
  const keys = Object.values(condition).flatMap((entries) => Object.keys(entries))
  return keys.filter((key) => !known.has(plainKey(key))).map((key) => `AWS sends no ${key} with ${action}`)
}
