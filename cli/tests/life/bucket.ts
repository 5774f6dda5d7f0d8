import { createHash } from 'node:crypto'
import type { ObjectStore, StoredObject, WriteCondition } from '../../src/system/object-store.ts'

/** A bucket in memory. As in S3 a version is the digest of the text, so the same text twice has the same version. */
export interface Bucket {
  keys(prefix?: string): string[]
  read(key: string): string | undefined
  put(key: string, body: string, condition?: WriteCondition): string | undefined
  remove(key: string, condition?: { version: string }): boolean
}

/** Lets a run through a door: what is done there may be the last thing that it does, or the first that it does not. */
export type Pass = <T>(door: string, work: () => T | Promise<T>) => Promise<T>

export function createBucket(): Bucket & { open(pass: Pass): ObjectStore } {
  const objects = new Map<string, StoredObject>()
  const bucket: Bucket = {
    keys: (prefix = '') => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(),
    read: (key) => objects.get(key)?.body,
    put: (key, body, condition) => {
      const current = objects.get(key)
      if (condition !== undefined && !holds(current, condition)) return undefined
      const version = createHash('md5').update(body).digest('hex')
      objects.set(key, { body, version })
      return version
    },
    remove: (key, condition) => {
      const current = objects.get(key)
      if (current === undefined) return true
      if (condition !== undefined && current.version !== condition.version) return false
      return objects.delete(key)
    },
  }
  const open = (pass: Pass): ObjectStore => ({
    location: 's3://bucket',
    get: (key) => pass(`read ${key}`, () => objects.get(key)),
    put: (key, body, condition) => pass(`write ${key}`, () => bucket.put(key, body, condition)),
    remove: (key, condition) => pass(`remove ${key}`, () => bucket.remove(key, condition)),
    list: (prefix) => pass(`list ${prefix}`, () => bucket.keys(prefix)),
    getBytes: (key) => pass(`read ${key}`, () => bytesOf(bucket.read(key))),
    putBytes: async (key, body) => {
      await pass(`write ${key}`, () => bucket.put(key, Buffer.from(body).toString('base64')))
    },
  })
  return { ...bucket, open }
}

function holds(current: StoredObject | undefined, condition: WriteCondition): boolean {
  return 'absent' in condition ? current === undefined : current?.version === condition.version
}

function bytesOf(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'base64')
}
