import { beforeEach, describe, expect, test } from 'vitest'
import { ConflictError, ToolError } from '../../errors.ts'
import type { EndedRun } from '../../registry/lease.ts'
import type { ChangeOptions, Outcome, Terraform } from '../../terraform/driver.ts'
import type { Locks } from '../target.ts'
import type { Ports } from './ports.ts'
import { createStateLock, type StateLock } from './state-lock.ts'
import { refused, SAVED, stage } from './testing.ts'

const KEY = 'state/preview/otter.tfstate.tflock'
const OPTIONS: ChangeOptions = { directory: '/otter' }
const DEAD: EndedRun = { user: 'ci', host: 'runner-7', since: '2026-11-21T07:00:00.000Z', lastSeen: '2026-11-21T07:10:00.000Z' }
/** When the clock of the stage stands still. */
const NOW = '2026-11-21T08:00:00.4Z'

let ports: Ports
let said: string[]
let left: boolean[]
let confirmed: number
let locks: Locks

beforeEach(async () => {
  const on = await stage()
  ports = on.ports
  said = on.said
  left = []
  confirmed = 0
  locks = {
    own: { user: 'ci', host: 'runner-8' },
    ended: [DEAD],
    left: (may) => void left.push(may),
    confirm: async () => {
      confirmed += 1
    },
  }
})

const opened = (more: Partial<Locks> = {}): StateLock =>
  createStateLock(ports, { name: 'otter', directory: '/otter', key: KEY, locks: { ...locks, ...more } })
const put = async (Who: string, Created: string): Promise<void> => {
  await ports.states.put(
    KEY,
    JSON.stringify({ ID: '3f6c', Operation: 'OperationTypeApply', Info: '', Who, Version: '1.11.4', Created, Path: '' }),
  )
}
const isThere = async (): Promise<boolean> => (await ports.states.get(KEY)) !== undefined

describe('a lock that is there at the beginning', () => {
  test.each([
    ['at its start', '2026-11-21T07:00:00.000000001Z'],
    ['while it was at work', '2026-11-21T07:05:00Z'],
    ['after its last sign of life, before the next was due', '2026-11-21T07:11:30Z'],
  ])('of a run that has ended, taken %s, is broken [1][2]', async (_, created) => {
    await put('ci@runner-7', created)
    await opened().clear()
    expect(await isThere()).toBe(false)
    expect(left).toEqual([false])
    expect(said).toEqual([`cleared the lock that an interrupted run left (ci@runner-7, ${created})`])
  })

  test.each([
    ['another machine', 'ci@runner-9', '2026-11-21T07:05:00Z'],
    ['another user', 'alice@runner-7', '2026-11-21T07:05:00Z'],
    ['the same user, by hand, before that run', 'ci@runner-7', '2026-11-21T06:59:59Z'],
    ['the same user, by hand, when that run was dead', 'ci@runner-7', '2026-11-21T07:12:01Z'],
    ['a time that is none', 'ci@runner-7', 'yesterday'],
  ])('of %s is not broken, and how it can be is said [2]', async (_, who, created) => {
    await put(who, created)
    await expect(opened().clear()).rejects.toMatchObject({
      kind: 'conflict',
      message: `could not work on otter: ${who} has held its Terraform lock since ${created}, and no run of devtool is known to have left it`,
      hint: 'wait for that Terraform to end; if it is dead: terraform -chdir=/otter force-unlock 3f6c',
    })
    expect(await isThere()).toBe(true)
    expect(left).toEqual([])
  })

  test('of the run before the last, which was killed too before it could clear it [2]', async () => {
    await put('ci@runner-7', '2026-11-21T07:05:00Z')
    const second = { user: 'bob', host: 'laptop', since: '2026-11-21T07:40:00Z', lastSeen: '2026-11-21T07:40:00Z' }
    await opened({ ended: [DEAD, second] }).clear()
    expect(await isThere()).toBe(false)
  })

  test('of a run of an older version, which did not say when it was at work', async () => {
    await put('ci@runner-7', '2026-11-21T07:50:00Z')
    await opened({ ended: [{ ...DEAD, lastSeen: null }] }).clear()
    expect(await isThere()).toBe(false)
  })

  test('of a user id without a name', async () => {
    await put('@runner-7', '2026-11-21T07:05:00Z')
    await opened({ ended: [{ ...DEAD, user: '' }] }).clear()
    expect(await isThere()).toBe(false)
  })

  test.each(['{}', '{"ID":1}', 'locked'])('that is %j is nobody knows whose', async (body) => {
    await ports.states.put(KEY, body)
    await expect(opened().clear()).rejects.toMatchObject({ kind: 'conflict', hint: expect.stringContaining(`delete ${KEY} in `) })
    expect(await isThere()).toBe(true)
  })

  test('that another has taken in between is judged anew, not removed', async () => {
    await put('ci@runner-7', '2026-11-21T07:05:00Z')
    const { states } = ports
    let first = true
    ports.states = {
      ...states,
      remove: async (key, condition) => {
        if (first) await put('alice@laptop', NOW)
        first = false
        return states.remove(key, condition)
      },
    }
    await expect(opened().clear()).rejects.toThrow(/alice@laptop has held/)
    expect(await isThere()).toBe(true)
  })

  test('is not there: nothing is left', async () => {
    await opened().clear()
    expect(left).toEqual([false])
  })
})

