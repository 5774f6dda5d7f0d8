import type { Clock } from '../system/clock.ts'
import type { Processes } from '../system/processes.ts'

const LOOK_MS = 50
/** What a SIGKILL has not ended after this long waits for a device, and nobody can end it. */
const KILL_MS = 5000

/** Ends every process that holds `variable=value` in its environment, SIGTERM first, SIGKILL after `graceMs`; how many there were. */
export async function endCarriers(
  ports: { processes: Processes; clock: Clock },
  variable: string,
  value: string,
  graceMs: number,
): Promise<number> {
  const { processes, clock } = ports
  const since = clock.now().getTime()
  const seen = new Set<number>()
  for (;;) {
    const carriers = await processes.withVariable(variable, value)
    const passed = clock.now().getTime() - since
    if (carriers.length === 0 || passed > graceMs + KILL_MS) return seen.size
    for (const { pid } of carriers) {
      if (passed >= graceMs) processes.signal(pid, 'SIGKILL')
      else if (!seen.has(pid)) processes.signal(pid, 'SIGTERM')
      seen.add(pid)
    }
    await clock.sleep(LOOK_MS)
  }
}
