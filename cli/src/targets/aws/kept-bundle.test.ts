import { createHash } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemFiles } from '../../system/files.ts'
import { type Doomed, RefusedError, type RenderedRoot } from '../target.ts'
import { unpackBundle } from './bundle.ts'
import { destroyApplied } from './destroy.ts'
import { forgetBundles, forgetEarlierBundles, keepBundle } from './kept-bundle.ts'
import { bundleKey } from './ports.ts'
import { type Stage, stage } from './testing.ts'

const STATE = 'state/preview/otter.tfstate'
const FULL = JSON.stringify({
  ...{ version: 4, serial: 1, lineage: 'l' },
  resources: [{ mode: 'managed', type: 'aws_ecs_service', name: 'web', instances: [{}] }],
})

let on: Stage
let repository: string
let root: RenderedRoot
let doomed: Doomed

beforeEach(async () => {
  on = await stage()
  await on.ports.store.remove(bundleKey('otter'))
  repository = await mkdtemp(path.join(tmpdir(), 'devtool-kept-'))
  const write = (name: string, text: string): Promise<void> => systemFiles.write(path.join(repository, name), text)
  for (const name of ['main.tf', 'variables.tf', 'outputs.tf', 'queue.tf', 'environment.json', 'images.auto.tfvars.json'])
    await write(`envs/otter/${name}`, name)
  await write('envs/otter/.terraform.lock.hcl', 'lock')
  await write('envs/otter/account.auto.tfvars.json', '{"slot": 7}')
  await write('envs/otter/errored.tfstate', 'secret')
  await write('modules/ecs-service/main.tf', 'module')
  root = { name: 'otter', repository, rendering: { directory: 'envs/otter', modules: 'modules' } } as RenderedRoot
  doomed = { name: 'otter', project: 'shop', template: 'preview', pinned: false, applied: true, thorough: false }
})

const keep = async (): Promise<string> => {
  const digest = await keepBundle(on.ports, root)
  doomed = { ...doomed, bundle: digest }
  return digest
}
const keys = (): Promise<string[]> => on.ports.store.list('bundles/')

describe('the bundle of an apply', () => {
  test('holds all that the apply works from, and says what it was made and applied with', async () => {
    const digest = await keep()
    const bytes = (await on.ports.store.getBytes(bundleKey('otter', digest))) ?? new Uint8Array()
    const folder = await mkdtemp(path.join(tmpdir(), 'devtool-unpacked-'))
    await unpackBundle(systemFiles, bytes, folder)
    expect(await systemFiles.walk(folder)).toEqual([
      'bundle.json',
      'envs/otter/.terraform.lock.hcl',
      'envs/otter/account.auto.tfvars.json',
      'envs/otter/environment.json',
      'envs/otter/images.auto.tfvars.json',
      'envs/otter/main.tf',
      'envs/otter/outputs.tf',
      'envs/otter/queue.tf',
      'envs/otter/variables.tf',
      'modules/ecs-service/main.tf',
    ])
    expect(JSON.parse((await systemFiles.readText(path.join(folder, 'bundle.json'))) ?? '')).toEqual({
      ...{ schema: 1, environment: 'otter', root: 'envs/otter', modules: 'modules' },
      ...{ devtool: '0.0.0', engine: { product: 'terraform', version: '1.11.4' } },
    })
  })

  test('lies under the digest of its bytes, beside the one of the apply before', async () => {
    const first = await keep()
    await systemFiles.write(path.join(repository, 'envs/otter/main.tf'), 'other')
    const second = await keep()
    expect(await keys()).toEqual([first, second].sort().map((digest) => `bundles/otter.${digest}.tgz`))
    const bytes = (await on.ports.store.getBytes(bundleKey('otter', second))) ?? new Uint8Array()
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(second)
  })

  test('the others go, those of older versions too, and those of other environments stay', async () => {
    await keep()
    await systemFiles.write(path.join(repository, 'envs/otter/main.tf'), 'other')
    const kept = await keep()
    for (const name of ['otter', 'otter-2', 'otters']) await on.ports.store.putBytes(bundleKey(name), new Uint8Array([1]))
    await on.ports.store.putBytes(bundleKey('otter-2', 'a'), new Uint8Array([1]))
    await forgetEarlierBundles(on.ports, 'otter', kept)
    const others = ['bundles/otter-2.a.tgz', 'bundles/otter-2.tgz', 'bundles/otters.tgz']
    expect(await keys()).toEqual([...others, `bundles/otter.${kept}.tgz`].sort())
    await forgetBundles(on.ports, 'otter')
    expect(await keys()).toEqual(others)
  })
})

