import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../system/clock.ts'
import { systemFiles } from '../system/files.ts'
import { systemProcesses } from '../system/processes.ts'
import { systemRandom } from '../system/random.ts'
import { createFolderStore } from './folder-store.ts'
import { createLeases, type Leases } from './lease.ts'

let leases: Leases
const processes = systemProcesses(systemFiles)
const never = async (): Promise<boolean> => false
const always = async (): Promise<boolean> => true

beforeEach(async () => {
  const store = createFolderStore(await mkdtemp(path.join(tmpdir(), 'devtool-lease-')), { files: systemFiles, clock: systemClock })
  leases = createLeases({ store, clock: systemClock, random: systemRandom })
})

async function acquire(ended: () => Promise<boolean>, takeOver = false) {
  return leases.acquire({ name: 'calm-otter', operation: 'apply', holder: await processes.self(), ended, takeOver })
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
      hint: expect.stringContaining('--take-over'),
    })
  })

  test('is taken over from a run that has ended, by one of twenty', async () => {
    const first = await acquire(never)
    let asked = 0
    // true of the dead run alone: whoever took over is alive
    const endedFirst = async (): Promise<boolean> => asked++ < 20
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, async () =>
        leases.acquire({
          name: 'calm-otter',
          operation: 'destroy',
          holder: await processes.self(),
          ended: async (lease) => lease.run === first.lease.run && (await endedFirst()),
          takeOver: false,
        }),
      ),
    )
    const winners = results.filter((result) => result.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    expect(winners[0]?.value.previous?.run).toBe(first.lease.run)
  })

  test('a person may vouch for the end', async () => {
    const first = await acquire(never)
    expect((await acquire(never, true)).previous?.run).toBe(first.lease.run)
  })

  test('giving back what was taken over leaves the new holder alone', async () => {
    const first = await acquire(never)
    await acquire(always)
    await leases.release(first.lease)
    await expect(acquire(never)).rejects.toThrow('is working on it')
  })
})
