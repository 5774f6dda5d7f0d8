import * as logs from '@aws-sdk/client-cloudwatch-logs'
import * as ecs from '@aws-sdk/client-ecs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../tests/emulator/emulator.ts'
import { describeWith } from '../../tests/support/toolchain.ts'
import type { Aws } from './clients.ts'
import { makeEnvironment } from './inventory/testing.ts'
import { readPlatform } from './platform.ts'
import { serviceStates, type WatchedService } from './readiness.ts'
import { removeDatabase } from './removal.ts'
import { lastLines } from './stopped-tasks.ts'
import { awsAt, startWire } from './testing.ts'

const name = 'shop-calm-heron'
let emulator: Emulator
let aws: Aws
let ids: Record<string, string>

describeWith(['emulator'], 'services', () => {
  beforeAll(async () => {
    emulator = await startEmulator()
    aws = awsAt(emulator.url)
    ids = await makeEnvironment({ project: 'shop', environment: 'calm-heron' })
  }, 60_000)

  afterAll(() => emulator.stop())

  function watched(fields: Partial<WatchedService> = {}): WatchedService {
    const place = {
      cluster: name,
      service: `${name}-web`,
      targetGroupArn: ids.group ?? null,
      logGroup: '/shop',
      logStreamPrefix: 'calm-heron',
    }
    return { name: 'web', ...place, ...fields }
  }

  test('are ready as the emulator runs them', async () => {
    expect(
      await serviceStates(aws, [watched(), watched({ name: 'worker', targetGroupArn: null, taskDefinition: ids.definition ?? '' })]),
    ).toEqual([
      { name: 'web', status: 'ready', desired: 1, running: 1, reason: null, lastLines: [] },
      { name: 'worker', status: 'ready', desired: 1, running: 1, reason: null, lastLines: [] },
    ])
  })

  test('are pending where there is no such service or cluster', async () => {
    const states = await serviceStates(aws, [watched({ service: 'other' }), watched({ cluster: 'other' })])
    expect(states.map(({ status }) => status)).toEqual(['pending', 'pending'])
  })

  test('that run another task definition than the applied one have failed', async () => {
    const client = new ecs.ECSClient({ region: 'eu-west-1' })
    const containerDefinitions = [{ name: 'web', image: 'web:2', memory: 128 }]
    const next = await client.send(new ecs.RegisterTaskDefinitionCommand({ family: `${name}-web`, containerDefinitions }))
    const [state] = await serviceStates(aws, [watched({ taskDefinition: next.taskDefinition?.taskDefinitionArn ?? '' })])
    expect(state).toMatchObject({ status: 'failed', reason: `it runs ${name}-web:1 and not ${name}-web:2: the deployment was rolled back` })
  })

  test('the last lines are those of the container that failed', async () => {
    const client = new logs.CloudWatchLogsClient({ region: 'eu-west-1' })
    const logGroupName = '/shop'
    await client.send(new logs.CreateLogGroupCommand({ logGroupName }))
    for (const container of ['web', 'migrations']) {
      const logStreamName = `calm-heron/${container}/t1`
      await client.send(new logs.CreateLogStreamCommand({ logGroupName, logStreamName }))
      const logEvents = Array.from({ length: 30 }, (_, index) => ({
        timestamp: Date.now() - 60_000 + index,
        message: `${container} ${index}\n`,
      }))
      await client.send(new logs.PutLogEventsCommand({ logGroupName, logStreamName, logEvents }))
    }
    const task = {
      id: 't1',
      reason: 'x',
      containers: [
        { name: 'web', exitCode: null, reason: null },
        { name: 'migrations', exitCode: 1, reason: null },
      ],
    }
    const lines = await lastLines(aws, watched(), [task])
    expect(lines).toEqual(Array.from({ length: 20 }, (_, index) => `migrations ${index + 10}`))
    expect(await lastLines(aws, watched(), [{ ...task, id: 'gone' }])).toEqual([])
  })
})

