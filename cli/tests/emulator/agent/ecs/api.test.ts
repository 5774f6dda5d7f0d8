import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2'
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ExecuteCommandCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createAws } from '../../../../src/aws/clients.ts'
import { serviceStates } from '../../../../src/aws/readiness.ts'
import { describeWith } from '../../../support/toolchain.ts'
import { type Emulator, emulatorRegion, startEmulator } from '../../emulator.ts'
import { createClients } from '../account.ts'
import { definitionFault } from '../fargate/definition.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { createEcsApi } from './api.ts'
import { createEcs, type Ecs } from './ecs.ts'
import { eventually, type FakeWorld, fakeWorld } from './testing.ts'

const logs = {
  logDriver: 'awslogs' as const,
  options: { 'awslogs-group': 'shop', 'awslogs-region': emulatorRegion, 'awslogs-stream-prefix': 'shop' },
}
const fargate = {
  requiresCompatibilities: ['FARGATE' as const],
  networkMode: 'awsvpc' as const,
  cpu: '256',
  memory: '512',
  executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
}

describeWith(['emulator'], 'services and tasks through the gateway', () => {
  let moto: Emulator
  let gateway: Gateway
  let world: FakeWorld
  let ecs: Ecs
  let client: ECSClient
  let direct: ECSClient
  let network: NonNullable<RunTaskCommandInput['networkConfiguration']>
  const options = (url: string) => ({
    endpoint: url,
    region: emulatorRegion,
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
  })

  beforeAll(async () => {
    moto = await startEmulator()
  })
  afterAll(() => moto.stop())

  beforeEach(async () => {
    await moto.reset()
    world = fakeWorld()
    ecs = createEcs({
      ...world.ports,
      client: createClients(moto.url, emulatorRegion).ecs,
      definitionFault,
      limits: { steadyMs: 10, backoffMs: 1, longestBackoffMs: 5, rollbackMs: 50 },
    })
    gateway = await startGateway({ upstream: moto.url, handlers: { ecs: createEcsApi(ecs) }, onChange: () => {} })
    client = new ECSClient(options(gateway.url))
    direct = new ECSClient(options(moto.url))
    await client.send(new CreateClusterCommand({ clusterName: 'shop' }))
    const { ec2 } = createClients(moto.url, emulatorRegion)
    const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'default-for-az', Values: ['true'] }] }))
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupNames: ['default'] }))
    network = { awsvpcConfiguration: { subnets: [Subnets?.[0]?.SubnetId ?? ''], securityGroups: [SecurityGroups?.[0]?.GroupId ?? ''] } }
    return async () => {
      await ecs.stop()
      await gateway.stop()
      client.destroy()
      direct.destroy()
    }
  })

  const register = (image: string, through = client) =>
    through.send(
      new RegisterTaskDefinitionCommand({
        ...fargate,
        family: 'web',
        containerDefinitions: [{ name: 'web', image, essential: true, logConfiguration: logs }],
      }),
    )
  const create = (desiredCount = 1) =>
    client.send(
      new CreateServiceCommand({
        cluster: 'shop',
        serviceName: 'web',
        taskDefinition: 'web',
        desiredCount,
        launchType: 'FARGATE',
        networkConfiguration: network,
        deploymentConfiguration: {
          minimumHealthyPercent: 100,
          maximumPercent: 200,
          deploymentCircuitBreaker: { enable: true, rollback: true },
        },
      }),
    )
  const describeService = async () => (await client.send(new DescribeServicesCommand({ cluster: 'shop', services: ['web'] }))).services?.[0]
  const listed = async (desiredStatus?: 'STOPPED') =>
    (await client.send(new ListTasksCommand({ cluster: 'shop', serviceName: 'web', ...(desiredStatus ? { desiredStatus } : {}) })))
      .taskArns ?? []
  const watched = { name: 'web', cluster: 'shop', service: 'web', targetGroupArn: null, logGroup: 'shop', logStreamPrefix: 'shop' }
  const states = () => serviceStates(createAws({ region: emulatorRegion, variables: process.env }), [watched])
  const eventuallyReady = async (revision: number) => {
    for (;;) {
      const [primary, ...others] = (await describeService())?.deployments ?? []
      if (others.length === 0 && primary?.rolloutState === 'COMPLETED' && primary.taskDefinition?.endsWith(`:${revision}`)) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  test('a service runs from CreateService to DeleteService, and its state is what its tasks are', async () => {
    await register('web:1')
    const { service } = await create(2)
    expect(service?.deployments?.[0]).toMatchObject({ rolloutState: 'IN_PROGRESS', desiredCount: 2, runningCount: 0 })
    expect(service?.deployments?.[0]?.createdAt?.getTime()).toBeGreaterThan(Date.now() - 10_000)
    await eventuallyReady(1)
    const arns = await listed()
    expect(arns).toHaveLength(2)
    const { tasks } = await client.send(new DescribeTasksCommand({ cluster: 'shop', tasks: arns }))
    expect(tasks?.map(({ lastStatus, startedBy }) => [lastStatus, startedBy])).toEqual(
      Array(2).fill(['RUNNING', (await describeService())?.deployments?.[0]?.id]),
    )

    await register('web:2')
    await client.send(new UpdateServiceCommand({ cluster: 'shop', service: 'web', taskDefinition: 'web', desiredCount: 1 }))
    await eventuallyReady(2)
    expect(await listed()).toHaveLength(1)

    await client.send(new StopTaskCommand({ cluster: 'shop', task: (await listed())[0], reason: 'to see' }))
    await eventually(
      () =>
        world.containers.filter(({ spec, stopped }) => spec.image === 'web:2' && !stopped).length === 1 && world.containers.length === 4,
    )
    await client.send(new DeleteServiceCommand({ cluster: 'shop', service: 'web', force: true }))
    await eventually(() => world.containers.every(({ stopped }) => stopped))
    expect(await describeService()).toMatchObject({ status: 'INACTIVE', runningCount: 0 })
  })

  test('readiness reads a failed deployment as it would on AWS', async () => {
    Object.assign(process.env, { AWS_ENDPOINT_URL: gateway.url, AWS_ACCESS_KEY_ID: 'testing', AWS_SECRET_ACCESS_KEY: 'testing' })
    try {
      await register('web:1')
      await create()
      await eventuallyReady(1)
      expect((await states())[0]).toMatchObject({ status: 'ready', running: 1 })
      await register('missing')
      await client.send(new UpdateServiceCommand({ cluster: 'shop', service: 'web', taskDefinition: 'web' }))
      let state = (await states())[0]
      while (state?.status === 'pending') state = (await states())[0]
      expect(state).toMatchObject({ status: 'failed', reason: expect.stringContaining('CannotPullContainerError') })
    } finally {
      for (const name of ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name]
    }
  })

  test('a service that was made past the gateway is not run', async () => {
    await register('web:1', direct)
    await direct.send(
      new CreateServiceCommand({ cluster: 'shop', serviceName: 'web', taskDefinition: 'web', desiredCount: 1, launchType: 'FARGATE' }),
    )
    expect(await describeService()).toMatchObject({ runningCount: 1 })
    expect(await listed()).toEqual([])
    expect(world.containers).toEqual([])
  })

  test('a one-off task runs, with its overrides, and is seen to end', async () => {
    await register('once:1')
    world.behave('web', (container) => container.exit(container.spec.environment.FAIL === 'yes' ? 9 : 0))
    const { tasks = [] } = await client.send(
      new RunTaskCommand({
        cluster: 'shop',
        taskDefinition: 'web',
        launchType: 'FARGATE',
        networkConfiguration: network,
        overrides: { containerOverrides: [{ name: 'web', environment: [{ name: 'FAIL', value: 'yes' }] }] },
      }),
    )
    expect(tasks[0]).toMatchObject({ desiredStatus: 'RUNNING', group: 'family:web' })
    const task = () => client.send(new DescribeTasksCommand({ cluster: 'shop', tasks: [tasks[0]?.taskArn ?? '', 'nowhere'] }))
    let reply = await task()
    while (reply.tasks?.[0]?.lastStatus !== 'STOPPED') reply = await task()
    expect(reply.tasks[0]).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ name: 'web', exitCode: 9 }] })
    expect(reply.failures).toMatchObject([{ arn: 'nowhere', reason: 'MISSING' }])
  })

  test('what Fargate would not take, and what the emulator does not implement, is an error', async () => {
    const odd = new RegisterTaskDefinitionCommand({
      ...fargate,
      memory: '300',
      family: 'odd',
      containerDefinitions: [{ name: 'web', image: 'web:1' }],
    })
    await expect(client.send(odd)).rejects.toThrow('No Fargate configuration exists for given values')
    await register('web:1')
    const connected = new CreateServiceCommand({
      cluster: 'shop',
      serviceName: 'web',
      taskDefinition: 'web',
      serviceConnectConfiguration: { enabled: true },
    })
    await expect(client.send(connected)).rejects.toThrow('does not implement serviceConnectConfiguration')
    await expect(client.send(new ExecuteCommandCommand({ task: 'x', command: 'sh', interactive: true }))).rejects.toThrow(
      'does not implement ExecuteCommand',
    )
    await expect(client.send(new RunTaskCommand({ cluster: 'elsewhere', taskDefinition: 'web' }))).rejects.toThrow('Cluster not found')
    await expect(client.send(new RunTaskCommand({ cluster: 'shop', taskDefinition: 'web' }))).rejects.toThrow(
      'Network Configuration must be provided',
    )
  })
})
