/**
 * Small objects under string keys with conditional writes: the one thing the registry asks of the machine or the cloud.
 * Two adapters: a folder (`registry/folder-store.ts`) and a bucket (`aws/s3-store.ts`).
 */
export interface StoredObject {
  body: string
  /** Changes with every write; what `put` and `remove` compare. */
  version: string
}

export type WriteCondition =
  /** Only if there is no object under the key (`If-None-Match: *`). */
  | { absent: true }
  /** Only if the object is still this version (`If-Match`). */
  | { version: string }

export interface ObjectStore {
  /** Where it is, for messages: `s3://bucket/prefix` or a folder. */
  readonly location: string
  get(key: string): Promise<StoredObject | undefined>
  /** The new version, or `undefined` when the condition did not hold. Nothing was written then. */
  put(key: string, body: string, condition?: WriteCondition): Promise<string | undefined>
  /** `false` when the condition did not hold. Removing what is not there is `true`. */
  remove(key: string, condition?: { version: string }): Promise<boolean>
  /** Every key that starts with `prefix`, in key order. */
  list(prefix: string): Promise<string[]>
  getBytes(key: string): Promise<Uint8Array | undefined>
  putBytes(key: string, body: Uint8Array): Promise<void>
}
