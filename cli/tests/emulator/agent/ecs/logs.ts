import { type CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import type { Clock } from '../../../../src/system/clock.ts'
import type { Logs } from './model.ts'

const EVERY_MS = 200
/** PutLogEvents takes 10,000 events. */
const AT_ONCE = 1_000

/** What the log driver `awslogs` does: lines gathered for a moment, then written to a stream that it makes. */
export function createLogs(client: CloudWatchLogsClient, clock: Clock): Logs {
  const streams = new Set<string>()
  let waiting = new Map<string, { group: string; stream: string; lines: { timestamp: number; message: string }[] }>()
  let writing: Promise<void> = Promise.resolve()
  let due = false

  const put = async (): Promise<void> => {
    const all = waiting
    waiting = new Map()
    for (const [key, { group, stream, lines }] of all) {
      try {
        if (!streams.has(key)) await makeStream(client, group, stream)
        streams.add(key)
        while (lines.length > 0) {
          await client.send(new PutLogEventsCommand({ logGroupName: group, logStreamName: stream, logEvents: lines.splice(0, AT_ONCE) }))
        }
      } catch {
        // the group was removed while the task still wrote, as when an environment is destroyed
      }
    }
  }
  const flush = (): Promise<void> => {
    writing = writing.then(put)
    return writing
  }
  return {
    write: (group, stream, line) => {
      // an empty message is refused
      if (line === '') return
      const key = `${group} ${stream}`
      const entry = waiting.get(key) ?? { group, stream, lines: [] }
      entry.lines.push({ timestamp: clock.now().getTime(), message: line })
      waiting.set(key, entry)
      if (due) return
      due = true
      void clock.sleep(EVERY_MS).then(() => {
        due = false
        return flush()
      })
    },
    flush,
  }
}

async function makeStream(client: CloudWatchLogsClient, logGroupName: string, logStreamName: string): Promise<void> {
  try {
    await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ResourceAlreadyExistsException')) throw error
  }
}
