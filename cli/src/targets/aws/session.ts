import path from 'node:path'
import * as z from 'zod'
import { ConflictError } from '../../errors.ts'
import type { ChangeOptions, Outcome, Terraform } from '../../terraform/driver.ts'
import { describeProgress, viewProgress } from '../../terraform/progress.ts'
import type { Run } from '../target.ts'
import { type Ports, rescueKey } from './ports.ts'

/** Terraform at work in one root on behalf of one run. */
export interface Session {
  name: string
  directory: string
  terraform: Terraform
  /** What every run of the engine in this session takes. */
  at: Pick<ChangeOptions, 'directory' | 'environment' | 'signal'>
  init(reuse: boolean): Promise<void>
  /** Frees the state of what an earlier run left: its lock, and the state that it could not save. */
  clearRemains(): Promise<void>
  /** Runs a change with its progress shown under `label`. */
  change(label: string, work: (options: ChangeOptions) => Promise<Outcome>): Promise<Outcome>
}

const lockObject = z.looseObject({ ID: z.string(), Who: z.string(), Created: z.string() })

export async function openSession(
  ports: Ports,
  request: { name: string; directory: string; stateKey: string; run: Pick<Run, 'id' | 'since' | 'unclean' | 'interrupt'> },
): Promise<Session> {
  const { output, clock, files, states, store } = ports
  const { name, directory, run } = request
  const terraform = await ports.terraform()
  const at = { directory, environment: { DEVTOOL_RUN: run.id }, signal: run.interrupt }

  // asked at once, needed after init
  const lockFound = states.get(`${request.stateKey}.tflock`)
  const rescueFound = store.getBytes(rescueKey(name))
  for (const looked of [lockFound, rescueFound]) looked.catch(() => undefined)

  const clearLock = async (): Promise<void> => {
    const object = await lockFound
    if (object === undefined) return
    const lock = lockObject.parse(JSON.parse(object.body))
    // Who holds the lease knows that no run of devtool is at work, and one died without an end; a lock from before is that run's.
    if (!run.unclean || Date.parse(lock.Created) > Date.parse(run.since)) {
      throw new ConflictError(`could not work on ${name}: ${lock.Who} has held its Terraform lock since ${lock.Created}`, {
        hint: `wait for that Terraform to end; if it is dead: terraform -chdir=${directory} force-unlock ${lock.ID}`,
      })
    }
    await terraform.forceUnlock({ ...at, id: lock.ID })
    output.info(`cleared the lock that an interrupted run left (${lock.Who}, ${lock.Created})`)
  }

  const pushRescued = async (): Promise<void> => {
    const file = path.join(directory, 'errored.tfstate')
    const rescued = await rescueFound
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
    },
    clearRemains: async () => {
      await clearLock()
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
  try {
    await ports.store.putBytes(rescueKey(name), bytes)
    ports.output.warn('the state could not be saved where it belongs; it is kept aside, and the next run puts it there')
  } catch {
    ports.output.warn(
      `the state could not be saved and is in ${file}: keep that file, the next run on this machine puts it where it belongs`,
    )
  }
}
