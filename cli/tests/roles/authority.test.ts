import { describe, expect, test } from 'vitest'
import { may, trusts } from './authority.ts'
import { policyFaults } from './faults.ts'

const arn = 'arn:aws:iam::123456789012:role/devtool/shop-preview-apply'
const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/calm-otter/database-AbCdEf'
const provider = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com'

type Fields = Record<string, unknown>
const role = (statements: Fields[], boundary?: Fields[]) => {
  const document = (Statement: Fields[]) => ({ Version: '2012-10-17', Statement })
  return {
    arn,
    trust: {},
    identity: [{ name: 'work', document: document(statements) }],
    ...(boundary === undefined ? {} : { boundary: { name: 'boundary', document: document(boundary) } }),
  }
}
const read = { Sid: 'Read', Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secret }
const all = { Sid: 'All', Effect: 'Allow', Action: '*', Resource: '*' }
const ask = { action: 'secretsmanager:GetSecretValue', resource: secret }

describe('what a role may', () => {
  test('is what its policies and its boundary allow', () => {
    expect(may(role([read]), ask)).toBe(true)
    expect(may(role([]), ask)).toBe(false)
    expect(may(role([read], [all]), ask)).toBe(true)
    expect(may(role([read], []), ask)).toBe(false)
    expect(may(role([all], [all, { ...read, Effect: 'Deny' }]), ask)).toBe(false)
  })

  test('a tag that is not there is no tag', () => {
    const tagged = { ...read, Condition: { StringEquals: { 'aws:ResourceTag/devtool:ephemeral': 'true' } } }
    expect(may(role([tagged]), ask)).toBe(false)
    expect(may(role([tagged]), { ...ask, context: { 'aws:ResourceTag/devtool:ephemeral': 'true' } })).toBe(true)
  })

  test.each([
    ['an action that AWS does not have', { ...ask, action: 'secretsmanager:ReadSecret' }, 'AWS has no action secretsmanager:ReadSecret'],
    [
      'a resource of another service',
      { ...ask, resource: 'arn:aws:s3:::bucket/key' },
      'is nothing that secretsmanager:GetSecretValue is asked of',
    ],
    ['no resource where there is one', { ...ask, resource: '*' }, 'is asked of a resource, not of *'],
    [
      'a resource where there is none',
      { action: 'ecr:GetAuthorizationToken', resource: 'arn:aws:ecr:us-east-1:1:repository/x' },
      'is asked of *',
    ],
    [
      'a key that AWS does not send',
      { ...ask, context: { 'ecs:subnet': 'x' } },
      'AWS sends no ecs:subnet with secretsmanager:GetSecretValue',
    ],
  ])('%s is a mistake in the table', (_, request, message) => {
    expect(() => may(role([all]), request)).toThrow(message)
  })

  test('an operator that is not implemented, and a key that AWS does not have, are mistakes', () => {
    expect(() => may(role([{ ...read, Condition: { DateLessThan: { 'aws:CurrentTime': '2027-01-01' } } }]), ask)).toThrow('DateLessThan')
    expect(() => may(role([{ ...read, Condition: { StringEquals: { 'aws:ResurceTag/x': 'true' } } }]), ask)).toThrow('aws:ResurceTag/x')
  })
})

describe('a statement that AWS would never match', () => {
  const faults = (statement: Fields) => policyFaults(role([statement]))

  test.each([
    ['an action that does not exist', { ...read, Action: 'secretsmanager:ReadSecret' }, 'AWS has no action secretsmanager:ReadSecret'],
    [
      'an action that is asked of something else',
      { ...read, Resource: 'arn:aws:s3:::bucket/*' },
      'is asked of none of arn:aws:s3:::bucket/*',
    ],
    ['an action without a resource, held to one', { ...read, Action: 'ecr:GetAuthorizationToken' }, 'knows no resource'],
    [
      'a tag on an action that knows none',
      { ...read, Action: 'ecs:DeregisterTaskDefinition', Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/a': 'b' } } },
      'AWS sends no aws:ResourceTag/a with ecs:DeregisterTaskDefinition',
    ],
    [
      'a key of another action',
      { ...read, Condition: { StringEquals: { 'ecs:subnet': 'x' } } },
      'AWS sends no ecs:subnet with secretsmanager:GetSecretValue',
    ],
  ])('%s', (_, statement, fault) => {
    expect(faults(statement)).toEqual([expect.stringContaining(fault)])
  })

  test('one that it would is none', () => {
    expect(faults(read)).toEqual([])
    expect(faults({ ...read, Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/devtool:ephemeral': 'true' } } })).toEqual([])
  })
})

describe('trust', () => {
  const statement = (condition: Fields, principal: Fields = { Federated: provider }) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Principal: principal, Condition: condition }],
  })
  const key = 'token.actions.githubusercontent.com:sub'
  const trusting = (trust: unknown, claims: Record<string, string>) => trusts({ ...role([]), trust }, provider, claims)

  test('is by the claims that are there', () => {
    const trust = statement({ StringEquals: { [key]: 'repo:acme/shop:environment:preview' } })
    expect(trusting(trust, { sub: 'repo:acme/shop:environment:preview' })).toBe(true)
    expect(trusting(trust, { sub: 'repo:acme/shop:environment:production' })).toBe(false)
    expect(trusting(trust, {})).toBe(false)
  })

  test('a wildcard, and a quantifier that a missing claim satisfies, would be seen', () => {
    expect(trusting(statement({ StringLike: { [key]: 'repo:acme/*' } }), { sub: 'repo:acme/other:pull_request' })).toBe(true)
    expect(trusting(statement({ 'ForAllValues:StringEquals': { [key]: 'x' } }), {})).toBe(true)
  })

  test('is of one provider', () => {
    const claims = { sub: 'x' }
    const condition = { StringEquals: { [key]: 'x' } }
    expect(trusting(statement(condition, { Federated: 'arn:aws:iam::123456789012:oidc-provider/gitlab.com' }), claims)).toBe(false)
    expect(trusting(statement(condition, { Service: 'ecs-tasks.amazonaws.com' }), claims)).toBe(false)
  })
})
