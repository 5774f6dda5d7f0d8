import { beforeEach, describe, expect, test } from 'vitest'
import { definitionOf, eventually, type FakeService, type FakeWorld, fakeService, fakeWorld } from './testing.ts'

let world: FakeWorld
beforeEach(() => {
  world = fakeWorld()
})

const completed = ({ service }: FakeService, taskDefinition?: string): Promise<true> =>
  eventually(() => {
    const { deployments = [] } = service.view()
    const [primary] = deployments
    const right = taskDefinition === undefined || primary?.taskDefinition?.endsWith(taskDefinition)
    return (
      deployments.length === 1 && primary?.rolloutState === 'COMPLETED' && primary.runningCount === primary.desiredCount && right === true
    )
  })
const said = ({ service }: FakeService): string[] => (service.view().events ?? []).map(({ message = '' }) => message)
const images = (): string[] => world.containers.filter(({ stopped }) => !stopped).map(({ spec }) => spec.image)

describe('a deployment', () => {
  test('starts what is desired and is complete when all are healthy', async () => {
    world.newTarget = 'initial'
    const web = fakeService(world, { desiredCount: 2 })
    web.deploy({})
    await eventually(() => web.service.view().runningCount === 2)
    expect(web.service.view().deployments?.[0]).toMatchObject({ rolloutState: 'IN_PROGRESS', status: 'PRIMARY', desiredCount: 2 })
    for (const id of world.targets.keys()) world.setHealth(id, 'healthy')
    await completed(web)
    expect(said(web)[0]).toMatch(/^\(service web\) \(deployment ecs-svc\/\d+\) deployment completed\.$/)
    expect(said(web)[1]).toBe('(service web) has reached a steady state.')
    await web.service.abandon()
  })

  test('rolls over: the old tasks serve until the new ones are healthy', async () => {
    const web = fakeService(world, { desiredCount: 2 })
    web.deploy({})
    await completed(web)
    world.newTarget = 'initial'
    web.deploy({ definition: definitionOf(2) })
    await eventually(() => web.service.view().runningCount === 4)
    expect(web.service.view().deployments?.map(({ status }) => status)).toEqual(['PRIMARY', 'ACTIVE'])
    expect(images().toSorted()).toEqual(['web:1', 'web:1', 'web:2', 'web:2'])
    const fresh = [...world.targets].filter(([, { state }]) => state === 'initial').map(([id]) => id)
    world.setHealth(fresh[0] ?? '', 'healthy')
    await eventually(() => images().filter((image) => image === 'web:1').length === 1)
    expect(web.service.view().runningCount).toBe(3)
    world.setHealth(fresh[1] ?? '', 'healthy')
    await completed(web, 'web:2')
    expect(images()).toEqual(['web:2', 'web:2'])
    await web.service.abandon()
  })

  test('minimum 0 and maximum 100: the old task goes first', async () => {
    const web = fakeService(world, { minimumPercent: 0, maximumPercent: 100 })
    web.deploy({})
    await completed(web)
    world.order.length = 0
    web.deploy({ definition: definitionOf(2) })
    await completed(web, 'web:2')
    // a task that is on its way out makes room, as in ECS
    expect(world.order.indexOf('deregister')).toBeLessThan(world.order.indexOf('start web'))
    await web.service.abandon()
  })

  test('is forced, with the same task definition', async () => {
    const web = fakeService(world)
    web.deploy({})
    await completed(web)
    const before = web.service.view().deployments?.[0]?.id
    web.deploy({})
    expect(web.service.view().deployments?.[0]?.id).toBe(before)
    web.deploy({ force: true })
    await completed(web)
    expect(web.service.view().deployments?.[0]?.id).not.toBe(before)
    expect(world.containers).toHaveLength(2)
    await web.service.abandon()
  })

  test('fails where it needs what is not implemented, and the old one serves on', async () => {
    const web = fakeService(world)
    web.deploy({})
    await completed(web)
    web.deploy({ definition: definitionOf(2), fault: 'the emulator does not implement user' })
    await eventually(() => web.service.view().deployments?.[0]?.rolloutState === 'FAILED')
    expect(web.service.view().deployments?.[0]?.rolloutStateReason).toBe('the emulator does not implement user')
    expect(images()).toEqual(['web:1'])
    await web.service.abandon()
  })

  test('nothing is done while nothing happens', async () => {
    const web = fakeService(world)
    web.deploy({})
    await completed(web)
    let looks = 0
    const { health } = world.ports.targets
    world.ports.targets.health = (group) => {
      looks += 1
      return health(group)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(looks).toBe(0)
    await web.service.abandon()
  })
})

describe('the circuit breaker', () => {
  test('a first deployment that never succeeds fails after three tasks and starts no more', async () => {
    world.newTarget = 'initial'
    world.behave('web', (container) => container.exit(1))
    const web = fakeService(world)
    web.deploy({})
    await eventually(() => web.service.view().deployments?.[0]?.rolloutState === 'FAILED')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(world.containers).toHaveLength(3)
    expect(web.service.view().deployments).toHaveLength(1)
    expect(web.service.view().deployments?.[0]).toMatchObject({
      failedTasks: 3,
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
    })
    expect(web.service.tasks().map((task) => task.view().stopCode)).toEqual(Array(3).fill('EssentialContainerExited'))
    await web.service.abandon()
  })

  test('rolls back to the deployment that was complete, whose tasks never went', async () => {
    const web = fakeService(world, { limits: { rollbackMs: 100 } })
    web.deploy({})
    await completed(web)
    const [first] = world.containers
    const before = web.service.view().deployments?.[0]?.id
    world.newTarget = 'initial'
    world.behave('web', (container) => container.exit(1))
    web.deploy({ definition: definitionOf(2) })
    const rolling = await eventually(() => {
      const { deployments = [] } = web.service.view()
      return deployments.some(({ rolloutState }) => rolloutState === 'FAILED') ? deployments : undefined
    })
    expect(rolling[0]).toMatchObject({
      id: before,
      status: 'PRIMARY',
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentId ${before}.`,
    })
    expect(rolling[1]).toMatchObject({ status: 'ACTIVE', rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.' })
    await completed(web, 'web:1')
    expect(web.service.view().taskDefinition).toMatch(/web:1$/)
    expect(first?.stopped).toBe(false)
    expect(said(web)).toContain(`(service web) rolling back to deployment ${before}.`)
    // what was asked for has not changed: nothing is tried again by itself
    web.deploy({})
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(web.service.view().taskDefinition).toMatch(/web:1$/)
    await web.service.abandon()
  })

  test('a task that fails the checks of the load balancer is replaced after the grace period', async () => {
    world.newTarget = 'unhealthy'
    const web = fakeService(world, { graceSeconds: 0.05 })
    web.deploy({})
    await eventually(() => web.service.view().runningCount === 1)
    const failed = await eventually(() =>
      web.service.tasks().find((task) => task.view().stoppedReason?.startsWith('Task failed ELB health checks in (target-group arn:')),
    )
    const { startedAt, stoppingAt } = failed.view()
    expect((stoppingAt?.getTime() ?? 0) - (startedAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(50)
    world.newTarget = 'healthy'
    await completed(web)
    expect(web.service.view().deployments?.[0]?.failedTasks).toBeGreaterThanOrEqual(1)
    await web.service.abandon()
  })

  test('without it failing tasks are tried again and again, ever more slowly', async () => {
    world.newTarget = 'initial'
    world.behave('web', (container) => container.exit(1))
    const web = fakeService(world, {
      circuitBreaker: { enable: false, rollback: false },
      limits: { backoffMs: 2, longestBackoffMs: 1_000 },
    })
    web.deploy({})
    await eventually(() => world.containers.length >= 5)
    expect(web.service.view().deployments?.[0]?.rolloutState).toBe('IN_PROGRESS')
    expect(said(web).some((event) => event.includes('unable to consistently start tasks'))).toBe(true)
    await web.service.abandon()
  })
})

describe('the desired count', () => {
  test('up and down, without another deployment', async () => {
    const web = fakeService(world)
    web.deploy({})
    await completed(web)
    web.deploy({ desiredCount: 3 })
    await completed(web)
    expect(images()).toHaveLength(3)
    web.deploy({ desiredCount: 1 })
    await completed(web)
    await eventually(() => web.service.tasks().filter((task) => task.view().lastStatus === 'STOPPED').length === 2)
    const stopped = web.service.tasks().filter((task) => task.view().lastStatus === 'STOPPED')
    expect(stopped[0]?.view()).toMatchObject({
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: expect.stringMatching(/^Scaling activity initiated by \(deployment ecs-svc\/\d+\)$/),
    })
    web.deploy({ desiredCount: 0 })
    await eventually(() => images().length === 0)
    expect(web.service.view()).toMatchObject({ runningCount: 0, desiredCount: 0 })
    await web.service.abandon()
  })

  test('a task that dies is replaced', async () => {
    const web = fakeService(world)
    web.deploy({})
    await completed(web)
    world.container('web').exit(1)
    await eventually(() => world.containers.length === 2)
    await completed(web)
    expect(web.service.view().deployments?.[0]?.failedTasks).toBe(0)
    await web.service.abandon()
  })

  test('a worker is healthy when it has run for a moment', async () => {
    const worker = fakeService(world, { routed: false, limits: { steadyMs: 60 } })
    worker.deploy({})
    await eventually(() => worker.service.view().runningCount === 1)
    expect(worker.service.view().deployments?.[0]?.rolloutState).toBe('IN_PROGRESS')
    await completed(worker)
    await worker.service.abandon()
  })
})

test('a service that is deleted drains, then it is inactive', async () => {
  const web = fakeService(world, { desiredCount: 2 })
  web.deploy({})
  await completed(web)
  const removed = web.service.remove()
  expect(web.service.view()).toMatchObject({ status: 'DRAINING', desiredCount: 0 })
  await removed
  expect(web.service.view()).toMatchObject({ status: 'INACTIVE', runningCount: 0 })
  expect(world.order.filter((what) => what === 'drained')).toHaveLength(2)
  expect(images()).toEqual([])
})
