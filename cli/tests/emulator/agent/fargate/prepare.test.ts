import type { TaskDefinition } from '@aws-sdk/client-ecs'
import { describe, expect, test } from 'vitest'
import { createPolicies } from '../iam/policies.ts'
import { serviceName } from '../network/services.ts'
import type { AccountView, Interface } from '../ports.ts'
import { prepareTask } from './prepare.ts'

const account = '123456789012'
const execution = `arn:aws:iam::${account}:role/shop/execution`
const secret = `arn:aws:secretsmanager:eu-west-1:${account}:secret:shop/database-AbCdEf`
const parameter = `arn:aws:ssm:eu-west-1:${account}:parameter/shop/token`
const key = `arn:aws:kms:eu-west-1:${account}:key/1`
const from: Interface = { address: '10.0.0.5', subnetId: 'subnet-1', securityGroupIds: [], publicAddress: false }

const allow = (Action: string | string[], Resource: string, Condition?: object) => ({ Effect: 'Allow', Action, Resource, Condition })
const statements = [
  allow('ecr:GetAuthorizationToken', '*'),
  allow(['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], '*'),
  allow(['logs:CreateLogStream', 'logs:PutLogEvents'], `arn:aws:logs:eu-west-1:${account}:log-group:/shop:*`),
  allow('secretsmanager:GetSecretValue', `arn:aws:secretsmanager:eu-west-1:${account}:secret:shop/*`, {
    StringEquals: { 'aws:ResourceTag/devtool:ephemeral': 'true' },
  }),
  allow('ssm:GetParameters', parameter),
  allow('kms:Decrypt', key, { StringEquals: { 'kms:ViaService': 'ssm.eu-west-1.amazonaws.com' } }),
]
const trust = (Service: string) => ({ Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } }] })

interface World {
  without?: string
  trusted?: string
  /** Services of AWS, or `internet`, that the task does not reach. */
  unreachable?: string[]
  tags?: Record<string, string> | undefined
  kmsKeyArn?: string
  value?: string
  logGroups?: string[]
}

function view(world: World = {}): AccountView {
  const { without = 'none', trusted = 'ecs-tasks.amazonaws.com', unreachable = [], logGroups = ['/shop'] } = world
  const Statement = JSON.parse(JSON.stringify(statements.filter(({ Action }) => ![Action].flat().includes(without))))
  const identity = [{ name: 'start-tasks', document: { Version: '2012-10-17', Statement } }]
  const tags = 'tags' in world ? world.tags : { 'devtool:ephemeral': 'true' }
  const found = { arn: secret, value: world.value ?? '{"url":"postgres://a","port":5432}', ...(tags === undefined ? {} : { tags }) }
  return {
    region: 'eu-west-1',
    accountId: account,
    policies: createPolicies([{ arn: execution, trust: trust(trusted), identity }]),
    logGroups,
    secret: async (reference) => {
      if (reference === parameter) return { arn: parameter, value: 'token', kmsKeyArn: world.kmsKeyArn ?? key, tags: {} }
      return reference === secret ? found : undefined
    },
    network: {
      why: (_, to) => (unreachable.includes(serviceName(to) ?? '') ? 'no route' : undefined),
      internet: () => (unreachable.includes('internet') ? 'no route' : undefined),
    },
  }
}

function definition(valueFrom = `${secret}:url::`, image = `${account}.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1`): TaskDefinition {
  const options = { 'awslogs-group': '/shop', 'awslogs-region': 'eu-west-1', 'awslogs-stream-prefix': 'calm-heron' }
  const secrets = [{ name: 'DATABASE_URL', valueFrom }]
  return {
    executionRoleArn: execution,
    containerDefinitions: [{ name: 'web', image, secrets, logConfiguration: { logDriver: 'awslogs', options } }],
  }
}

const reason = (world: World, given = definition()) =>
  prepareTask(given, from, view(world)).then(
    () => 'started',
    (error: Error) => error.message,
  )

