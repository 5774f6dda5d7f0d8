import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../system/clock.ts'
import { systemFiles } from '../system/files.ts'
import type { ObjectStore } from '../system/object-store.ts'
import { systemProcesses } from '../system/processes.ts'
import { systemRandom } from '../system/random.ts'
import { createFolderStore } from './folder-store.ts'
import { createLeases, type HeldLease, type Lease, type Leases, type Verdict } from './lease.ts'

const KEY = 'registry/leases/calm-otter.json'
const WORKFLOW = { repository: 'acme/shop', id: 7, attempt: 2, url: 'https://github.com/acme/shop/actions/runs/7/attempts/2' }
let store: ObjectStore
let leases: Leases
let time: number
const processes = systemProcesses(systemFiles)
const never = async (): Promise<Verdict> => ({ ended: false })
const always = async (): Promise<Verdict> => ({ ended: true })

beforeEach(async () => {
  time = Date.parse('2026-11-21T08:00:00.000Z')
  const clock = { ...systemClock, now: () => new Date(time) }
  store = createFolderStore(await mkdtemp(path.join(tmpdir(), 'devtool-lease-')), { files: systemFiles, clock })
  leases = createLeases({ store, clock, random: systemRandom })
})

async function acquire(judge: (lease: Lease) => Promise<Verdict>, more: { takeOver?: boolean; workflow?: typeof WORKFLOW } = {}) {
  const holder = await processes.self()
  return leases.acquire({ name: 'calm-otter', operation: 'apply', holder, workflow: null, judge, takeOver: false, ...more })
}

const stored = async (): Promise<Lease | undefined> => {
  const object = await store.get(KEY)
  return object === undefined ? undefined : (JSON.parse(object.body) as Lease)
}

async function renewed(lease: HeldLease): Promise<HeldLease> {
  const renewal = await leases.renew(lease)
  if (!('lease' in renewal)) throw new Error('it was lost')
  return renewal.lease
}

describe('lease', () => {
  test('of twenty at once one gets it', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => acquire(never)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('the refusal says who holds it and what to do', async () => {
    await acquire(never)
    await expect(acquire(never)).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringMatching(/^could not apply calm-otter: .+@.+ \(process \d+, apply since .+\) is working on it$/),
      hint: 'wait for that run to end; if you have made sure that it has, run the command again with --take-over',
    })
  })

  test('the refusal names the run of a workflow, when it was seen last, and what is known of its end', async () => {
    const { lease } = await acquire(never, { workflow: WORKFLOW })
    time += 60_000
    await leases.renew(lease)
    const judge = async (): Promise<Verdict> => ({ ended: false, why: 'GitHub says that it is in progress', hint: 'have a look' })
    await expect(acquire(judge)).rejects.toMatchObject({
      message:
        'could not apply calm-otter: run 7 of acme/shop, attempt 2 (apply since 2026-11-21T08:00:00.000Z, last sign of life ' +
        '2026-11-21T08:01:00.000Z) is working on it; GitHub says that it is in progress',
      hint: `have a look; or wait for ${WORKFLOW.url} to end; if you have made sure that it has, run the command again with --take-over`,
    })
  })

  test('is taken over from a run that has ended, by one of twenty', async () => {
    const first = await acquire(never)
    let asked = 0
    // true of the dead run alone: whoever took over is alive
    const endedFirst = async ({ run }: Lease): Promise<Verdict> =>
      run === first.lease.run && asked++ < 20 ? { ended: true } : { ended: false }
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => acquire(endedFirst)))
    const winners = results.filter((result) => result.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    expect(winners[0]?.value.previous?.run).toBe(first.lease.run)
  })

  test('a person may vouch for the end: nobody is asked', async () => {
    const first = await acquire(never)
    const judge = (): Promise<Verdict> => Promise.reject(new Error('asked'))
    expect((await acquire(judge, { takeOver: true })).previous?.run).toBe(first.lease.run)
  })

  test('giving back what was taken over leaves the new holder alone', async () => {
    const first = await acquire(never)
    await acquire(always)
    await leases.release(first.lease, false)
    await expect(acquire(never)).rejects.toThrow('is working on it')
  })

  test('one of an older version is understood', async () => {
    const { renewedAt, endedAt, workflow, ended, ...old } = (await acquire(never)).lease
    const { version: _, ...lease } = old
    expect([renewedAt, endedAt, workflow, ended]).toEqual(['2026-11-21T08:00:00.000Z', null, null, []])
    await store.put(KEY, JSON.stringify(lease))
    await expect(acquire(never)).rejects.toThrow(/\(process \d+, apply since 2026-11-21T08:00:00\.000Z\) is working on it$/)
    const { lease: next } = await acquire(always)
    expect(next.ended).toEqual([{ user: lease.holder.user, host: lease.holder.host, since: lease.since, lastSeen: null }])
  })

  test.each(['', 'no JSON', '{}', 'null'])('one that cannot be read is not taken for free: %j', async (body) => {
    await store.put(KEY, body === '' ? ' ' : body)
    await expect(acquire(always)).rejects.toMatchObject({
      kind: 'error',
      message: `could not read the lease ${KEY}: it does not have the shape of one`,
    })
  })
})

