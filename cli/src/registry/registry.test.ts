import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemFiles } from '../system/files.ts'
import type { ObjectStore } from '../system/object-store.ts'
import { systemRandom } from '../system/random.ts'
import { createFolderStore } from './folder-store.ts'
import type { EnvironmentRecord } from './record.ts'
import { createRegistry, type Registry } from './registry.ts'

const NOW = new Date('2026-11-21T08:00:00Z')
const clock = { now: () => NOW, sleep: async () => undefined, every: () => async () => undefined }

const record: EnvironmentRecord = {
  schema: 1,
  name: 'calm-otter',
  target: 'aws',
  template: 'preview',
  pinned: false,
  status: 'claimed',
  url: null,
  directory: 'envs/calm-otter',
  project: 'shop',
  pullRequest: null,
  branch: 'main',
  commit: null,
  createdAt: NOW.toISOString(),
  updatedAt: NOW.toISOString(),
  expiresAt: null,
  services: [],
  slot: null,
  ttl: null,
  serial: 0,
  unclean: false,
  failure: null,
}

let folder: string
let store: ObjectStore
let registry: Registry

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'devtool-registry-'))
  store = createFolderStore(folder, { files: systemFiles, clock })
  registry = createRegistry({ store, clock, random: systemRandom })
})
afterEach(() => systemFiles.remove(folder))

test('two claims of one moment write different texts: whose reply was lost can tell its own', async () => {
  const written: string[] = []
  // as a bucket that takes nothing
  const full = {
    ...store,
    put: async (_key: string, body: string) => {
      written.push(body)
      return undefined
    },
  }
  const claim = (): Promise<unknown> => createRegistry({ store: full, clock, random: systemRandom }).claim(record)
  expect(await Promise.all([claim(), claim()])).toEqual([undefined, undefined])
  expect(written).toHaveLength(2)
  expect(written[0]).not.toBe(written[1])
})

describe('what is known of the environments of a pull request that are gone', () => {
  const at = (minute: number): string => new Date(NOW.getTime() + minute * 60_000).toISOString()
  const of = (pullRequest: number, change: Partial<EnvironmentRecord> = {}): EnvironmentRecord => ({
    ...record,
    pullRequest,
    repository: 'Acme/Shop',
    ...change,
  })
  const closed = (claimed: EnvironmentRecord, minute: number): EnvironmentRecord => ({
    ...claimed,
    status: 'destroyed',
    updatedAt: at(minute),
  })
  const destroy = async (made: EnvironmentRecord, minute: number): Promise<void> => {
    const claimed = (await registry.claim(made)) ?? (await registry.get(made.name))
    await registry.close(made.name, closed(claimed as EnvironmentRecord, minute))
  }

  test('is found by its number, whatever its name was, in any case of letters', async () => {
    await destroy(of(7, { name: 'a-name-of-its-own' }), 5)
    expect(await registry.getDestroyedOf('acme/shop', 7)).toMatchObject({ name: 'a-name-of-its-own', updatedAt: at(5) })
    expect(await registry.getDestroyedOf('ACME/shop', 7)).toBeDefined()
    expect(await registry.getDestroyedOf('acme/shop', 8)).toBeUndefined()
    expect(await registry.getDestroyedOf('acme/other', 7)).toBeUndefined()
  })

  test('stays when its name is used for something else', async () => {
    await destroy(of(7), 5)
    await destroy({ ...record, branch: 'by-hand' }, 6)
    expect(await registry.getDestroyed('calm-otter')).toMatchObject({ pullRequest: null })
    expect(await registry.getDestroyedOf('acme/shop', 7)).toMatchObject({ pullRequest: 7, updatedAt: at(5) })
  })

  test('of two the one that was destroyed later counts, in whichever order they are closed', async () => {
    await destroy(of(7, { name: 'first' }), 9)
    await destroy(of(7, { name: 'second' }), 5)
    expect(await registry.getDestroyedOf('acme/shop', 7)).toMatchObject({ name: 'first' })
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => registry.close(`many-${index}`, closed(of(8, { name: `many-${index}` }), index))),
    )
    expect(await registry.getDestroyedOf('acme/shop', 8)).toMatchObject({ name: 'many-19' })
  })

  test('without a pull request, or of a record without a repository, nothing is kept by number', async () => {
    await destroy(record, 5)
    await destroy({ ...of(7), repository: null, name: 'old' }, 5)
    expect(await store.list('registry/destroyed/')).toEqual(['registry/destroyed/calm-otter.json', 'registry/destroyed/old.json'])
  })

  test('one that cannot be read is replaced: it keeps nothing from being closed', async () => {
    const key = 'registry/destroyed/pull-requests/acme~shop~7.json'
    await store.put(key, '{')
    await expect(registry.getDestroyedOf('acme/shop', 7)).rejects.toThrow(key)
    await destroy(of(7), 5)
    expect(await registry.getDestroyedOf('acme/shop', 7)).toMatchObject({ name: 'calm-otter' })
  })

  test('names of repositories stay in their folder', async () => {
    await destroy(of(7, { repository: '../../environments/evil' }), 5)
    expect(await store.list('registry/environments/')).toEqual([])
    expect(await registry.getDestroyedOf('../../environments/evil', 7)).toBeDefined()
  })

  test('a run that dies at any write of closing it leaves it to be closed again, and known', async () => {
    for (let survived = 0; ; survived += 1) {
      const name = `killed-${survived}`
      const claimed = (await registry.claim(of(100 + survived, { name }))) as EnvironmentRecord
      let writes = 0
      const mortal =
        <Args extends unknown[], Value>(write: (...args: Args) => Promise<Value>) =>
        async (...args: Args): Promise<Value> => {
          if (writes++ === survived) throw new Error('killed')
          return write(...args)
        }
      const dying = createRegistry({
        store: { ...store, put: mortal(store.put), remove: mortal(store.remove) },
        clock,
        random: systemRandom,
      })
      const died = await dying.close(name, closed(claimed, 5)).then(
        () => false,
        () => true,
      )
      // until its record is gone, which is last, it is closed again
      if (died) expect(await registry.get(name)).toBeDefined()
      if (died) await registry.close(name, closed(claimed, 6))
      expect(await registry.getDestroyedOf('acme/shop', 100 + survived)).toMatchObject({ name })
      expect(await registry.getDestroyed(name)).toMatchObject({ name })
      expect([await store.list('registry/environments/'), await store.list('registry/slots/')]).toEqual([[], []])
      if (!died) {
        expect(survived).toBe(4)
        return
      }
      expect(writes).toBe(survived + 1)
    }
  })
})

describe('a slot that was planned with', () => {
  test('is the highest free one, is not claimed by planning, and is given to a claim that asks for it', async () => {
    expect(await registry.freeSlot()).toBe(999)
    expect(await store.list('registry/')).toEqual([])
    expect((await registry.claim({ ...record, slot: 999 }))?.slot).toBe(999)
    expect(await registry.freeSlot()).toBe(998)
  })

  test('is another one where somebody took it', async () => {
    await registry.claim({ ...record, slot: 999 })
    const other = await registry.claim({ ...record, name: 'other', slot: 999 })
    expect(other?.slot).toBeLessThan(999)
    expect((await registry.claim({ ...record, name: 'third' }))?.slot).toBeLessThan(999)
  })
})