describe('destroying', () => {
  test('works from the bundle that the record names [13]', async () => {
    await keep()
    expect(await destroyApplied(on.ports, doomed, on.run)).toEqual([])
    expect(on.asked).toEqual(['destroy refresh=false'])
    expect(await keys()).toEqual([])
  })

  test('uses the folder that it was applied in where that is as it was', async () => {
    await keep()
    on.ports.repository = repository
    const folders: string[] = []
    on.outcomes.push(async (directory) => {
      folders.push(directory)
      throw new Error('enough')
    })
    await expect(destroyApplied(on.ports, doomed, on.run)).rejects.toThrow('enough')
    expect(folders).toEqual([path.join(repository, 'envs/otter')])
  })

  describe('refuses, and touches nothing', () => {
    /** As `on.ports`, where nothing but looking is possible. */
    const looking = (): Stage['ports'] => {
      const never = (what: string) => () => Promise.reject(new Error(`not expected: ${what}`))
      const { store, states } = on.ports
      const closed = { put: never('put'), remove: never('remove'), putBytes: never('putBytes'), list: never('list') }
      return {
        ...on.ports,
        store: { ...store, ...closed },
        states: { ...states, ...closed },
        terraform: never('Terraform'),
        files: new Proxy(systemFiles, { get: (_, name) => never(String(name)) }),
        aws: new Proxy({}, { get: (_, name) => never(String(name)) }) as Stage['ports']['aws'],
      }
    }
    const refusal = (): Promise<unknown> => destroyApplied(looking(), doomed, on.run).catch((error: unknown) => error)

    test.each([
      ['cut short', (bytes: Uint8Array) => bytes.slice(0, -1)],
      ['with one bit turned', (bytes: Uint8Array) => bytes.map((byte, index) => (index === 40 ? byte ^ 1 : byte))],
      ['empty', () => new Uint8Array()],
    ])('a bundle that does not match its digest: %s [13]', async (_, change) => {
      const key = bundleKey('otter', await keep())
      await on.ports.store.putBytes(key, change((await on.ports.store.getBytes(key)) ?? new Uint8Array()))
      const error = await refusal()
      expect(error).toBeInstanceOf(RefusedError)
      expect(error).toMatchObject({
        message: `could not destroy otter: ${key} is a bundle that does not match its digest (refused)`,
        hint: expect.stringContaining('then run devtool env destroy otter again'),
      })
    })

    test('another whole bundle in its place', async () => {
      const first = await keep()
      await systemFiles.write(path.join(repository, 'envs/otter/main.tf'), 'evil')
      const second = bundleKey('otter', await keepBundle(on.ports, root))
      await on.ports.store.putBytes(bundleKey('otter', first), (await on.ports.store.getBytes(second)) ?? new Uint8Array())
      expect(await refusal()).toBeInstanceOf(RefusedError)
    })

    test('a bundle that is gone while the state holds something; the hint names the versions in the bucket', async () => {
      const key = bundleKey('otter', await keep())
      await on.ports.store.remove(key)
      await on.ports.states.put(STATE, FULL)
      on.ports.store = { ...on.ports.store, location: 's3://shop-devtool' }
      expect(await refusal()).toMatchObject({
        message: `could not destroy otter: its bundle ${key} is not in s3://shop-devtool`,
        hint: expect.stringContaining(`aws s3api list-object-versions --bucket shop-devtool --prefix ${key}`),
      })
    })
  })

  test('goes on without a bundle where the state is gone too: everything is looked for', async () => {
    const key = bundleKey('otter', await keep())
    await on.ports.store.remove(key)
    expect(await destroyApplied(on.ports, doomed, on.run)).toEqual([])
    expect(on.asked).toEqual([])
    on.answers['GetResources'] = {
      ResourceTagMappingList: [
        {
          ResourceARN: 'arn:aws:sqs:us-east-1:123456789012:shop-otter-mail',
          Tags: [
            { Key: 'devtool:project', Value: 'shop' },
            { Key: 'devtool:environment', Value: 'otter' },
          ],
        },
      ],
    }
    expect(await destroyApplied(on.ports, doomed, on.run)).toHaveLength(1)
  })
})
