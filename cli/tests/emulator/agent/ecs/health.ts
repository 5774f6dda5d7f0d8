import type { HealthCheck } from '@aws-sdk/client-ecs'
import type { Clock } from '../../../../src/system/clock.ts'
import type { RunningContainer } from '../ports.ts'

/**
 * A container's own health check, with the timing of Docker: the first check after one interval; a success is believed at once; failures count only after the start
 * period, and `retries` of them in a row make it unhealthy.
 */
export async function watchHealth(
  clock: Clock,
  check: HealthCheck,
  container: Pick<RunningContainer, 'run'>,
  signal: AbortSignal,
  report: (status: 'HEALTHY' | 'UNHEALTHY') => void,
): Promise<void> {
  const command = check.command ?? []
  // `NONE` switches the image's own check off
  if (command.length === 0 || command[0] === 'NONE') return
  const { interval = 30, timeout = 5, retries = 3, startPeriod = 0 } = check
  const begun = clock.now().getTime()
  let failures = 0
  for (;;) {
    await clock.sleep(interval * 1000, signal)
    if (signal.aborted) return
    const { exitCode } = await container.run(command, timeout * 1000)
    if (signal.aborted) return
    if (exitCode === 0) {
      failures = 0
      report('HEALTHY')
    } else if (clock.now().getTime() - begun > startPeriod * 1000) {
      failures += 1
      if (failures >= retries) report('UNHEALTHY')
    }
  }
}
