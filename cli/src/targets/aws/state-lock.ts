import * as z from 'zod'
import { ConflictError, UserError } from '../../errors.ts'
import { type EndedRun, SILENCE_MS } from '../../registry/lease-object.ts'
import type { StoredObject } from '../../system/object-store.ts'
import type { Outcome, Terraform } from '../../terraform/driver.ts'
import { LockedError, type Locks } from '../target.ts'
import type { Ports } from './ports.ts'

/**
 * Terraform's lock on a state: an object beside it, made by a conditional write, with no end of its own (`use_lockfile`; hashicorp/terraform,
 * internal/states/statemgr/locker.go).
 */
export interface StateLock {
  /**
   * Breaks the lock of a run that has provably ended.
   * @throws LockedError for any other: a person at work, or a run that nothing is known of
   */
  clear(): Promise<void>
  /** The engine, which no longer fails for, nor leaves, a lock of its own. */
  guard(terraform: Terraform): Terraform
}

const lockObject = z.looseObject({ ID: z.string(), Who: z.string(), Created: z.string() })
type LockObject = z.output<typeof lockObject>

/** A lock is made a moment after its engine was started, by the same clock. */
const ROUNDING_MS = 1_000

export function createStateLock(
  ports: Pick<Ports, 'states' | 'output' | 'clock'>,
  { name, directory, key, locks }: { name: string; directory: string; key: string; locks: Locks },
): StateLock {
  const { states, output, clock } = ports
  const time = (): number => clock.now().getTime()

  const conflict = ({ ID, Who, Created }: LockObject): LockedError =>
    new LockedError(
      `could not work on ${name}: ${Who} has held its Terraform lock since ${Created}, and no run of devtool is known to have left it`,
      {
        hint: `wait for that Terraform to end; if it is dead: terraform -chdir=${directory} force-unlock ${ID}`,
      },
    )

  const parse = (object: StoredObject): LockObject => {
    try {
      return lockObject.parse(JSON.parse(object.body))
    } catch {
      throw new LockedError(`could not work on ${name}: nothing can be made of its Terraform lock`, {
        hint: `see what made it, and when that has ended delete ${key} in ${states.location}`,
      })
    }
  }

  const clear = async (): Promise<void> => {
    const object = await states.get(key)
    if (object !== undefined) {
      const lock = parse(object)
      if (!locks.ended.some((run) => mayBeOf(lock, run))) throw conflict(lock)
      // another one by now, or none: judged anew
      if (!(await states.remove(key, { version: object.version }))) return clear()
      output.info(`cleared the lock that an interrupted run left (${lock.Who}, ${lock.Created})`)
    }
    locks.left(false)
  }

  /** Whether there was a lock of an engine that was started at `from` and has ended: then it is nobody's, and gone now. */
  const breakOwn = async (from: number): Promise<boolean> => {
    try {
      const object = await states.get(key)
      if (object === undefined) return false
      const lock = parse(object)
      const created = Date.parse(lock.Created)
      if (!isBy(lock, locks.own) || created < from - ROUNDING_MS || created > time() + ROUNDING_MS) return false
      // who has taken over may be on this machine too
      await locks.confirm()
      return await states.remove(key, { version: object.version })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      locks.left(true)
      return false
    }
  }

  const guarded = async (work: () => Promise<Outcome>, maySayAgain = (_: Outcome): boolean => true): Promise<Outcome> => {
    const from = time()
    const outcome = await work()
    if (outcome.ok || !(await breakOwn(from))) return outcome
    if (outcome.interrupted || outcome.failure?.kind !== 'state-lock' || !maySayAgain(outcome)) return outcome
    // The answer to the request that made it was lost, the SDK sent it again, and S3 said that there is one (opentofu/opentofu#4405).
    output.info('Terraform took its own lock for that of another; it is cleared, and Terraform started again')
    const again = time()
    const second = await work()
    if (!second.ok) await breakOwn(again)
    return second
  }

  return {
    clear,
    guard: (terraform) => ({
      ...terraform,
      plan: (options) => guarded(() => terraform.plan(options)),
      apply: (options) => guarded(() => terraform.apply(options)),
      // a plan that has changed anything is stale
      applyPlan: (options) =>
        guarded(
          () => terraform.applyPlan(options),
          ({ changes }) => Object.values(changes).every((count) => count === 0),
        ),
      destroy: (options) => guarded(() => terraform.destroy(options)),
      pushState: async (options) => {
        const from = time()
        try {
          await terraform.pushState(options)
        } catch (error) {
          if (!(await breakOwn(from)) || !(error instanceof ConflictError)) throw error
          await terraform.pushState(options)
        }
      },
    }),
  }
}

/** A run that was at work was seen at least every two minutes; what was made later by the same user on the same machine is a person's. */
function mayBeOf(lock: LockObject, run: EndedRun): boolean {
  const created = Date.parse(lock.Created)
  const until = run.lastSeen === null ? Number.POSITIVE_INFINITY : Date.parse(run.lastSeen) + SILENCE_MS
  return isBy(lock, run) && created >= Date.parse(run.since) && created <= until
}

/** `Who` is `user@host`, from where this process has the two; a user id without a name is nobody here and may be `$USER` there. */
function isBy({ Who }: LockObject, { user, host }: Pick<EndedRun, 'user' | 'host'>): boolean {
  const at = Who.lastIndexOf('@')
  return Who.slice(at + 1) === host && (user === '' || Who.slice(0, at) === user)
}
