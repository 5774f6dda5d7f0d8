import { mkdtemp, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../system/clock.ts'
import { systemFiles } from '../system/files.ts'
import type { ObjectStore } from '../system/object-store.ts'
import { createFolderStore, purgeFolderStore } from './folder-store.ts'

let root: string
let store: ObjectStore

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'devtool-store-'))
  store = createFolderStore(root, { files: systemFiles, clock: systemClock })
})

describe('folder store', () => {
  test('gives back what was put, and nothing where nothing is', async () => {
    expect(await store.get('a/b.json')).toBeUndefined()
    const version = await store.put('a/b.json', 'one')
    expect(await store.get('a/b.json')).toEqual({ body: 'one', version })
  })

  test('of forty writers that want the key to be absent, one wins', async () => {
    const results = await Promise.all(Array.from({ length: 40 }, (_, index) => store.put('k', `writer ${index}`, { absent: true })))
    expect(results.filter((version) => version !== undefined)).toHaveLength(1)
  })

  test('of forty writers that read the same version, one wins', async () => {
    const version = (await store.put('k', 'start')) as string
    const results = await Promise.all(Array.from({ length: 40 }, (_, index) => store.put('k', `writer ${index}`, { version })))
    expect(results.filter((result) => result !== undefined)).toHaveLength(1)
  })

  test('a version that was overtaken does not match again, even with the same content', async () => {
    const first = (await store.put('k', 'same')) as string
    await store.put('k', 'other')
    await store.put('k', 'same')
    expect(await store.put('k', 'late', { version: first })).toBeUndefined()
    expect(await store.remove('k', { version: first })).toBe(false)
  })

  test('removing makes the key absent, and it can be taken again', async () => {
    await store.put('k', 'one')
    expect(await store.remove('k')).toBe(true)
    expect(await store.remove('k')).toBe(true)
    expect(await store.get('k')).toBeUndefined()
    expect(await store.list('')).toEqual([])
    expect(await store.put('k', 'two', { absent: true })).toBeDefined()
  })

  test('lists the keys of a prefix in order', async () => {
    await Promise.all(['p/c.json', 'p/a.json', 'q/b.json'].map((key) => store.put(key, 'x')))
    expect(await store.list('p/')).toEqual(['p/a.json', 'p/c.json'])
    expect(await store.list('p/a')).toEqual(['p/a.json'])
    expect(await store.list('none/')).toEqual([])
  })

  test('overtaken versions go after an hour', async () => {
    await store.put('k', 'one')
    await utimes(path.join(root, 'k', '00000001'), new Date(0), new Date(0))
    await store.put('k', 'two')
    expect(await systemFiles.list(path.join(root, 'k'))).toEqual(['00000002'])
  })

  test('purging a store leaves what is in it, and of what was removed nothing', async () => {
    await store.put('registry/a', 'one')
    await store.put('registry/b/c', 'two')
    await store.remove('registry/b/c')
    await purgeFolderStore(root, { files: systemFiles })
    expect(await systemFiles.walk(root)).toEqual(['registry/a/00000001'])
    await store.remove('registry/a')
    await purgeFolderStore(root, { files: systemFiles })
    expect(await systemFiles.exists(root)).toBe(false)
    expect(await store.put('registry/a', 'three', { absent: true })).toBeDefined()
  })

  test('keeps bytes', async () => {
    expect(await store.getBytes('b.tgz')).toBeUndefined()
    await store.putBytes('b.tgz', new Uint8Array([1, 2, 3]))
    expect(Array.from((await store.getBytes('b.tgz')) ?? [])).toEqual([1, 2, 3])
    await store.putBytes('b/c.tgz', new Uint8Array([4]))
    expect(await store.list('b')).toEqual(['b.tgz', 'b/c.tgz'])
    await store.remove('b.tgz')
    expect(await store.list('b')).toEqual(['b/c.tgz'])
  })
})