test('a failed service is told with the reasons and the lines of its stopped task', async () => {
  const answers: Record<string, unknown> = {
    DescribeServices: {
      services: [
        {
          serviceName: 'web',
          status: 'ACTIVE',
          deployments: [{ id: 'ecs-svc/2', status: 'PRIMARY', rolloutState: 'IN_PROGRESS', desiredCount: 1, runningCount: 0 }],
        },
      ],
    },
    ListTasks: { taskArns: ['arn:aws:ecs:eu-west-1:123456789012:task/c/t1', 'arn:aws:ecs:eu-west-1:123456789012:task/c/t0'] },
    DescribeTasks: {
      tasks: [
        {
          taskArn: 'arn:aws:ecs:eu-west-1:123456789012:task/c/t0',
          startedBy: 'ecs-svc/1',
          stoppedReason: 'of an earlier deployment',
          stoppedAt: 9,
        },
        {
          taskArn: 'arn:aws:ecs:eu-west-1:123456789012:task/c/t1',
          startedBy: 'ecs-svc/2',
          stoppedReason: 'Essential container in task exited',
          stoppedAt: 8,
          containers: [{ name: 'migrations', exitCode: 1, reason: 'Error' }],
        },
      ],
    },
    GetLogEvents: { events: [{ message: 'relation "guests" already exists' }] },
  }
  const wire = await startWire((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? ''
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answers[operation]))
  })
  const service = { name: 'api', cluster: 'c', service: 'web', targetGroupArn: null, logGroup: '/shop', logStreamPrefix: 'calm-heron' }
  expect(await serviceStates(awsAt(wire.url), [service])).toEqual([
    {
      name: 'api',
      status: 'failed',
      desired: 1,
      running: 0,
      reason: 'the migrations failed: container migrations ended with exit code 1: Error',
      lastLines: ['relation "guests" already exists'],
    },
  ])
  await wire.close()
})

test('a database is dropped by the function, whose failure is told', async () => {
  let body = ''
  const wire = await startWire((request, response, count) => {
    if (count === 1) response.writeHead(200).end('{}')
    else if (count === 2)
      response.writeHead(200, { 'x-amz-function-error': 'Unhandled' }).end(JSON.stringify({ errorMessage: 'could not drop database' }))
    else response.writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' }).end('{}')
    body = request.url ?? ''
  })
  const request = { functionName: 'shop-platform-database-admin', database: 'shop_calm_heron', role: 'shop_calm_heron' }
  const client = awsAt(wire.url)
  expect(await removeDatabase(client, request)).toBe(true)
  expect(body).toContain('shop-platform-database-admin')
  await expect(removeDatabase(client, request)).rejects.toMatchObject({
    kind: 'tool',
    message: 'could not drop the database shop_calm_heron: shop-platform-database-admin failed: could not drop database',
  })
  expect(await removeDatabase(client, request)).toBe(false)
  await wire.close()
})

test('the platform is read, missing or refused', async () => {
  const whole = {
    version: 1,
    vpc_id: 'vpc-1',
    public_subnet_ids: ['subnet-1'],
    private_subnet_ids: ['subnet-2'],
    cluster_arn: 'arn',
    cluster_name: 'shop-platform',
    listener_arn: null,
    load_balancer_dns_name: 'lb.example.com',
    load_balancer_security_group_id: 'sg-1',
    tasks_security_group_id: 'sg-2',
    execution_role_arn: 'arn',
    task_role_arn: 'arn',
    log_group_name: '/devtool/shop',
    domain: null,
    database: null,
  }
  const replies = [
    [200, { Parameter: { Value: JSON.stringify(whole) } }],
    [400, { __type: 'ParameterNotFound' }],
    [200, { Parameter: { Value: JSON.stringify({ ...whole, cluster_arn: 3 }) } }],
    [200, { Parameter: { Value: 'not json' } }],
  ] as const
  const wire = await startWire((_request, response, count) => {
    const [status, reply] = replies[count - 1] ?? [500, {}]
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(reply))
  })
  const client = awsAt(wire.url)
  expect(await readPlatform(client, 'shop')).toEqual(whole)
  expect(await readPlatform(client, 'shop')).toBeUndefined()
  await expect(readPlatform(client, 'shop')).rejects.toMatchObject({
    message: expect.stringContaining('parameter /devtool/shop/platform at cluster_arn'),
  })
  await expect(readPlatform(client, 'shop')).rejects.toMatchObject({ hint: 'run `devtool bootstrap` with this version of devtool' })
  await wire.close()
})
