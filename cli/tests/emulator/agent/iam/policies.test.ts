import * as iam from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../../../support/toolchain.ts'
import { type Emulator, startEmulator } from '../../emulator.ts'
import { loadRoles } from './load.ts'
import { createPolicies } from './policies.ts'

const arn = 'arn:aws:iam::123456789012:role/shop/execution'
const secret = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/calm-heron/database-AbCdEf'
const trust = { Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ecs-tasks.amazonaws.com' } } }

type Fields = Record<string, unknown>
const allow = (fields: Fields) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...fields })
const deny = (fields: Fields) => ({ ...allow(fields), Effect: 'Deny' })

function roleWith(statements: Fields[], boundary?: Fields[]) {
  const document = (Statement: Fields[]) => ({ Version: '2012-10-17', Statement })
  const identity = [{ name: 'inline', document: document(statements) }]
  return createPolicies([
    { arn, trust, identity, ...(boundary === undefined ? {} : { boundary: { name: 'limit', document: document(boundary) } }) },
  ])
}

const may = (statements: Fields[], action = 'secretsmanager:GetSecretValue', resource = secret, context = {}) =>
  roleWith(statements).allowed(arn, action, resource, context)

describe('actions and resources', () => {
  test.each([
    ['the action', [allow({ Action: 'secretsmanager:GetSecretValue' })], true],
    ['in any case', [allow({ Action: 'SecretsManager:getsecretvalue' })], true],
    ['one of several', [allow({ Action: ['logs:*', 'secretsmanager:Get*'] })], true],
    ['another action', [allow({ Action: 'secretsmanager:GetSecret' })], false],
    ['one character', [allow({ Action: 'secretsmanager:GetSecretValu?' })], true],
    ['every action but', [allow({ Action: undefined, NotAction: 'secretsmanager:*' })], false],
    ['every other action', [allow({ Action: undefined, NotAction: ['iam:*', 'sts:*'] })], true],
    ['below a path', [allow({ Resource: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/*' })], true],
    ['in another region', [allow({ Resource: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/*' })], false],
    ['a name that only begins so', [allow({ Resource: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop' })], false],
    ['case matters in a resource', [allow({ Resource: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:Shop/*' })], false],
    ['every resource but', [allow({ Resource: undefined, NotResource: '*:secret:other/*' })], true],
    ['a dot is a dot', [allow({ Action: 'secretsmanager.GetSecretValue' })], false],
    ['nothing', [], false],
    ['a Deny is stronger', [allow({}), deny({ Action: 'secretsmanager:*' })], false],
    ['a Deny of something else', [deny({ Action: 'iam:*' }), allow({})], true],
  ])('%s', (_, statements, expected) => {
    expect(may(statements.map((statement) => JSON.parse(JSON.stringify(statement))))).toBe(expected)
  })

  test('a permissions boundary narrows', () => {
    const all = [allow({})]
    const allowed = (boundary: Fields[]) => roleWith(all, boundary).allowed(arn, 'logs:PutLogEvents', '*', {})
    expect([
      allowed([allow({ Action: 'logs:*' })]),
      allowed([allow({ Action: 's3:*' })]),
      allowed([...all, deny({ Action: 'logs:*' })]),
    ]).toEqual([true, false, false])
    expect(roleWith([], all).allowed(arn, 'logs:PutLogEvents', '*', {})).toBe(false)
  })

  test('a role that is not there may nothing', () => {
    expect(roleWith([allow({})]).allowed(`${arn}-other`, 'logs:PutLogEvents', '*', {})).toBe(false)
  })
})

describe('conditions', () => {
  const tag = 'aws:ResourceTag/devtool:ephemeral'
  test.each<[string, Fields, Record<string, string>, boolean]>([
    ['a tag', { StringEquals: { [tag]: 'true' } }, { [tag]: 'true' }, true],
    ['another value', { StringEquals: { [tag]: 'true' } }, { [tag]: 'True' }, false],
    ['no such tag', { StringEquals: { [tag]: 'true' } }, {}, false],
    ["the service's own key", { StringEquals: { 'secretsmanager:ResourceTag/a': 'b' } }, { 'aws:ResourceTag/a': 'b' }, true],
    ['keys heed no case', { StringEquals: { 'AWS:resourcetag/A': 'b' } }, { 'aws:ResourceTag/a': 'b' }, true],
    ['one of several values', { StringEquals: { 'aws:ResourceTag/a': ['x', 'b'] } }, { 'aws:ResourceTag/a': 'b' }, true],
    ['all keys', { StringEquals: { 'aws:ResourceTag/a': 'b', 'aws:ResourceTag/c': 'd' } }, { 'aws:ResourceTag/a': 'b' }, false],
    [
      'all operators',
      { StringEquals: { 'aws:ResourceTag/a': 'b' }, Null: { 'aws:ResourceTag/c': 'true' } },
      { 'aws:ResourceTag/a': 'b' },
      true,
    ],
    ['not', { StringNotEquals: { 'aws:ResourceTag/a': ['b', 'c'] } }, { 'aws:ResourceTag/a': 'b' }, false],
    ['not, without the tag', { StringNotEquals: { 'aws:ResourceTag/a': 'b' } }, {}, true],
    ['like', { StringLike: { 'aws:ResourceTag/a': 'calm-*' } }, { 'aws:ResourceTag/a': 'calm-heron' }, true],
    ['not like', { StringNotLike: { 'aws:ResourceTag/a': 'calm-*' } }, { 'aws:ResourceTag/a': 'calm-heron' }, false],
    ['equals takes a star literally', { StringEquals: { 'aws:ResourceTag/a': 'calm-*' } }, { 'aws:ResourceTag/a': 'calm-heron' }, false],
    ['any case', { StringEqualsIgnoreCase: { 'aws:ResourceTag/a': 'TRUE' } }, { 'aws:ResourceTag/a': 'true' }, true],
    ['if it exists', { StringEqualsIfExists: { 'aws:ResourceTag/a': 'b' } }, {}, true],
    ['if it exists, another', { StringEqualsIfExists: { 'aws:ResourceTag/a': 'b' } }, { 'aws:ResourceTag/a': 'c' }, false],
    ['bool', { Bool: { 'aws:SecureTransport': false } }, {}, false],
    ['arn', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/shop/*' } }, {}, true],
    ['arn by its parts', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:*/execution' } }, {}, false],
    ['arn, not', { ArnNotEquals: { 'aws:PrincipalArn': arn } }, {}, false],
    ['through a service', { StringEquals: { 'kms:ViaService': 'rds.eu-west-1.amazonaws.com' } }, {}, false],
    ['is there', { Null: { 'aws:ResourceTag/a': 'false' } }, { 'aws:ResourceTag/a': '' }, true],
  ])('%s', (_, Condition, context, expected) => {
    expect(may([allow({ Condition })], undefined, undefined, context)).toBe(expected)
  })
})

describe('keys with several values', () => {
  const holding = (operator: string, values: string[] | undefined) =>
    may([allow({ Condition: { [operator]: { 'aws:ResourceTag/list': ['a', 'b*'] } } })], undefined, undefined, {
      ...(values === undefined ? {} : { 'aws:ResourceTag/list': values }),
    })

  test.each<[string, string[] | undefined, boolean]>([
    ['ForAllValues:StringLike', ['a', 'bc'], true],
    ['ForAllValues:StringLike', ['a', 'c'], false],
    ['ForAllValues:StringLike', [], true],
    ['ForAllValues:StringLike', undefined, true],
    ['ForAllValues:StringNotLike', ['c', 'd'], true],
    ['ForAllValues:StringNotLike', ['c', 'bc'], false],
    ['ForAllValues:StringEquals', ['a', 'bc'], false],
    ['ForAnyValue:StringLike', ['c', 'a'], true],
    ['ForAnyValue:StringLike', ['c'], false],
    ['ForAnyValue:StringLike', undefined, false],
  ])('%s of %j', (operator, values, expected) => {
    expect(holding(operator, values)).toBe(expected)
  })

  test('are not compared without saying how many have to fit', () => {
    expect(() => holding('StringEquals', ['a'])).toThrow('needs ForAllValues or ForAnyValue')
  })
})

describe('what is not implemented is refused by name', () => {
  test.each([
    [allow({ Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '1' } } }), 'the operator NumericLessThan'],
    [allow({ Condition: { 'ForAllValues:NumericEquals': { 'aws:TagKeys': 'a' } } }), 'the operator ForAllValues:NumericEquals'],
    [allow({ Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }), 'the condition key aws:PrincipalOrgID'],
    [allow({ Condition: { StringEquals: { 'aws:ResourceTag/a': '${aws:PrincipalTag/a}' } } }), 'policy variables'],
    [allow({ Resource: 'arn:aws:s3:::${aws:username}' }), 'policy variables'],
    [allow({ Principal: '*' }), 'the element Principal'],
    [allow({ Resource: undefined }), 'neither Resource nor NotResource'],
    [{ ...allow({}), Effect: 'allow' }, 'Effect is "allow"'],
  ])('%#', (statement, message) => {
    expect(() => may([JSON.parse(JSON.stringify(statement))])).toThrow(message)
  })
})

describe('trust', () => {
  const trusts = (Statement: Fields | Fields[]) =>
    createPolicies([{ arn, trust: { Statement }, identity: [] }]).trusts(arn, 'ecs-tasks.amazonaws.com')
  const statement = (fields: Fields) => ({ Effect: 'Allow', Action: 'sts:AssumeRole', ...fields })
  const Principal = { Service: ['lambda.amazonaws.com', 'ecs-tasks.amazonaws.com'] }

  test.each([
    ['the service', statement({ Principal }), true],
    ['another service', statement({ Principal: { Service: 'lambda.amazonaws.com' } }), false],
    ['an account', statement({ Principal: { AWS: '123456789012' } }), false],
    [
      'a login of GitHub',
      statement({
        Principal: { Federated: 'x' },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringLike: { 'token:sub': 'x' } },
      }),
      false,
    ],
    ['another action', statement({ Principal, Action: 'sts:TagSession' }), false],
    ['a Deny', [statement({ Principal }), { ...statement({ Principal }), Effect: 'Deny' }], false],
    ['its own account', statement({ Principal, Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } } }), true],
    ['another account', statement({ Principal, Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } } }), false],
  ])('%s', (_, given, expected) => {
    expect(trusts(given)).toBe(expected)
  })

  test('what is not implemented is refused', () => {
    expect(() => trusts(statement({ NotPrincipal: { AWS: 'x' } }))).toThrow('the element NotPrincipal')
    expect(() => trusts(statement({ Principal, Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:ecs:*:*:*' } } }))).toThrow(
      'aws:SourceArn',
    )
  })
})

describeWith(['emulator'], 'roles as applied', () => {
  let emulator: Emulator
  let client: iam.IAMClient

  beforeAll(async () => {
    emulator = await startEmulator()
    client = new iam.IAMClient({ region: 'us-east-1', endpoint: emulator.url, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
  })

  afterAll(async () => {
    client?.destroy()
    await emulator?.stop()
  })

  test('with inline and attached policies and a boundary', async () => {
    const boundary = await client.send(
      new iam.CreatePolicyCommand({
        PolicyName: 'limit',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [deny({ Action: 'ecr:GetAuthorizationToken' }), allow({})] }),
      }),
    )
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', ...trust })
    for (const [RoleName, limit] of [['free'], ['limited', boundary.Policy?.Arn]] as const) {
      const PermissionsBoundary = limit === undefined ? {} : { PermissionsBoundary: limit }
      await client.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, ...PermissionsBoundary }))
      const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy'
      await client.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn }))
      const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: [allow({ Action: 'secretsmanager:GetSecretValue', Resource: secret })],
      })
      await client.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'secrets', PolicyDocument }))
    }
    const policies = createPolicies(await loadRoles(client))
    const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`
    const all = (name: string) =>
      ['ecr:GetAuthorizationToken', 'logs:PutLogEvents', 'secretsmanager:GetSecretValue', 's3:GetObject'].map((action) =>
        policies.allowed(role(name), action, action.startsWith('secrets') ? secret : '*', {}),
      )
    expect(all('free')).toEqual([true, true, true, false])
    expect(all('limited')).toEqual([false, true, true, false])
    expect(policies.trusts(role('free'), 'ecs-tasks.amazonaws.com')).toBe(true)
    expect(policies.trusts(role('free'), 'lambda.amazonaws.com')).toBe(false)
  })
})
