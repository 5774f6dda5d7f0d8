import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../tests/emulator/emulator.ts'
import { describeWith } from '../../tests/support/toolchain.ts'
import { systemClock } from '../system/clock.ts'
import type { ObjectStore } from '../system/object-store.ts'
import type { Aws } from './clients.ts'
import { s3Store } from './s3-store.ts'
import { ensureStateBucket } from './state-bucket.ts'
import { awsAt, startWire } from './testing.ts'

const bucket = 'shop-devtool-123456789012-eu-west-1'
const account = '123456789012'
let emulator: Emulator
let aws: Aws

function store(prefix: string): ObjectStore {
  return s3Store({ aws, bucket, prefix, account, clock: systemClock })
}

describeWith(['emulator'], 'against the emulator', () => {
  beforeAll(async () => {
    emulator = await startEmulator()
    aws = awsAt(emulator.url)
    await ensureStateBucket({ aws, bucket, account, project: 'shop', clock: systemClock })
  })

  afterAll(() => emulator.stop())

  test('says where it is', () => {
    expect(store('registry/').location).toBe(`s3://${bucket}/registry`)
    expect(store('').location).toBe(`s3://${bucket}`)
  })

  test('reads what was written, and nothing where nothing is', async () => {
    const objects = store('a/')
    const version = await objects.put('x.json', '{"ä":1}')
    expect(await objects.get('x.json')).toEqual({ body: '{"ä":1}', version })
    expect(await objects.get('y.json')).toBeUndefined()
    expect(await objects.getBytes('y.json')).toBeUndefined()
  })

  test('keeps bytes', async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)
    await store('b/').putBytes('bundle.tgz', bytes)
    expect(await store('b/').getBytes('bundle.tgz')).toEqual(bytes)
  })

  test('creates once', async () => {
    const objects = store('c/')
    expect(await objects.put('x', 'one', { absent: true })).toBeTypeOf('string')
    expect(await objects.put('x', 'two', { absent: true })).toBeUndefined()
    expect((await objects.get('x'))?.body).toBe('one')
  })

  test('replaces and removes only the version that was read', async () => {
    const objects = store('d/')
    const first = (await objects.put('x', 'one')) ?? ''
    const second = (await objects.put('x', 'two', { version: first })) ?? ''
    expect(second).not.toBe('')
    expect(await objects.put('x', 'three', { version: first })).toBeUndefined()
    expect(await objects.put('absent', 'three', { version: first })).toBeUndefined()
    expect(await objects.remove('x', { version: first })).toBe(false)
    expect(await objects.remove('x', { version: second })).toBe(true)
    expect(await objects.get('x')).toBeUndefined()
    expect(await objects.remove('x', { version: second })).toBe(true)
    expect(await objects.remove('x')).toBe(true)
    expect(await objects.put('x', 'again', { absent: true })).toBeTypeOf('string')
  })

  test('lists every page in key order, without the prefix', async () => {
    const objects = store('e/')
    const names = Array.from({ length: 1030 }, (_, index) => `many/${String(index).padStart(4, '0')}.json`)
    for (let start = 0; start < names.length; start += 40) {
      await Promise.all(names.slice(start, start + 40).map((name) => objects.put(name, '{}')))
    }
    expect(await objects.list('many/')).toEqual(names)
    expect(await objects.list('none/')).toEqual([])
  })

  test('of 40 that create at once, one wins', async () => {
    const objects = store('f/')
    const results = await Promise.all(Array.from({ length: 40 }, (_, index) => objects.put('name', `${index}`, { absent: true })))
    const winners = results.flatMap((version, index) => (version === undefined ? [] : [index]))
    expect(winners).toHaveLength(1)
    expect((await objects.get('name'))?.body).toBe(`${winners[0]}`)
  })

  test('of 40 that replace one version at once, one wins', async () => {
    const objects = store('g/')
    const version = (await objects.put('name', 'start')) ?? ''
    const results = await Promise.all(Array.from({ length: 40 }, (_, index) => objects.put('name', `${index}`, { version })))
    expect(results.filter((result) => result !== undefined)).toHaveLength(1)
  })

  test('a missing bucket is a clear error', async () => {
    const nowhere = s3Store({ aws, bucket: 'shop-devtool-nowhere', prefix: '', clock: systemClock })
    const expected = { kind: 'not-found', hint: 'run `devtool bootstrap`' }
    await expect(nowhere.get('x')).rejects.toMatchObject({
      ...expected,
      message: 'could not read s3://shop-devtool-nowhere/x: the bucket shop-devtool-nowhere does not exist',
    })
    await expect(nowhere.put('x', '1', { absent: true })).rejects.toMatchObject(expected)
    await expect(nowhere.list('')).rejects.toMatchObject(expected)
    await expect(nowhere.remove('x')).rejects.toMatchObject(expected)
  })
})

describe('on the wire', () => {
  const fail = (status: number, code: string) => `<Error><Code>${code}</Code><Message>no ${status}</Message></Error>`

  test('a conflict with a write under way is sent again', async () => {
    const wire = await startWire((_request, response, count) => {
      if (count < 3) response.writeHead(409, { 'content-type': 'application/xml' }).end(fail(409, 'ConditionalRequestConflict'))
      else response.writeHead(200, { etag: '"v1"' }).end()
    })
    const objects = s3Store({ aws: awsAt(wire.url), bucket, prefix: '', clock: systemClock })
    expect(await objects.put('x', '1', { absent: true })).toBe('"v1"')
    expect(wire.requests).toHaveLength(3)
    await wire.close()
  })

  test('a refusal of our own repeated write counts as written', async () => {
    const wire = await startWire((request, response, count) => {
      if (count === 1) response.destroy()
      else if (request.method === 'GET') response.writeHead(200, { etag: '"mine"' }).end('my claim')
      else response.writeHead(412, { 'content-type': 'application/xml' }).end(fail(412, 'PreconditionFailed'))
    })
    const objects = s3Store({ aws: awsAt(wire.url), bucket, prefix: '', clock: systemClock })
    expect(await objects.put('x', 'my claim', { absent: true })).toBe('"mine"')
    expect(wire.requests.map((line) => line.split(' ')[0])).toEqual(['PUT', 'PUT', 'GET'])
    await wire.close()
  })

  test('a plain refusal is not asked about again', async () => {
    const wire = await startWire((_request, response) => {
      response.writeHead(412, { 'content-type': 'application/xml' }).end(fail(412, 'PreconditionFailed'))
    })
    const objects = s3Store({ aws: awsAt(wire.url), bucket, prefix: '', clock: systemClock })
    expect(await objects.put('x', 'my claim', { absent: true })).toBeUndefined()
    expect(wire.requests).toHaveLength(1)
    await wire.close()
  })
})