describe('renewing', () => {
  test('says when, and the lease can be given back', async () => {
    let { lease } = await acquire(never)
    time += 60_000
    lease = await renewed(lease)
    expect(await stored()).toMatchObject({ run: lease.run, since: '2026-11-21T08:00:00.000Z', renewedAt: '2026-11-21T08:01:00.000Z' })
    await leases.release(lease, false)
    expect(await stored()).toBeUndefined()
  })

  test('finds out who has taken over, and touches nothing', async () => {
    const first = await acquire(never)
    const second = await acquire(never, { takeOver: true })
    expect(await leases.renew(first.lease)).toMatchObject({ lost: true, to: { run: second.lease.run } })
    expect((await stored())?.run).toBe(second.lease.run)
    await leases.release(second.lease, false)
    expect(await leases.renew(first.lease)).toEqual({ lost: true, to: undefined })
    expect(await stored()).toBeUndefined()
  })

  test('after one whose answer was lost goes on, and so does giving back', async () => {
    const { lease } = await acquire(never)
    time += 60_000
    await renewed(lease)
    time += 60_000
    // with the version of before
    await renewed(lease)
    expect((await stored())?.renewedAt).toBe('2026-11-21T08:02:00.000Z')
    await leases.release(lease, false)
    expect(await stored()).toBeUndefined()
  })

  test('does not try for ever where the store contradicts itself', async () => {
    const { lease } = await acquire(never)
    store.put = async () => undefined
    await expect(leases.renew(lease)).rejects.toMatchObject({ kind: 'tool' })
  })
})

describe('what is not cleared yet', () => {
  test('is handed on, and is nobody at work', async () => {
    const first = (await acquire(never)).lease
    time += 60_000
    await renewed(first)
    const second = (await acquire(always)).lease
    expect(second.ended).toMatchObject([{ since: first.since, lastSeen: '2026-11-21T08:01:00.000Z' }])
    time += 60_000
    await leases.release(second, true)
    const judge = (): Promise<Verdict> => Promise.reject(new Error('asked'))
    const third = await acquire(judge)
    expect(third.previous).toBeUndefined()
    expect(third.lease.ended.map(({ since }) => since)).toEqual([first.since, second.since])
    await leases.release(third.lease, false)
    expect((await acquire(never)).lease.ended).toEqual([])
  })

  test('does not grow for ever', async () => {
    for (let run = 0; run < 30; run += 1) {
      time += 1_000
      await acquire(always)
    }
    expect((await stored())?.ended).toHaveLength(20)
  })
})

test('who holds it can be asked without taking it', async () => {
  expect(await leases.holder('calm-otter')).toBeUndefined()
  const { lease } = await acquire(never)
  expect(await leases.holder('calm-otter')).toMatchObject({ run: lease.run, operation: 'apply' })
  await leases.release(lease, true)
  expect(await stored()).toBeDefined()
  expect(await leases.holder('calm-otter')).toBeUndefined()
})
