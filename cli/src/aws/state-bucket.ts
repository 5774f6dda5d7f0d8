import { awsName } from '../environment/names.ts'
import { ConflictError, UserError } from '../errors.ts'
import type { Clock } from '../system/clock.ts'
import type { Aws } from './clients.ts'
import { attempting, codeOf, statusOf } from './errors.ts'
import { partitionOf } from './partition.ts'
import { type BucketOfState, bucketSettings } from './state-bucket-settings.ts'

export interface StateBucketOptions {
  aws: Aws
  bucket: string
  /** The account that must own it, from `callerIdentity`. Twelve digits. */
  account: string
  project: string
  clock: Clock
}

export interface StateBucketReport {
  created: boolean
  /** Settings that were not as they must be and now are; empty when nothing was written. */
  changed: string[]
}

export interface StateBucketStatus {
  /** `foreign`: somebody else's, or not ours to look at. */
  state: 'ready' | 'incomplete' | 'missing' | 'foreign'
  /** Settings that are not as they must be. */
  wrong: string[]
}

type Presence = 'ours' | 'missing' | 'foreign'

export function stateBucketName(project: string, account: string, region: string): string {
  return awsName(63, project, 'devtool', account, region)
}

/** The bucket for states, bundles and the registry, as it must be. A second run writes nothing. Refuses a bucket of another account. */
export async function ensureStateBucket(options: StateBucketOptions): Promise<StateBucketReport> {
  const { bucket, account } = options
  return attempting(`make the state bucket ${bucket}`, async () => {
    const presence = await look(options)
    if (presence === 'foreign') throw foreign(bucket, account)
    const created = presence === 'missing' && (await create(options))
    const changed: string[] = []
    for (const setting of bucketSettings(await options.aws.s3(), withPartition(options))) {
      // What AWS gives every new bucket (SSE-S3 with the key per object) still lacks our details: a fresh bucket gets them all.
      if (!created && (await setting.holds())) continue
      await patiently(options.clock, () => setting.put())
      changed.push(setting.name)
    }
    return { created, changed }
  })
}

/** What `doctor` shows. Writes nothing. */
export async function stateBucketStatus(options: Omit<StateBucketOptions, 'clock'>): Promise<StateBucketStatus> {
  return attempting(`look at the state bucket ${options.bucket}`, async () => {
    const presence = await look(options)
    if (presence !== 'ours') return { state: presence, wrong: [] }
    const settings = bucketSettings(await options.aws.s3(), withPartition(options))
    const held = await Promise.all(settings.map((setting) => setting.holds()))
    const wrong = settings.filter((_, index) => held[index] !== true).map(({ name }) => name)
    return { state: wrong.length === 0 ? 'ready' : 'incomplete', wrong }
  })
}

async function look({ aws, bucket, account }: Pick<StateBucketOptions, 'aws' | 'bucket' | 'account'>): Promise<Presence> {
  const { client, sdk } = await aws.s3()
  try {
    const reply = await client.send(new sdk.HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: account }))
    if (reply.BucketRegion !== undefined && reply.BucketRegion !== aws.region) {
      throw new UserError(`could not use the state bucket ${bucket}: it is in ${reply.BucketRegion}, not in ${aws.region}`, {
        hint: 'correct `region` in devtool.yaml, or remove the bucket',
      })
    }
    return 'ours'
  } catch (error) {
    if (statusOf(error) === 404) return 'missing'
    // A HEAD has no body: 403 is all that S3 says about another account's bucket.
    if (statusOf(error) === 403 && !/Token|Signature|Credential|AccessKey/.test(codeOf(error))) return 'foreign'
    throw error
  }
}

/** `false` when somebody of this account was quicker. */
async function create({ aws, bucket, account }: StateBucketOptions): Promise<boolean> {
  const { client, sdk } = await aws.s3()
  // The oldest region is named by leaving the name out.
  const place = aws.region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: aws.region as 'eu-west-1' } }
  try {
    await client.send(new sdk.CreateBucketCommand({ Bucket: bucket, ...place }))
    return true
  } catch (error) {
    if (codeOf(error) === 'BucketAlreadyOwnedByYou') return false
    if (codeOf(error) === 'BucketAlreadyExists') throw foreign(bucket, account)
    throw error
  }
}

/** A bucket that was made a moment ago may not be there for every S3 host yet, and two runs at once are told to wait. */
async function patiently(clock: Clock, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work()
      return
    } catch (error) {
      if (attempt === 6 || !['NoSuchBucket', 'OperationAborted'].includes(codeOf(error))) throw error
      await clock.sleep(250 * 2 ** attempt)
    }
  }
}

function foreign(bucket: string, account: string): ConflictError {
  return new ConflictError(
    `could not use the state bucket ${bucket}: it belongs to another account than ${account}, or these credentials may not see it`,
    {
      hint: 'check the account with `aws sts get-caller-identity`; with the right one, ask for s3:ListBucket on the bucket',
    },
  )
}

function withPartition({ aws, bucket, account, project }: Omit<StateBucketOptions, 'clock'>): BucketOfState {
  return { bucket, account, project, partition: partitionOf(aws.region) }
}
