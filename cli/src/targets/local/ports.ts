import type { Output } from '../../output.ts'
import type { Clock } from '../../system/clock.ts'
import type { Files } from '../../system/files.ts'
import type { Processes } from '../../system/processes.ts'
import type { Random } from '../../system/random.ts'
import type { Run } from '../../system/run.ts'
import type { Spawn, spawnDetached } from '../../system/spawn.ts'
import type { Place } from './place.ts'

/** What the target works with. */
export interface Ports {
  place: Place
  version: string
  /** The tool's own folder: what runs as the supervisor is in it. */
  assets: string
  files: Files
  run: Run
  spawn: Spawn
  spawnDetached: typeof spawnDetached
  clock: Clock
  random: Random
  processes: Processes
  output: Output
  variables: Record<string, string | undefined>
}
