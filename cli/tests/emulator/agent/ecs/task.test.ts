import type { ContainerDefinition } from '@aws-sdk/client-ecs'
import { beforeEach, describe, expect, test } from 'vitest'
import { type RunningTask, startTask } from './task.ts'
import { eventually, type FakeWorld, fakeWorld, taskSpec } from './testing.ts'

const web: ContainerDefinition = { name: 'web', image: 'web:1', essential: true }
const migrations: ContainerDefinition = { name: 'migrations', image: 'migrations:1', essential: false }

let world: FakeWorld
beforeEach(() => {
  world = fakeWorld()
})

const start = (containers: ContainerDefinition[], routed = false): RunningTask =>
  startTask(world.ports, taskSpec(containers, routed), () => {})
const running = (task: RunningTask): Promise<true> => eventually(() => task.view().lastStatus === 'RUNNING')
const ofContainer = (task: RunningTask, name: string) => task.view().containers?.find((each) => each.name === name)

describe('the life of a task', () => {
  test('it runs, and ends with its essential container', async () => {
    const task = start([web, { name: 'sidecar', image: 'sidecar:1', essential: false }])
    await running(task)
    expect(task.healthy()).toBe(true)
    world.container('web').exit(3)
    await task.ended
    expect(task.view()).toMatchObject({
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    })
    expect(ofContainer(task, 'web')).toMatchObject({ lastStatus: 'STOPPED', exitCode: 3 })
    expect(world.container('sidecar').stopped).toBe(true)
  })

  test('the end of a container that is not essential changes nothing', async () => {
    const task = start([web, { name: 'once', image: 'once:1', essential: false }])
    await running(task)
    world.container('once').exit(1)
    await eventually(() => ofContainer(task, 'once')?.lastStatus === 'STOPPED')
    expect(task.view().lastStatus).toBe('RUNNING')
    await task.abandon()
  })

  test('what cannot be prepared is the reason why it stopped', async () => {
    world.prepare = async () => Promise.reject(new Error('ResourceInitializationError: unable to pull secrets'))
    const task = start([web])
    await task.ended
    expect(task.view()).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'ResourceInitializationError: unable to pull secrets',
    })
    expect(world.containers).toEqual([])
  })

  test('an image that is not there', async () => {
    const task = start([{ ...web, image: 'missing' }])
    await task.ended
    expect(task.view().stoppedReason).toMatch(/^CannotPullContainerError/)
    expect(ofContainer(task, 'web')?.exitCode).toBeUndefined()
  })

  test('it takes requests once it runs, and none while it ends', async () => {
    const task = start([web], true)
    await running(task)
    expect(world.targets.size).toBe(1)
    await task.stop('ServiceSchedulerInitiated', 'Scaling activity')
    expect(world.order).toEqual(['start web', 'register', 'deregister', 'drained', 'stop web'])
    expect(ofContainer(task, 'web')?.exitCode).toBe(143)
  })

  test('stopping one that is being prepared starts nothing', async () => {
    let prepared = (): void => {}
    world.prepare = () =>
      new Promise((resolve) => {
        prepared = () => resolve({ secrets: {} })
      })
    const task = start([web])
    await eventually(() => task.view().lastStatus === 'PENDING')
    const stopped = task.stop('UserInitiated', 'enough')
    prepared()
    await stopped
    expect(world.containers).toEqual([])
    expect(task.view().stoppedReason).toBe('enough')
  })
})

describe('dependsOn', () => {
  test('SUCCESS: the task is pending until the other has succeeded', async () => {
    const task = start([{ ...web, dependsOn: [{ containerName: 'migrations', condition: 'SUCCESS' }] }, migrations])
    await eventually(() => world.containers.length === 1)
    expect(task.view().lastStatus).toBe('PENDING')
    world.container('migrations').exit(0)
    await running(task)
    expect(world.order).toEqual(['start migrations', 'start web'])
    await task.abandon()
  })

  test('SUCCESS: a failed init container means that the other never starts', async () => {
    world.behave('migrations', (container) => container.exit(7))
    const task = start([{ ...web, dependsOn: [{ containerName: 'migrations', condition: 'SUCCESS' }] }, migrations])
    await task.ended
    expect(world.order).toEqual(['start migrations'])
    expect(ofContainer(task, 'migrations')?.exitCode).toBe(7)
    expect(ofContainer(task, 'web')).toMatchObject({ exitCode: 143, reason: expect.stringContaining('did not exit successfully') })
    expect(task.view().stopCode).toBe('EssentialContainerExited')
  })

  test('COMPLETE does not ask how it ended', async () => {
    world.behave('migrations', (container) => container.exit(7))
    const task = start([{ ...web, dependsOn: [{ containerName: 'migrations', condition: 'COMPLETE' }] }, migrations])
    await running(task)
    await task.abandon()
  })

  test('START, and the other way round when it stops', async () => {
    const proxy: ContainerDefinition = { name: 'proxy', image: 'proxy:1' }
    const task = start([{ ...web, dependsOn: [{ containerName: 'proxy', condition: 'START' }] }, proxy])
    await running(task)
    await task.stop('UserInitiated', 'enough')
    expect(world.order).toEqual(['start proxy', 'start web', 'stop web', 'stop proxy'])
  })

  test('HEALTHY waits for the health check', async () => {
    const proxy: ContainerDefinition = { name: 'proxy', image: 'proxy:1', healthCheck: { command: ['CMD-SHELL', 'true'], interval: 0.02 } }
    world.behave('proxy', (container) => {
      container.check = 1
    })
    const task = start([
      { ...web, dependsOn: [{ containerName: 'proxy', condition: 'HEALTHY' }] },
      { ...proxy, startTimeout: 5 },
    ])
    await eventually(() => world.containers.length === 1)
    expect(task.view().lastStatus).toBe('PENDING')
    world.container('proxy').check = 0
    await running(task)
    expect(task.view().healthStatus).toBe('HEALTHY')
    await task.abandon()
  })

  test('a dependency that takes longer than its start timeout', async () => {
    const proxy: ContainerDefinition = { ...migrations, startTimeout: 0.03 }
    const task = start([{ ...web, dependsOn: [{ containerName: 'migrations', condition: 'COMPLETE' }] }, proxy])
    await task.ended
    expect(ofContainer(task, 'web')?.reason).toContain('has timed out')
  })
})

describe('the health check of a container', () => {
  test('retries failures in a row after the start period make it unhealthy', async () => {
    const task = start([{ ...web, healthCheck: { command: ['CMD', 'node', 'check.js'], interval: 0.01, retries: 2 } }])
    await eventually(() => task.healthy())
    world.container('web').check = 1
    await eventually(() => task.view().healthStatus === 'UNHEALTHY')
    expect(task.fault(0)).toBe('Task failed container health checks')
    expect(task.fault(60)).toBeUndefined()
    await task.abandon()
  })
})
