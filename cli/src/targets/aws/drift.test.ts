import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemFiles } from '../../system/files.ts'
import type { Outcome } from '../../terraform/driver.ts'
import { RefusedError } from '../target.ts'
import { findDrift } from './drift.ts'
import { bundleKey } from './ports.ts'
import { refused, SAVED, type Stage, stage } from './testing.ts'

let on: Stage
let outcome: Outcome
/** What the folder held that was planned in. */
let seen: { directory: string; files: string[]; lock: boolean | undefined }[]

beforeEach(async () => {
  on = await stage()
  outcome = SAVED
  seen = []
  const engine = await on.ports.terraform()
  on.ports.terraform = async () => ({
    ...engine,
    plan: async ({ directory, lock }) => {
      seen.push({ directory, files: await systemFiles.list(directory), lock })
      return outcome
    },
  })
  await on.ports.states.put(
    'state/preview/otter.tfstate',
    JSON.stringify({
      version: 4,
      lineage: 'a',
      serial: 1,
      resources: [{ mode: 'managed', type: 'a', name: 'b', instances: [{ attributes: { id: 'x' } }] }],
    }),
  )
})

const look = (bundle?: string) => findDrift(on.ports, { name: 'otter', template: 'preview', pinned: false, bundle }, on.run.interrupt)

describe('what has drifted', () => {
  test('is what an apply of the bundle would change, without a lock, in a folder that is gone afterwards', async () => {
    outcome = {
      ...SAVED,
      exitCode: 2,
      resources: [
        { address: 'a.gone', action: 'create', reason: null },
        { address: 'a.changed', action: 'update', reason: null },
      ],
      drifted: [
        { address: 'a.gone', action: 'delete' },
        { address: 'a.changed', action: 'update' },
        { address: 'a.filled_in', action: 'update' },
      ],
      outputs: { url: { sensitive: false, action: 'update' } },
    }
    expect(await look()).toEqual([
      { address: 'a.gone', action: 'create' },
      { address: 'a.changed', action: 'update' },
      { address: 'a.filled_in', action: 'none' },
    ])
    expect(seen).toEqual([{ directory: expect.stringMatching(/devtool-drift-.*envs\/otter$/), files: ['main.tf'], lock: false }])
    expect(await systemFiles.exists(path.resolve(seen[0]?.directory ?? '', '../..'))).toBe(false)
  })

  test('is an output, where nothing else says why it differs', async () => {
    outcome = { ...SAVED, exitCode: 2, outputs: { url: { sensitive: false, action: 'update' }, same: { sensitive: true } } }
    expect(await look()).toEqual([{ address: 'output.url', action: 'update' }])
  })

  test('is not what AWS fills in', async () => {
    outcome = { ...SAVED, drifted: [{ address: 'a.filled_in', action: 'update' }] }
    expect(await look()).toEqual([{ address: 'a.filled_in', action: 'none' }])
    outcome = SAVED
    expect(await look()).toEqual([])
  })

  test('cannot be told without the bundle, with another one, or where Terraform fails', async () => {
    outcome = refused('access-denied', 'AccessDenied')
    await expect(look()).rejects.toThrow('AccessDenied')
    expect(await systemFiles.exists(path.resolve(seen[0]?.directory ?? '', '../..'))).toBe(false)
    const digest = 'a'.repeat(64)
    await on.ports.store.putBytes(bundleKey('otter', digest), new Uint8Array([1]))
    await expect(look(digest)).rejects.toThrow(/could not look for drift in otter: .* does not match its digest/)
    await expect(look('b'.repeat(64))).rejects.toBeInstanceOf(RefusedError)
    await expect(look('b'.repeat(64))).rejects.toMatchObject({ hint: expect.stringContaining('devtool env drift otter') })
  })
})
