import path from 'node:path'
import type { ChangeOptions, Outcome, Terraform } from '../../terraform/driver.ts'
import { describeProgress, viewProgress } from '../../terraform/progress.ts'
import { ERRORED_STATE, parseState } from '../../terraform/state.ts'
import type { Run } from '../target.ts'
import { type Ports, rescueKey } from './ports.ts'
import { createStateLock } from './state-lock.ts'

/** Terraform at work in one root on behalf of one run. */
export interface Session {
  name: string
  directory: string
  terraform: Terraform
  /** What every run of the engine in this session takes. */
  at: Pick<ChangeOptions, 'directory' | 'environment' | 'signal' | 'lock'>
  /** Whether it changed the lock file: what was packed before has the old one. */
  init(reuse: boolean): Promise<{ lockCompleted: boolean }>
  /** Frees the state of what an earlier run left: its lock, and the state that it could not save. */
  clearRemains(): Promise<void>
  /** Runs a change with its progress shown under `label`. */
  change(label: string, work: (options: ChangeOptions) => Promise<Outcome>): Promise<Outcome>
}

export async function openSession(
  ports: Ports,
  request: {
    name: string
    directory: string
    stateKey: string
    /** Without `locks` it holds no lease, and breaks no lock. */
    run: Pick<Run, 'id' | 'interrupt'> & Partial<Pick<Run, 'locks'>>
    /** `false`: no change of the session takes a lock, for a role that cannot write. */
    lock?: boolean
  },
): Promise<Session> {
  const { output, clock, files, store } = ports
  const { name, directory, run } = request
  const key = `${request.stateKey}.tflock`
  const lock = run.locks === undefined ? undefined : createStateLock(ports, { name, directory, key, locks: run.locks })
  // begun at once, needed after init
  const lockCleared = lock?.clear()
  const rescueFound = store.getBytes(rescueKey(name))
  for (const looked of [lockCleared, rescueFound]) looked?.catch(() => undefined)

  const engine = await ports.terraform()
  const terraform = lock?.guard(engine) ?? engine
  const at = { directory, environment: { DEVTOOL_RUN: run.id }, signal: run.interrupt, lock: request.lock ?? true }

  const pushRescued = async (): Promise<void> => {
    const file = path.join(directory, ERRORED_STATE)
    const rescued = await rescueFound
    const local = await files.readBytes(file)
    if (local !== undefined && !isWhole(local)) await files.remove(file)
    if (rescued !== undefined && !(await files.exists(file))) await files.write(file, rescued, { mode: 0o600 })
    if (!(await files.exists(file))) return
    await terraform.pushState({ ...at, file })
    await store.remove(rescueKey(name))
    output.info('saved the state that an earlier run could not save')
  }

  return {
    name,
    directory,
    terraform,
    at,
    init: async (reuse) => {
      const result = await terraform.init({ ...at, backendConfig: { bucket: ports.account.bucket }, reuse })
      if (result.lockCompleted) output.info('.terraform.lock.hcl lacked the hashes for this platform and has them now: commit it')
      return result
    },
    clearRemains: async () => {
      await lockCleared
      await pushRescued()
    },
    change: (label, work) =>
      output.step(label, async (now) => {
        let last = ''
        const outcome = await work({
          ...at,
          onEvent: (_, progress) => {
            last = describeProgress(viewProgress(progress, clock.now().getTime()))
            now(last)
          },
        })
        if (outcome.rescuedState !== null) await rescue(ports, name, outcome.rescuedState)
        return outcome
      }),
  }
}

/** A runner's disk is gone with the runner; the state that could not be saved goes to the bucket as soon as that answers. */
async function rescue(ports: Ports, name: string, file: string): Promise<void> {
  const bytes = await ports.files.readBytes(file)
  if (bytes === undefined) return
  if (!isWhole(bytes)) {
    await ports.files.remove(file)
    ports.output.warn('the state could not be saved anywhere; the next run finds by itself what the state does not know')
    return
  }
  try {
    await ports.store.putBytes(rescueKey(name), bytes)
  } catch {
    ports.output.warn(
      `the state could not be saved and is in ${file}: put that file at ${rescueKey(name)} in ${ports.store.location} as soon as that answers, and the next run takes it from there`,
    )
    return
  }
  // one copy: an old one would be refused, and stand in the way, once a run elsewhere has put the other one in its place
  await ports.files.remove(file)
  ports.output.warn('the state could not be saved where it belongs; it is kept aside, and the next run puts it there')
}

/** On a full disk Terraform leaves half a file, which it would never take back. */
function isWhole(bytes: Uint8Array): boolean {
  try {
    return parseState(new TextDecoder().decode(bytes)).lineage !== null
  } catch {
    return false
  }
}
