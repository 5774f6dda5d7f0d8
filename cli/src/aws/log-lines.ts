import type { Aws } from './clients.ts'
import { attempting } from './errors.ts'

export interface LogEvent {
  /** Unique within the group. */
  id: string
  /** Milliseconds since 1970. */
  time: number
  stream: string
  text: string
}

/** What was written since `since` to the streams whose names begin so, oldest first. None where the group does not exist yet. */
export async function logEvents(
  aws: Aws,
  place: { logGroup: string; streamPrefix: string },
  since: number,
  interrupt: AbortSignal,
): Promise<LogEvent[]> {
  const { client, sdk } = await aws.logs()
  const events: LogEvent[] = []
  const input = { logGroupName: place.logGroup, logStreamNamePrefix: place.streamPrefix, startTime: since }
  await attempting(`read the logs in ${place.logGroup}`, async () => {
    for await (const page of sdk.paginateFilterLogEvents({ client }, input)) {
      for (const { eventId = '', timestamp = 0, logStreamName = '', message = '' } of page.events ?? []) {
        events.push({ id: eventId, time: timestamp, stream: logStreamName, text: message.trimEnd() })
      }
      if (interrupt.aborted) return
    }
  })
  return events.sort((a, b) => a.time - b.time)
}
