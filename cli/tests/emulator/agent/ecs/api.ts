import type { Service, TaskDefinition } from '@aws-sdk/client-ecs'
import type { Answer, Call, Forward, Handler } from '../gateway.ts'
import type { Ecs, RunTaskRequest } from './ecs.ts'
import { unimplementedRequest } from './implemented.ts'
import { errorAnswer, jsonAnswer } from './json.ts'
import { ApiError } from './model.ts'
import { matches, named, type TaskFilter } from './task-list.ts'

type Json = Record<string, unknown>
type Operation = (request: Json, forward: Forward) => Promise<Answer>

/** Of these moto's answer would be a lie: no task stands behind it. */
const REFUSED = [
  'ExecuteCommand',
  'StartTask',
  'CreateTaskSet',
  'UpdateTaskSet',
  'DeleteTaskSet',
  'UpdateServicePrimaryTaskSet',
  'UpdateTaskProtection',
]

/** The calls of ECS that are about tasks and deployments; all others are moto's. */
export function createEcsApi(ecs: Ecs): Handler {
  const overlaid = (service: Service): Service => ({ ...service, ...ecs.overlay(service.serviceArn ?? '') })

  const serviceCall =
    (after: (request: Json, service: Service) => Promise<void>): Operation =>
    async (request, forward) => {
      const refusal = unimplementedRequest(request)
      if (refusal !== undefined) throw new ApiError('InvalidParameterException', refusal)
      const answer = await forward()
      if (answer.status !== 200) return answer
      const { service } = JSON.parse(answer.body.toString()) as { service: Service }
      await after(request, service)
      return jsonAnswer({ service: overlaid(service) })
    }

  const operations: Record<string, Operation> = {
    CreateService: serviceCall((request, service) => ecs.changed(service, changeOf(request))),
    UpdateService: serviceCall((request, service) => ecs.changed(service, changeOf(request))),
    DeleteService: serviceCall(async (_request, service) => ecs.removed(service.serviceArn ?? '')),
    DescribeServices: async (_request, forward) => {
      const answer = await forward()
      if (answer.status !== 200) return answer
      const reply = JSON.parse(answer.body.toString()) as { services?: Service[] }
      return jsonAnswer({ ...reply, services: reply.services?.map(overlaid) ?? [] })
    },
    RegisterTaskDefinition: async (request, forward) => {
      const { tags: _tags, ...definition } = request as TaskDefinition & { tags?: unknown }
      const fault = definition.requiresCompatibilities?.includes('FARGATE') === true ? ecs.fault(definition) : undefined
      if (fault !== undefined) throw new ApiError('ClientException', fault)
      return forward()
    },
    RunTask: async (request) => {
      const tasks = await ecs.runTask(request as RunTaskRequest)
      return jsonAnswer({ tasks: tasks.map((task) => task.view()), failures: [] })
    },
    StopTask: async (request, forward) => {
      const task = ecs.tasks().find(named(String(request.task)))
      if (task === undefined) return forward()
      void task.stop('UserInitiated', typeof request.reason === 'string' ? request.reason : 'Task stopped by user')
      return jsonAnswer({ task: task.view() })
    },
    ListTasks: async (request, forward) => {
      const answer = await forward()
      if (answer.status !== 200) return answer
      const { taskArns = [] } = JSON.parse(answer.body.toString()) as { taskArns?: string[] }
      const ours = ecs.tasks().filter(matches(request as TaskFilter))
      return jsonAnswer({ taskArns: [...ours.map(({ arn }) => arn), ...taskArns] })
    },
    DescribeTasks: async (request, forward) => {
      const asked = (request.tasks ?? []) as string[]
      const ours = asked.flatMap((name) => ecs.tasks().filter(named(name)))
      const others = asked.filter((name) => !ours.some(named(name)))
      if (others.length === 0) return jsonAnswer({ tasks: ours.map((task) => task.view()), failures: [] })
      const answer = await forward(Buffer.from(JSON.stringify({ ...request, tasks: others })))
      if (answer.status !== 200) return answer
      const reply = JSON.parse(answer.body.toString()) as { tasks?: Json[]; failures?: Json[] }
      const found = (name: string): boolean => reply.tasks?.some(({ taskArn }) => String(taskArn).endsWith(name)) ?? false
      const missing = others.filter((name) => !found(name)).map((arn) => ({ arn, reason: 'MISSING' }))
      return jsonAnswer({ tasks: [...ours.map((task) => task.view()), ...(reply.tasks ?? [])], failures: missing })
    },
  }

  return async ({ action, body }: Call, forward) => {
    if (REFUSED.includes(action)) return errorAnswer(new ApiError('ClientException', `the emulator does not implement ${action}`))
    const operation = Object.hasOwn(operations, action) ? operations[action] : undefined
    if (operation === undefined) return undefined
    try {
      return await operation(JSON.parse(body.toString() || '{}'), forward)
    } catch (error) {
      return errorAnswer(error)
    }
  }
}

function changeOf(request: Json): { force: boolean; taskDefinition: string | undefined } {
  return {
    force: request.forceNewDeployment === true,
    taskDefinition: typeof request.taskDefinition === 'string' ? request.taskDefinition : undefined,
  }
}
