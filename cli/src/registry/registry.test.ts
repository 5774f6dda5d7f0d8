import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { systemFiles } from '../system/files.ts'
import { systemRandom } from '../system/random.ts'
import { createFolderStore } from './folder-store.ts'
import type { EnvironmentRecord } from './record.ts'
import { createRegistry } from './registry.ts'

const NOW = new Date('2026-11-21T08:00:00Z')
const clock = { now: () => NOW, sleep: async () => undefined }

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

test('two claims of one moment write different texts: whose reply was lost can tell its own', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'devtool-registry-'))
  const store = createFolderStore(folder, { files: systemFiles, clock })
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
  await systemFiles.remove(folder)
})