describe('a lock that Terraform leaves', () => {
  const locked = refused('state-lock', 'ci@runner-8 has held the state lock')

  /** The engine, which comes to these outcomes; each may leave a lock. */
  function engine(
    lock: StateLock,
    ...outcomes: { outcome: Outcome; who?: string; created?: string }[]
  ): { terraform: Terraform; runs: string[] } {
    const runs: string[] = []
    const run = (what: string) => async (): Promise<Outcome> => {
      runs.push(what)
      const next = outcomes.shift() ?? { outcome: SAVED }
      if (next.who !== undefined) await put(next.who, next.created ?? NOW)
      return next.outcome
    }
    const terraform = { plan: run('plan'), apply: run('apply'), applyPlan: run('applyPlan'), destroy: run('destroy') } as Partial<Terraform>
    return { terraform: lock.guard(terraform as Terraform), runs }
  }

  test('its own that it took for that of another, as the answer was lost: cleared, and started again [3]', async () => {
    const { terraform, runs } = engine(opened(), { outcome: locked, who: 'ci@runner-8' })
    expect(await terraform.apply(OPTIONS)).toBe(SAVED)
    expect(runs).toEqual(['apply', 'apply'])
    expect(await isThere()).toBe(false)
    expect(said.join()).toContain('took its own lock for that of another')
  })

  test('again and again: it is started twice, and leaves none [3]', async () => {
    const { terraform, runs } = engine(opened(), ...Array.from({ length: 9 }, () => ({ outcome: locked, who: 'ci@runner-8' })))
    expect(await terraform.destroy(OPTIONS)).toBe(locked)
    expect(runs).toEqual(['destroy', 'destroy'])
    expect(await isThere()).toBe(false)
  })

  test.each([
    ['of another machine', 'ci@runner-9', NOW],
    ['of another user', 'bob@runner-8', NOW],
    ['from before it was started', 'ci@runner-8', '2026-11-21T07:59:30Z'],
  ])('%s is in its way: that is the answer, and the lock stays', async (_, who, created) => {
    const { terraform, runs } = engine(opened(), { outcome: locked, who, created })
    expect(await terraform.apply(OPTIONS)).toBe(locked)
    expect(runs).toEqual(['apply'])
    expect(await isThere()).toBe(true)
  })

  test('when it is killed, as by a machine without memory, goes at once [1]', async () => {
    const killed = { ...refused('other', 'the engine was killed'), exitCode: 137, stateSaved: false }
    const { terraform, runs } = engine(opened(), { outcome: killed, who: 'ci@runner-8' })
    expect(await terraform.apply(OPTIONS)).toBe(killed)
    expect(runs).toEqual(['apply'])
    expect(await isThere()).toBe(false)
  })

  test('is not touched when another run has taken over: it may be that run on this machine', async () => {
    const confirm = (): Promise<void> => Promise.reject(new ConflictError('taken over'))
    const { terraform } = engine(opened({ confirm }), { outcome: locked, who: 'ci@runner-8' })
    expect(await terraform.apply(OPTIONS)).toBe(locked)
    expect(await isThere()).toBe(true)
  })

  test('without a network stays, and the next run is told', async () => {
    const lock = opened()
    const { terraform } = engine(lock, { outcome: refused('other', 'no network'), who: 'ci@runner-8' })
    ports.states.get = async () => Promise.reject(new ToolError('no network'))
    await terraform.apply(OPTIONS)
    expect(left).toEqual([true])
  })

  test('after a stop by hand is cleared, and Terraform is not started again', async () => {
    const { terraform, runs } = engine(opened(), { outcome: { ...locked, interrupted: true }, who: 'ci@runner-8' })
    await terraform.apply(OPTIONS)
    expect([runs.length, await isThere()]).toEqual([1, false])
  })

  test('a saved plan that has begun is not applied twice', async () => {
    const begun = { ...locked, changes: { add: 1, change: 0, destroy: 0, import: 0 } }
    const { terraform, runs } = engine(opened(), { outcome: begun, who: 'ci@runner-8' }, { outcome: locked, who: 'ci@runner-8' })
    await terraform.applyPlan({ ...OPTIONS, planFile: 'plan' })
    expect(runs).toEqual(['applyPlan'])
    expect(await terraform.applyPlan({ ...OPTIONS, planFile: 'plan' })).toBe(SAVED)
    expect(runs).toEqual(['applyPlan', 'applyPlan', 'applyPlan'])
  })

  test('putting a state in its place meets its own lock', async () => {
    let pushes = 0
    const pushState = async (): Promise<void> => {
      pushes += 1
      if (pushes > 1) return
      await put('ci@runner-8', NOW)
      throw new ConflictError('ci@runner-8 has held the state lock')
    }
    const { pushState: guarded } = opened().guard({ pushState } as Partial<Terraform> as Terraform)
    await guarded({ directory: '/otter', file: 'errored.tfstate' })
    expect([pushes, await isThere()]).toEqual([2, false])
  })

  test('nothing is asked of the bucket while all goes well', async () => {
    const lock = opened()
    ports.states.get = async () => Promise.reject(new Error('asked'))
    const { terraform } = engine(lock)
    await terraform.apply(OPTIONS)
    expect(confirmed).toBe(0)
  })
})