describe('secrets', () => {
  test.each([
    ['a key of a secret', `${secret}:url::`, 'postgres://a'],
    ['a key that is no text', `${secret}:port::`, '5432'],
    ['the whole secret', secret, '{"url":"postgres://a","port":5432}'],
    ['the current version by its name', `${secret}:url:AWSCURRENT:`, 'postgres://a'],
    ['a parameter', parameter, 'token'],
  ])('%s', async (_, valueFrom, value) => {
    expect(await prepareTask(definition(valueFrom), from, view())).toEqual({ secrets: { web: { DATABASE_URL: value } } })
  })

  test.each<[string, World, string | undefined, string]>([
    ['no such key', {}, `${secret}:password::`, 'retrieved secret from Secrets Manager did not contain json key password'],
    ['a key of the prototype', {}, `${secret}:constructor::`, 'did not contain json key constructor'],
    ['no JSON', { value: 'plain' }, undefined, 'did not contain json key url'],
    [
      'another tag',
      { tags: {} },
      undefined,
      `assumed-role/execution/task is not authorized to perform: secretsmanager:GetSecretValue on resource: ${secret}`,
    ],
    ['tags that nobody told', { tags: undefined }, undefined, '(the emulator was not told its tags)'],
    ['no such secret', {}, secret.replace('database', 'other'), 'AccessDeniedException'],
    ['a key that may not be used', { kmsKeyArn: `${key}2` }, parameter, `kms:Decrypt on resource: ${key}2`],
    ['a parameter that may not be read', { without: 'ssm:GetParameters' }, parameter, 'unable to retrieve secrets from ssm'],
    ['an old version', {}, `${secret}:url:AWSPREVIOUS:`, 'does not implement versions of secrets'],
  ])('%s', async (_, world, valueFrom, message) => {
    expect(await reason(world, definition(valueFrom))).toContain(message)
  })

  test('the words of AWS', async () => {
    const start =
      'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm:'
    expect(await reason({}, definition(`${secret}:password::`))).toBe(
      `${start} service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key password`,
    )
    const untagged = { without: 'secretsmanager:GetSecretValue' }
    expect(await reason(untagged)).toMatch(
      /failed to fetch secret arn:.* from secrets manager: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/,
    )
  })
})

describe('roles, registry, logs and images', () => {
  const ecr = 'ResourceInitializationError: unable to pull secrets or registry auth:'
  test.each<[World, string]>([
    [{}, 'started'],
    [{ trusted: 'lambda.amazonaws.com' }, `ECS was unable to assume the role '${execution}' that was provided for this task.`],
    [{ unreachable: ['ecr.api'] }, `${ecr} The task cannot pull registry auth from Amazon ECR: There is a connection issue`],
    [{ without: 'ecr:GetAuthorizationToken' }, `${ecr} execution resource retrieval failed: unable to retrieve ecr registry auth`],
    [
      { unreachable: ['secretsmanager'] },
      `${ecr} unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager.`,
    ],
    [
      { unreachable: ['logs'] },
      'ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log group',
    ],
    [{ logGroups: [] }, 'ResourceNotFoundException: The specified log group does not exist. : exit status 1'],
    [{ without: 'logs:CreateLogStream' }, 'not authorized to perform: logs:CreateLogStream'],
    [{ unreachable: ['ecr.dkr'] }, 'CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref'],
    [{ unreachable: ['s3'] }, 'dial tcp: i/o timeout (no route)'],
    [{ without: 'ecr:BatchGetImage' }, 'CannotPullContainerError: pull image manifest has been retried 1 time(s): AccessDeniedException'],
    [{ unreachable: ['internet'] }, 'started'],
  ])('%o', async (world, message) => {
    expect(await reason(world)).toContain(message)
  })

  test('an image of another registry needs the internet and no login', async () => {
    const elsewhere = definition(secret, 'nginx:1')
    expect(await reason({ unreachable: ['ecr.api', 'ecr.dkr', 's3'] }, elsewhere)).toBe('started')
    expect(await reason({ unreachable: ['internet'] }, elsewhere)).toContain('CannotPullContainerError')
  })

  test('the role of the task must be trusted too', async () => {
    const other = `arn:aws:iam::${account}:role/shop/task`
    expect(await reason({}, { ...definition(), taskRoleArn: other })).toContain(`unable to assume the role '${other}'`)
  })
})
