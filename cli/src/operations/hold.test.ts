import { beforeEach, describe, expect, test } from 'vitest'
import { CancelledError, ToolError } from '../errors.ts'
import { systemClock } from '../system/clock.ts'
import { LockedError } from '../targets/target.ts'
import { IN_WORKFLOW, type LeaseStage, leaseStage } from './testing.ts'

let stage: LeaseStage
let hold: LeaseStage['hold']
let stored: LeaseStage['stored']
let heldElsewhere: LeaseStage['heldElsewhere']

beforeEach(async () => {
  stage = await leaseStage()
  ;({ hold, stored, heldElsewhere } = stage)
})

describe('the lease of a run at work', () => {
  test('says which run of a workflow holds it, is renewed, and is given back', async () => {
    await hold(
      async () => {
        expect(await stored()).toMatchObject({
          workflow: { repository: 'acme/shop', id: 99, attempt: 1 },
          renewedAt: '2026-11-21T08:00:00.000Z',
        })
        await stage.tick()
        await stage.tick()
        expect((await stored())?.renewedAt).toBe('2026-11-21T08:02:00.000Z')
      },
      { context: { variables: IN_WORKFLOW } },
    )
    expect(await stored()).toBeUndefined()
    await stage.tick()
    expect(await stored()).toBeUndefined()
  })

  test('is renewed later where the network is away for a while: no reason to stop', async () => {
    const { put } = stage.store
    await hold(async ({ interrupt }) => {
      stage.store.put = async () => Promise.reject(new ToolError('no network'))
      await stage.tick()
      await stage.tick()
      expect(interrupt.aborted).toBe(false)
      stage.store.put = put
      await stage.tick()
      expect((await stored())?.renewedAt).toBe('2026-11-21T08:03:00.000Z')
    })
    expect(await stored()).toBeUndefined()
  })

  test('is never written twice at once, nor after it was given back', async () => {
    const { put } = stage.store
    let [now, most, writes] = [0, 0, 0]
    stage.store.put = async (...request) => {
      now += 1
      most = Math.max(most, now)
      await systemClock.sleep(5)
      writes += 1
      now -= 1
      return put(...request)
    }
    await hold(async (held) => {
      for (let count = 0; count < 3; count += 1) void stage.tick()
      void held.run({ unclean: false }).locks.confirm()
    })
    expect([most, now, writes]).toEqual([1, 0, 5])
    expect(await stored()).toBeUndefined()
  })
})

describe('taken over while at work', () => {
  test('stops the work once, says who did it, and writes the record no more', async () => {
    const { context, store } = stage
    await stage.run('env', 'create', stage.name)
    const before = await context.registry(store).get(stage.name)
    let interrupts = 0
    const working = hold(async (held) => {
      const run = held.run({ unclean: false })
      run.interrupt.addEventListener('abort', () => {
        interrupts += 1
      })
      await hold(async () => stage.tick(), { takeOver: true, operation: 'destroy' })
      expect(run.interrupt.aborted).toBe(true)
      const fenced = held.fenced(context.registry(store))
      await expect(fenced.update(stage.name, (record) => ({ ...record, status: 'failed' }))).rejects.toThrow('has taken it over')
      await expect(fenced.close(stage.name, { ...(before ?? expect.fail()), status: 'destroyed' })).rejects.toThrow('has taken it over')
      // as the target says it that was stopped
      throw new CancelledError('apply of calm-otter was interrupted')
    })
    await expect(working).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringMatching(
        /^could not go on with apply of calm-otter: .+ has taken it over \(destroy since 2026-11-21T08:00:00\.000Z\)$/,
      ),
      hint: expect.stringContaining('devtool env show calm-otter'),
    })
    expect(interrupts).toBe(1)
    expect(await context.registry(store).get(stage.name)).toEqual(before)
    expect(await stored()).toBeUndefined()
  })

  test('between two renewals: the next word of the record finds out', async () => {
    const { context, store } = stage
    await stage.run('env', 'create', stage.name)
    const working = hold(async (held) => {
      await hold(async () => undefined, { takeOver: true })
      await held.fenced(context.registry(store)).update(stage.name, (record) => ({ ...record, status: 'ready' }))
    })
    await expect(working).rejects.toThrow('its lease is gone: a run that took it over has ended since, or somebody deleted it')
    expect((await context.registry(store).get(stage.name))?.status).toBe('claimed')
  })

  test('and done all the same: it is not said to have worked', async () => {
    const working = hold(async () => hold(async () => stage.tick(), { takeOver: true }))
    await expect(working).rejects.toMatchObject({ kind: 'conflict' })
  })

  test('an apply ends with that conflict, not as interrupted by hand', async () => {
    await stage.run('env', 'create', stage.name)
    stage.target.answers.apply = async (_root, run, hooks) => {
      await hooks.onChanging()
      await heldElsewhere()
      await stage.tick()
      expect(run.interrupt.aborted).toBe(true)
      throw new CancelledError('apply of calm-otter was interrupted')
    }
    const result = await stage.run('env', 'apply', stage.name)
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain('could not go on with apply of calm-otter: run 42 of acme/shop has taken it over')
    expect((await stage.context.registry(stage.store).get(stage.name))?.status).toBe('applying')
    expect((await stored())?.run).toBe('run-elsewhere')
  })
})

