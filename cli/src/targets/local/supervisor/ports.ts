import type { Clock } from '../../../system/clock.ts'
import type { Files } from '../../../system/files.ts'
import type { Processes } from '../../../system/processes.ts'
import type { Random } from '../../../system/random.ts'
import type { Run } from '../../../system/run.ts'
import type { Spawn } from '../../../system/spawn.ts'
import type { Place } from '../place.ts'

/**
 * Removes an environment whose time is over, as `devtool env destroy` does. Where the registry says that its time is not over, it stays: then when
 * that is, ISO 8601 or null for never; undefined if it is gone.
 */
export type Expire = (environment: { name: string; project: string; root: string }) => Promise<string | null | undefined>

export interface SupervisorPorts {
  place: Place
  version: string
  files: Files
  clock: Clock
  random: Random
  processes: Processes
  run: Run
  spawn: Spawn
  variables: Record<string, string | undefined>
  /** One line for `supervisor.log`. */
  log(line: string): void
  expire: Expire
}
