import { beforeEach, describe, expect, test } from 'vitest'
import type { EnvironmentRecord } from '../registry/record.ts'
import { giveBackEnded } from './ended-leases.ts'
import { openProject } from './project.ts'
import { type LeaseStage, leaseStage } from './testing.ts'

let stage: LeaseStage

beforeEach(async () => {
  stage = await leaseStage()
  await stage.run('env', 'create', stage.name)
  await stage.run('env', 'apply', stage.name)
  stage.clock.time += 600_000
})

/** A run of this machine that was killed, and the sweep that comes by. */
async function sweepAfter(dead: { lease?: object; record?: Partial<EnvironmentRecord> } = {}): Promise<boolean> {
  const { context, store, name } = stage
  const holder = { ...(await context.processes.self()), started: '1' }
  await stage.heldElsewhere({ workflow: null, holder, ...dead.lease })
  if (dead.record !== undefined) await context.registry(store).update(name, (record) => ({ ...record, ...dead.record }))
  await giveBackEnded(context, await openProject(context))
  return (await stage.stored()) === undefined
}

describe('the lease of a run that was killed', () => {
  test('when its work was done: the sweep gives it back', async () => {
    expect(await sweepAfter()).toBe(true)
  })

  test('when its environment was gone', async () => {
    await stage.run('env', 'destroy', stage.name, '--yes')
    expect(await sweepAfter()).toBe(true)
  })

  test.each([
    ['in the middle: what it left is not cleared yet', { record: { unclean: true, status: 'applying' as const } }],
    ['with what one before it left', { lease: { ended: [{ user: 'a', host: 'b', since: 'c', lastSeen: null }] } }],
    ['and is known to have ended, with what is not cleared yet', { lease: { endedAt: '2026-11-21T07:30:00.000Z' } }],
    ['a moment ago: that is for the next sweep', { lease: { renewedAt: '2026-11-21T08:09:30.000Z' } }],
  ])('%s: it stays', async (_, dead) => {
    expect(await sweepAfter(dead)).toBe(false)
  })

  test('of a run that is at work stays', async () => {
    expect(await sweepAfter({ lease: { holder: await stage.context.processes.self() } })).toBe(false)
  })

  test('that cannot be read does not keep the others', async () => {
    await stage.store.put('registry/leases/a-broken-one.json', 'no')
    expect(await sweepAfter()).toBe(true)
  })

  test('of the platform stays: it alone says that a bootstrap was cut off', async () => {
    await stage.store.put('registry/leases/platform.json', JSON.stringify({ ...(await stage.heldElsewhere()), name: 'platform' }))
    expect(await sweepAfter()).toBe(true)
    expect(await stage.store.list('registry/leases/')).toEqual(['registry/leases/platform.json'])
  })
})
