import type { Clock } from '../system/clock.ts'
import type { ObjectStore, StoredObject, WriteCondition } from '../system/object-store.ts'
import type { Aws } from './clients.ts'
import { type AwsError, attempting, codeOf, statusOf, unless } from './errors.ts'

export interface S3StoreOptions {
  aws: Aws
  bucket: string
  /** Put before every key, as it is; `''` or `something/`. */
  prefix: string
  /** Refuse the bucket when it belongs to another account. Twelve digits. */
  account?: string
  clock: Clock
}

const MISSING = ['NoSuchKey', 'NotFound']
/** 409 comes while another conditional write of the key is under way: S3's manual says to send it again. */
const CONFLICT_TRIES = 8

/**
 * The object store over a bucket. A version is the object's ETag, so the same text twice under one key has the same version; records
 * that must differ carry a serial or a time. Holds one object at a time; `list` holds the keys.
 */
export function s3Store(options: S3StoreOptions): ObjectStore {
  const { aws, bucket, prefix, clock } = options
  const location = `s3://${bucket}${prefix === '' ? '' : `/${prefix.replace(/\/$/, '')}`}`
  const owner = options.account === undefined ? {} : { ExpectedBucketOwner: options.account }
  const target = (key: string) => ({ Bucket: bucket, Key: `${prefix}${key}`, ...owner })
  const address = (key: string): string => `s3://${bucket}/${prefix}${key}`

  async function get(key: string): Promise<StoredObject | undefined> {
    const { client, sdk } = await aws.s3()
    const reply = await unless(MISSING, () => client.send(new sdk.GetObjectCommand(target(key))))
    if (reply === undefined) return undefined
    return { body: (await reply.Body?.transformToString()) ?? '', version: reply.ETag ?? '' }
  }

  async function put(key: string, body: string, condition: WriteCondition | undefined): Promise<string | undefined> {
    const { client, sdk } = await aws.s3()
    const conditions = condition === undefined ? {} : 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.version }
    const input = { ...target(key), Body: body, ContentType: 'application/json', ...conditions }
    try {
      return (await settled(clock, () => client.send(new sdk.PutObjectCommand(input)))).ETag ?? ''
    } catch (error) {
      if (condition === undefined || !conditionFailed(error)) throw error
      return (await ownWrite(key, body, error)) ?? undefined
    }
  }

  /** When a reply was lost and the SDK sent the write again, the refusal is about our own object. */
  async function ownWrite(key: string, body: string, error: unknown): Promise<string | undefined> {
    if (((error as AwsError).$metadata?.attempts ?? 1) < 2) return undefined
    const stored = await get(key)
    return stored?.body === body ? stored.version : undefined
  }

  async function remove(key: string, condition: { version: string } | undefined): Promise<boolean> {
    const { client, sdk } = await aws.s3()
    const input = { ...target(key), ...(condition === undefined ? {} : { IfMatch: condition.version }) }
    try {
      await settled(clock, () => client.send(new sdk.DeleteObjectCommand(input)))
      return true
    } catch (error) {
      if (MISSING.includes(codeOf(error))) return true
      if (!conditionFailed(error)) throw error
      return (await unless(MISSING, () => client.send(new sdk.HeadObjectCommand(target(key))))) === undefined
    }
  }

  async function list(start: string): Promise<string[]> {
    const { client, sdk } = await aws.s3()
    const keys: string[] = []
    const pages = sdk.paginateListObjectsV2({ client, pageSize: 1000 }, { Bucket: bucket, Prefix: `${prefix}${start}`, ...owner })
    for await (const page of pages) for (const object of page.Contents ?? []) keys.push((object.Key ?? '').slice(prefix.length))
    return keys
  }

  return {
    location,
    get: (key) => attempting(`read ${address(key)}`, () => get(key)),
    put: (key, body, condition) => attempting(`write ${address(key)}`, () => put(key, body, condition)),
    remove: (key, condition) => attempting(`remove ${address(key)}`, () => remove(key, condition)),
    list: (start) => attempting(`list ${address(start)}`, () => list(start)),
    getBytes: (key) =>
      attempting(`read ${address(key)}`, async () => {
        const { client, sdk } = await aws.s3()
        const reply = await unless(MISSING, () => client.send(new sdk.GetObjectCommand(target(key))))
        return reply?.Body?.transformToByteArray()
      }),
    putBytes: (key, body) =>
      attempting(`write ${address(key)}`, async () => {
        const { client, sdk } = await aws.s3()
        await client.send(new sdk.PutObjectCommand({ ...target(key), Body: body, ContentType: 'application/octet-stream' }))
      }),
  }
}

function conditionFailed(error: unknown): boolean {
  // 404 answers `If-Match` on a key without an object.
  return statusOf(error) === 412 || codeOf(error) === 'NoSuchKey'
}

async function settled<T>(clock: Clock, send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send()
    } catch (error) {
      if (attempt === CONFLICT_TRIES || statusOf(error) !== 409) throw error
      await clock.sleep(25 * 2 ** attempt)
    }
  }
}
