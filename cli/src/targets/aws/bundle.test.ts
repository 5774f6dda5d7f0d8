import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { createTar } from 'nanotar'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemFiles } from '../../system/files.ts'
import { holdsBundle, packBundle, unpackBundle } from './bundle.ts'

let root: string
const FOLDERS = ['envs/calm-otter', 'modules']

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'devtool-bundle-'))
  const write = (name: string, content: string | Uint8Array): Promise<void> => systemFiles.write(path.join(root, name), content)
  await write('envs/calm-otter/main.tf', 'module "a" {}\n')
  await write('envs/calm-otter/.terraform.lock.hcl', '# lock\n')
  await write('envs/calm-otter/.terraform/providers/huge', 'x')
  await write('envs/calm-otter/errored.tfstate', 'secret')
  await write('modules/a/function.zip', new Uint8Array([0, 255, 1]))
  await write('modules/a/tests/a.tftest.hcl', '')
})

describe('bundle', () => {
  test('holds root, lock and modules, bytes as they are; no state, nothing that Terraform fetched [13][28]', async () => {
    const bundle = await packBundle(systemFiles, root, FOLDERS)
    const target = await mkdtemp(path.join(tmpdir(), 'devtool-unbundle-'))
    await unpackBundle(systemFiles, bundle.bytes, target)
    expect(await systemFiles.walk(target)).toEqual([
      'envs/calm-otter/.terraform.lock.hcl',
      'envs/calm-otter/main.tf',
      'modules/a/function.zip',
    ])
    expect([...(await readFile(path.join(target, 'modules/a/function.zip')))]).toEqual([0, 255, 1])
  })

  test.each([1, 2, 20, 9_216, 9_728, 10_240])(
    'a file of %i bytes and an empty one come out as they went in, and nothing else does',
    async (size) => {
      const [from, to] = await Promise.all(['from', 'to'].map((name) => mkdtemp(path.join(tmpdir(), `devtool-bundle-${name}-`))))
      await systemFiles.write(path.join(from ?? '', 'envs/a.tf'), new Uint8Array(size).fill(7))
      await systemFiles.write(path.join(from ?? '', 'envs/z.tf'), '')
      const { bytes } = await packBundle(systemFiles, from ?? '', ['envs'])
      await unpackBundle(systemFiles, bytes, to ?? '')
      expect(await systemFiles.walk(to ?? '')).toEqual(['envs/a.tf', 'envs/z.tf'])
      expect((await systemFiles.readBytes(path.join(to ?? '', 'envs/a.tf')))?.length).toBe(size)
      expect(await holdsBundle(systemFiles, bytes, from ?? '', 'envs')).toBe(true)
    },
  )

  test('the same files give the same bytes', async () => {
    expect((await packBundle(systemFiles, root, FOLDERS)).bytes).toEqual((await packBundle(systemFiles, root, FOLDERS)).bytes)
  })

  test('a folder that differs in any way is seen', async () => {
    const { bytes } = await packBundle(systemFiles, root, FOLDERS)
    const same = (): Promise<boolean> => holdsBundle(systemFiles, bytes, root, 'envs/calm-otter')
    expect(await same()).toBe(true)
    await writeFile(path.join(root, 'envs/calm-otter/extra.tf'), '')
    expect(await same()).toBe(false)
    await systemFiles.remove(path.join(root, 'envs/calm-otter/extra.tf'))
    await writeFile(path.join(root, 'modules/a/function.zip'), 'other')
    expect(await same()).toBe(false)
  })

  test('no path leaves the folder', async () => {
    const parent = await mkdtemp(path.join(tmpdir(), 'devtool-evil-'))
    const evil = gzipSync(createTar([{ name: '../evil.tf', data: 'x' }]))
    await unpackBundle(systemFiles, evil, path.join(parent, 'in')).catch(() => undefined)
    expect((await systemFiles.walk(parent)).filter((name) => !name.startsWith('in/'))).toEqual([])
  })
})
