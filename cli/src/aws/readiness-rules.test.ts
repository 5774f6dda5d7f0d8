import type { Deployment, Service } from '@aws-sdk/client-ecs'
import { describe, expect, test } from 'vitest'
import { currentDeployment, judge, type Observation, type StoppedTask } from './readiness-rules.ts'

const definition = 'arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:2'

function deployment(fields: Partial<Deployment>): Deployment {
  return { id: 'ecs-svc/2', status: 'PRIMARY', rolloutState: 'IN_PROGRESS', taskDefinition: definition, desiredCount: 1, ...fields }
}

function service(...deployments: Partial<Deployment>[]): Service {
  return { serviceName: 'shop-web', status: 'ACTIVE', deployments: deployments.map(deployment) }
}

function crash(fields: Partial<StoppedTask> = {}): StoppedTask {
  return {
    id: 't1',
    reason: 'Essential container in task exited',
    containers: [{ name: 'web', exitCode: 1, reason: null }],
    ...fields,
  }
}

function look(fields: Partial<Observation>) {
  const observation = { name: 'web', expected: undefined, service: service({}), stopped: [], targets: null, ...fields }
  const { status, reason } = judge(observation)
  return { status, reason }
}

const complete = service({ rolloutState: 'COMPLETED', runningCount: 1 })

describe('ready', () => {
  test.each([
    ['a worker', { service: complete }],
    ['a routed service', { service: complete, targets: { healthy: 1, waiting: 0, reason: null } }],
    ['the emulator registers no targets', { service: complete, targets: { healthy: 0, waiting: 0, reason: null } }],
    ['scaled to nothing', { service: service({ rolloutState: 'COMPLETED', desiredCount: 0, runningCount: 0 }) }],
    ['what was applied', { service: complete, expected: definition }],
    [
      'a failed deployment of an earlier apply',
      {
        service: service({ rolloutState: 'COMPLETED', runningCount: 1 }, { status: 'ACTIVE', rolloutState: 'FAILED' }),
      },
    ],
    ['two tasks that ended on the way', { service: complete, stopped: [crash(), crash()] }],
  ])('%s', (_, fields) => {
    expect(look(fields)).toEqual({ status: 'ready', reason: null })
  })
})

describe('pending', () => {
  test.each([
    ['not there yet', { service: undefined }, 'there is no such service in the cluster'],
    ['starting', { service: service({ runningCount: 0 }) }, '0 of 1 tasks running'],
    [
      'only unhealthy targets, although the load balancer lets requests through',
      { service: complete, targets: { healthy: 0, waiting: 1, reason: 'Health checks failed with these codes: [502]' } },
      '0 of 1 targets healthy: Health checks failed with these codes: [502]',
    ],
    ['one crash', { stopped: [crash()] }, 'a task ended: Essential container in task exited (container web ended with exit code 1)'],
    [
      'what ECS says',
      {
        service: {
          ...service({ createdAt: new Date(1000) }),
          events: [
            {
              createdAt: new Date(2000),
              message: 'service shop-web was unable to place a task. Reason: Capacity is unavailable at this time.',
            },
          ],
        },
      },
      'service shop-web was unable to place a task. Reason: Capacity is unavailable at this time',
    ],
  ])('%s', (_, fields, reason) => {
    expect(look(fields)).toEqual({ status: 'pending', reason })
  })
})

describe('failed', () => {
  const rollback = service(
    { rolloutState: 'IN_PROGRESS', rolloutStateReason: 'ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.' },
    {
      id: 'ecs-svc/bad',
      status: 'ACTIVE',
      rolloutState: 'FAILED',
      rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
    },
  )
  test.each([
    [
      'the rollout',
      {
        service: service({ rolloutState: 'FAILED', rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.' }),
        stopped: [crash()],
      },
      'ECS deployment circuit breaker: tasks failed to start: Essential container in task exited (container web ended with exit code 1)',
    ],
    ['a rollback under way', { service: rollback }, 'ECS deployment circuit breaker: tasks failed to start'],
    [
      'a rollback that is done',
      {
        service: service({ rolloutState: 'COMPLETED', runningCount: 1, taskDefinition: 'arn:x:task-definition/shop-web:1' }),
        expected: definition,
      },
      'it runs shop-web:1 and not shop-web:2: the deployment was rolled back',
    ],
    [
      'an image that is not there',
      {
        stopped: [
          crash({ reason: 'CannotPullContainerError: pull image manifest has been retried 1 time(s): not found.', containers: [] }),
        ],
      },
      'CannotPullContainerError: pull image manifest has been retried 1 time(s): not found',
    ],
    [
      'a secret that cannot be read',
      { stopped: [crash({ reason: 'ResourceInitializationError: unable to pull secrets or registry auth', containers: [] })] },
      'ResourceInitializationError: unable to pull secrets or registry auth',
    ],
    [
      'migrations',
      {
        stopped: [
          crash({
            containers: [
              { name: 'web', exitCode: null, reason: null },
              { name: 'migrations', exitCode: 3, reason: null },
            ],
          }),
        ],
      },
      'the migrations failed: container migrations ended with exit code 3',
    ],
    [
      'a crash loop',
      { stopped: [crash({ reason: 'OutOfMemoryError: Container killed due to memory usage' }), crash(), crash()] },
      '3 tasks ended: OutOfMemoryError: Container killed due to memory usage (container web ended with exit code 1)',
    ],
  ])('%s', (_, fields, reason) => {
    expect(look(fields)).toEqual({ status: 'failed', reason })
  })

  test('a rollback is answered for by the deployment that it replaces', () => {
    expect(currentDeployment(rollback)?.id).toBe('ecs-svc/bad')
    expect(currentDeployment(complete)?.id).toBe('ecs-svc/2')
  })
})
