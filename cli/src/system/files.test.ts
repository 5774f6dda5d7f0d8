import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemFiles as files } from './files.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'devtool-files-'))
})

describe('files', () => {
  test('what is not there is undefined, empty or absent, never an error', async () => {
    const missing = path.join(folder, 'none')
    expect(await files.readText(missing)).toBeUndefined()
    expect(await files.readBytes(missing)).toBeUndefined()
    expect(await files.stat(missing)).toBeUndefined()
    expect(await files.list(missing)).toEqual([])
    expect(await files.walk(missing)).toEqual([])
    expect(await files.exists(missing)).toBe(false)
    expect(await files.move(missing, path.join(folder, 'to'))).toBe(false)
    await files.remove(missing)
  })

  test('writing makes the folders and leaves nothing but the file', async () => {
    await files.write(path.join(folder, 'a/b/c.txt'), 'x', { mode: 0o600 })
    expect(await files.readText(path.join(folder, 'a/b/c.txt'))).toBe('x')
    expect(await readdir(path.join(folder, 'a/b'))).toEqual(['c.txt'])
  })

  test('of two that create a file one does, and its content stays', async () => {
    const file = path.join(folder, 'deep/one')
    expect(await files.create(file, 'first')).toBe(true)
    expect(await files.create(file, 'second')).toBe(false)
    expect(await files.readText(file)).toBe('first')
    expect(await readdir(path.join(folder, 'deep'))).toEqual(['one'])
  })

  test('lists and walks in order, folders apart, without those to be skipped', async () => {
    for (const name of ['b', 'a/z', 'a/.hidden/y', 'c/x']) await files.write(path.join(folder, name), '')
    expect(await files.list(folder)).toEqual(['a/', 'b', 'c/'])
    expect(await files.walk(folder, (name) => name === '.hidden')).toEqual(['a/z', 'b', 'c/x'])
  })

  test('what the disk refuses is said in words, with the path', async () => {
    await writeFile(path.join(folder, 'file'), 'x')
    const below = path.join(folder, 'file', 'below')
    await expect(files.write(below, 'y')).rejects.toMatchObject({
      exitCode: 1,
      message: `could not write ${below}: a part of the path is a file`,
    })
    await expect(files.readText(folder)).rejects.toMatchObject({ message: `could not read ${folder}: it is a folder` })
  })
})
