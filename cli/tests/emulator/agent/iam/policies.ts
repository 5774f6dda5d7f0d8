import type { CreatePolicies, RolePolicies } from '../ports.ts'
import { decide, readDocument } from './document.ts'

/** What the account's roles may do, by identity policies, permissions boundary and trust policy; policies of resources are not looked at. */
export const createPolicies: CreatePolicies = (roles) => {
  const find = (arn: string): RolePolicies | undefined => roles.find((role) => role.arn === arn)

  return {
    allowed(roleArn, action, resource, context) {
      const role = find(roleArn)
      if (role === undefined) return false
      const request = { action, resource, context: { ...principal(roleArn), ...context } }
      const identity = role.identity.flatMap(({ name, document }) => readDocument(document, 'identity', `policy ${name} of ${roleArn}`))
      if (decide(identity, request) !== 'Allow') return false
      if (role.boundary === undefined) return true
      const { name, document } = role.boundary
      return decide(readDocument(document, 'identity', `permissions boundary ${name} of ${roleArn}`), request) === 'Allow'
    },

    trusts(roleArn, service) {
      const role = find(roleArn)
      if (role === undefined) return false
      const statements = readDocument(role.trust, 'trust', `trust policy of ${roleArn}`)
      const own = statements.filter(({ services }) => services.includes(service) || services.includes('*'))
      const context = { 'aws:SourceAccount': accountOf(roleArn), 'aws:SecureTransport': 'true' }
      return decide(own, { action: 'sts:AssumeRole', resource: roleArn, context }) === 'Allow'
    },
  }
}

function principal(roleArn: string): Record<string, string> {
  return { 'aws:PrincipalArn': roleArn, 'aws:PrincipalAccount': accountOf(roleArn), 'aws:SecureTransport': 'true' }
}

function accountOf(roleArn: string): string {
  return roleArn.split(':')[4] ?? ''
}