describe('what is left', () => {
  test('of a run that died is handed on until it is cleared, also by a run that fails before it could', async () => {
    const dead = await heldElsewhere()
    const fail = async (): Promise<never> => Promise.reject(new ToolError('no network'))
    await expect(hold(fail, { takeOver: true })).rejects.toThrow('no network')
    expect(await stored()).toMatchObject({ endedAt: expect.any(String), ended: [{ since: dead.since }, {}] })
    await hold(async (held) => {
      expect(held.previous).toBeUndefined()
      expect(held.run({ unclean: true }).locks.ended[0]).toEqual({
        user: 'runner',
        host: 'runnervm1',
        since: dead.since,
        lastSeen: dead.since,
      })
    })
    expect(await stored()).toBeUndefined()
  })

  test('is nothing where it was cleared before the run failed', async () => {
    await heldElsewhere()
    const working = hold(
      async (held) => {
        held.run({ unclean: true }).locks.left(false)
        throw new ToolError('no capacity')
      },
      { takeOver: true },
    )
    await expect(working).rejects.toThrow('no capacity')
    expect(await stored()).toBeUndefined()
  })

  test('of this run, when it could not be cleared', async () => {
    const working = hold(async (held) => {
      held.run({ unclean: false }).locks.left(true)
      throw new ToolError('no network')
    })
    await expect(working).rejects.toThrow('no network')
    const { user, host } = await stage.context.processes.self()
    expect((await stored())?.ended).toMatchObject([{ user, host }])
  })

  test('a lease that cannot be given back does not hide why the work failed', async () => {
    const working = hold(async () => {
      stage.store.remove = async () => Promise.reject(new ToolError('no network'))
      throw new ToolError('no capacity')
    })
    await expect(working).rejects.toThrow('no capacity')
  })
})

describe('a lock that is not ours to break', () => {
  test.each(['apply', 'destroy'])('leaves the environment as it is: %s has not begun', async (command) => {
    await stage.run('env', 'create', stage.name)
    await stage.run('env', 'apply', stage.name)
    const before = await stage.context.registry(stage.store).get(stage.name)
    const locked = async (): Promise<never> => Promise.reject(new LockedError('alice@laptop has held its Terraform lock'))
    Object.assign(stage.target.answers, { apply: locked, destroy: locked })
    expect((await stage.run('env', command, stage.name, '--yes')).exitCode).toBe(1)
    const { status, unclean, url } = (await stage.context.registry(stage.store).get(stage.name)) ?? expect.fail()
    expect({ status, unclean, url }).toEqual({ status: 'ready', unclean: false, url: before?.url })
    expect(await stored()).toBeUndefined()
  })
})
