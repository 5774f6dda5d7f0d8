import type { Aws } from './clients.ts'
import { unless } from './errors.ts'
import type { StoppedTask } from './readiness-rules.ts'

interface Place {
  cluster: string
  service: string
}

interface LogPlace {
  logGroup: string
  logStreamPrefix: string
}

const LINES = 20

/** Tasks of a service's deployment that ended within the last hour (ECS forgets them then), newest first; at most a hundred. */
export async function stoppedTasks(aws: Aws, place: Place, deployment: string | undefined): Promise<StoppedTask[]> {
  const { client, sdk } = await aws.ecs()
  const arns: string[] = []
  const input = { cluster: place.cluster, serviceName: place.service, desiredStatus: 'STOPPED' as const }
  for await (const page of sdk.paginateListTasks({ client }, input)) {
    arns.push(...(page.taskArns ?? []))
    if (arns.length >= 100) break
  }
  if (arns.length === 0) return []
  const reply = await client.send(new sdk.DescribeTasksCommand({ cluster: place.cluster, tasks: arns.slice(0, 100) }))
  return (
    (reply.tasks ?? [])
      .filter((task) => deployment === undefined || task.startedBy === deployment)
      // Ended by somebody, not by itself.
      .filter((task) => task.stopCode !== 'SpotInterruption' && task.stopCode !== 'UserInitiated')
      .filter((task) => !/^Scaling activity initiated/.test(task.stoppedReason ?? ''))
      .sort((left, right) => (right.stoppedAt?.getTime() ?? 0) - (left.stoppedAt?.getTime() ?? 0))
      .map((task) => ({
        id: task.taskArn?.split('/').at(-1) ?? '',
        reason: task.stoppedReason ?? task.stopCode ?? 'the task stopped',
        containers: (task.containers ?? []).map((container) => ({
          name: container.name ?? '',
          exitCode: container.exitCode ?? null,
          reason: container.reason ?? null,
        })),
      }))
  )
}

/** The end of what the newest ended task wrote: its failed containers, or all of them when none says that it failed. Oldest line first. */
export async function lastLines(aws: Aws, place: LogPlace, stopped: readonly StoppedTask[]): Promise<string[]> {
  const task = stopped[0]
  if (task === undefined) return []
  const failed = task.containers.filter(({ exitCode }) => exitCode !== null && exitCode !== 0)
  const lines: string[] = []
  for (const { name } of failed.length > 0 ? failed : task.containers) {
    lines.push(...(await streamEnd(aws, place.logGroup, `${place.logStreamPrefix}/${name}/${task.id}`)))
  }
  return lines.slice(-LINES)
}

async function streamEnd(aws: Aws, logGroupName: string, logStreamName: string): Promise<string[]> {
  const { client, sdk } = await aws.logs()
  const command = new sdk.GetLogEventsCommand({ logGroupName, logStreamName, limit: LINES, startFromHead: false })
  const reply = await unless(['ResourceNotFoundException'], () => client.send(command))
  return (reply?.events ?? []).map(({ message }) => (message ?? '').trimEnd())
}
