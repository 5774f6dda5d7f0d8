import type { RunningTask } from './task.ts'

export interface TaskFilter {
  cluster?: string
  serviceName?: string
  family?: string
  startedBy?: string
  desiredStatus?: string
  launchType?: string
}

/** A task by its id or ARN. */
export function named(name: string): (task: RunningTask) => boolean {
  return (task) => task.arn === name || task.id === name
}

/** Which tasks ListTasks lists: those that should run, unless it says otherwise. */
export function matches(filter: TaskFilter): (task: RunningTask) => boolean {
  const cluster = filter.cluster ?? 'default'
  const service = filter.serviceName?.split('/').at(-1)
  return ({ spec, ...task }) => {
    const view = task.view()
    return (
      (spec.clusterArn === cluster || spec.clusterArn.endsWith(`:cluster/${cluster}`)) &&
      view.desiredStatus === (filter.desiredStatus ?? 'RUNNING') &&
      (service === undefined || spec.group === `service:${service}`) &&
      (filter.family === undefined || spec.definition.family === filter.family) &&
      (filter.startedBy === undefined || spec.startedBy === filter.startedBy) &&
      (filter.launchType === undefined || view.launchType === filter.launchType)
    )
  }
}
