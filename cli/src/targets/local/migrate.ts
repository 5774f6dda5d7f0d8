import path from 'node:path'
import { CancelledError } from '../../errors.ts'
import { createLog } from '../../machine/log.ts'
import { startProcess } from '../../machine/process.ts'
import { ApplyFailure, type Run } from '../target.ts'
import type { Ports } from './ports.ts'
import type { LocalMigrations, LocalSpec } from './spec.ts'
import { type Addresses, migrationVariables } from './variables.ts'

/** How long migrations may take if nobody says otherwise; those of an empty database take seconds. */
const USUAL_LIMIT_S = 300
const GRACE_MS = 5_000
const SHOWN_LINES = 20

/** Runs the migrations to their end. Throws, with what they said last, if that is not success. */
export async function runMigrations(
  ports: Ports,
  spec: LocalSpec,
  migrations: LocalMigrations,
  addresses: Addresses,
  run: Run,
): Promise<void> {
  const { files, place, clock, output, variables } = ports
  const limit = Number(variables['DEVTOOL_MIGRATIONS_SECONDS'] ?? USUAL_LIMIT_S) * 1000
  const file = place.serviceLog(spec.name, 'migrations')
  await files.makeFolder(path.dirname(file))
  await output.step('migrations', async (now) => {
    const log = await createLog(files, file, clock)
    const process = await startProcess(
      ports,
      { command: migrations.start, folder: migrations.folder, environment: migrationVariables(spec, migrations, addresses) },
      // the mark is the run's: if this command is killed, the next one finds the migrations by it and waits for their end
      {
        mark: run.id,
        log: {
          write: (line) => {
            log.write(line)
            now(line)
          },
          close: log.close,
        },
      },
    )
    const timer = new AbortController()
    const late = clock.sleep(limit, AbortSignal.any([timer.signal, run.interrupt])).then(() => 'late' as const)
    const first = await Promise.race([process.ended, late])
    timer.abort()
    const exit = first === 'late' ? await process.stop(GRACE_MS) : first
    log.close()
    if (first !== 'late' && exit.code === 0) return
    if (run.interrupt.aborted) throw new CancelledError('interrupted while the migrations ran; what they had not finished was rolled back')
    const message =
      first === 'late'
        ? `the migrations did not end within ${limit / 1000} s`
        : `the migrations ended with ${exit.signal ?? `exit code ${exit.code}`}`
    const lines = process.lastLines(SHOWN_LINES)
    throw new ApplyFailure(
      [`could not apply ${spec.name}: ${message}`, ...lines.map((line) => `  ${line}`)].join('\n'),
      { phase: 'migrations', resource: 'migrations', message, lines },
      {
        hint:
          first === 'late'
            ? `give them longer with DEVTOOL_MIGRATIONS_SECONDS, or see what they wait for: ${file}`
            : `mend them and run devtool env apply ${spec.name}; services that ran before still run`,
      },
    )
  })
}
