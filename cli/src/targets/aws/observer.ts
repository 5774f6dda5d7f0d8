import type { Aws } from '../../aws/clients.ts'
import { type LogEvent, logEvents } from '../../aws/log-lines.ts'
import { readPlatform } from '../../aws/platform.ts'
import { awsName } from '../../environment/names.ts'
import { NotFoundError } from '../../errors.ts'
import type { Clock } from '../../system/clock.ts'
import type { LogLine, LogRequest, Observer } from '../target.ts'

interface Ports {
  aws: Aws
  clock: Clock
}

/** The past that is searched for last lines. */
const PAST_MS = 24 * 3_600_000
const LOOK_AGAIN_MS = 2_000
/** CloudWatch shows what was written a moment ago late and out of order. */
const OVERLAP_MS = 10_000

export function createAwsObserver(ports: Ports): Observer {
  return {
    // what the registry says is what is known: everything that changes an environment writes it there
    observe: async (records) => [...records],
    logs: (request, onLine) => logsOf(ports, request, onLine),
  }
}

async function logsOf(ports: Ports, request: LogRequest, onLine: (line: LogLine) => void): Promise<void> {
  const { aws, clock } = ports
  const { interrupt } = request
  const place = { logGroup: await logGroupOf(ports, request), streamPrefix: [request.name, request.service ?? ''].join('/') }
  let since = clock.now().getTime() - PAST_MS
  const shown = new Set<string>()
  const show = (events: readonly LogEvent[]): void => {
    for (const { id, time, stream, text } of events) {
      since = Math.max(since, time - OVERLAP_MS)
      if (shown.has(id)) continue
      shown.add(id)
      onLine({ service: serviceOf(stream), time: new Date(time).toISOString(), text })
    }
  }
  const look = async (): Promise<LogEvent[]> => {
    const events = await logEvents(aws, place, since, interrupt)
    // a prefix also finds the services whose names go on
    return events.filter(({ stream }) => request.service === null || serviceOf(stream) === request.service)
  }
  const past = await look()
  const last = lastOfEach(past, request.lines)
  for (const { id } of past) if (!last.some((event) => event.id === id)) shown.add(id)
  show(last)
  while (request.follow && !interrupt.aborted) {
    await clock.sleep(LOOK_AGAIN_MS, interrupt)
    show(await look())
  }
}

/** Previews write to the platform's group, an environment with a cluster of its own to that one's: modules/ecs-cluster names it. */
async function logGroupOf({ aws }: Ports, { name, project, template }: LogRequest): Promise<string> {
  if (template === 'dedicated') return `/devtool/${awsName(48, project, name)}`
  const platform = await readPlatform(aws, project)
  if (platform !== undefined) return platform.log_group_name
  throw new NotFoundError(`could not find the platform of ${project}, which the logs of ${name} are in`, { hint: 'devtool bootstrap' })
}

/** Of `<environment>/<container>/<task>`. */
function serviceOf(stream: string): string {
  return stream.split('/')[1] ?? ''
}

function lastOfEach(events: readonly LogEvent[], count: number): LogEvent[] {
  const left = new Map<string, number>()
  const hasRoom = ({ stream }: LogEvent): boolean => {
    const service = serviceOf(stream)
    const room = left.get(service) ?? count
    left.set(service, room - 1)
    return room > 0
  }
  return [...events].reverse().filter(hasRoom).reverse()
}
