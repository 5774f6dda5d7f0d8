import type { S3Client, Tag } from '@aws-sdk/client-s3'
import type { Loaded } from './clients.ts'
import { unless } from './errors.ts'

export interface BucketOfState {
  bucket: string
  /** Twelve digits. */
  account: string
  project: string
  partition: string
}

/** One thing that the bucket must have. `put` keeps what somebody added beside it. */
interface Setting {
  name: string
  holds(): Promise<boolean>
  put(): Promise<void>
}

interface Statement {
  Sid?: string
}

const POLICY_SID = 'DevtoolDenyInsecureTransport'
const LIFECYCLE_ID = 'devtool-state'
/** States are small and written rarely: a quarter of a year of them, and the last ten whatever their age. */
const KEPT = { NoncurrentDays: 90, NewerNoncurrentVersions: 10 }
const ABORT_DAYS = 7
/** A saved plan holds a copy of the state, and cannot be applied after a day (operations/saved-plan.ts). */
const PLANS = {
  ID: 'devtool-plans',
  Status: 'Enabled' as const,
  Filter: { Prefix: 'plans/' },
  Expiration: { Days: 1 },
  NoncurrentVersionExpiration: { NoncurrentDays: 1 },
}

/** In the order in which they are put. */
export function bucketSettings(s3: Loaded<S3Client, typeof import('./sdk/s3.ts')>, options: BucketOfState): Setting[] {
  const { client, sdk } = s3
  const target = { Bucket: options.bucket, ExpectedBucketOwner: options.account }

  const readPolicy = async (): Promise<Statement[]> => {
    const reply = await unless(['NoSuchBucketPolicy'], () => client.send(new sdk.GetBucketPolicyCommand(target)))
    const document = JSON.parse(reply?.Policy ?? '{}') as { Statement?: Statement | Statement[] }
    return [document.Statement ?? []].flat()
  }
  const readRules = async () =>
    (await unless(['NoSuchLifecycleConfiguration'], () => client.send(new sdk.GetBucketLifecycleConfigurationCommand(target))))?.Rules ?? []
  const readTags = async (): Promise<Tag[]> =>
    (await unless(['NoSuchTagSet'], () => client.send(new sdk.GetBucketTaggingCommand(target))))?.TagSet ?? []
  const tags: Record<string, string> = {
    Name: options.bucket,
    'devtool:project': options.project,
    'devtool:managed-by': 'devtool',
  }

  return [
    {
      name: 'public access block',
      holds: async () => {
        const reply = await unless(['NoSuchPublicAccessBlockConfiguration'], () => client.send(new sdk.GetPublicAccessBlockCommand(target)))
        const block = reply?.PublicAccessBlockConfiguration
        return Boolean(block?.BlockPublicAcls && block.BlockPublicPolicy && block.IgnorePublicAcls && block.RestrictPublicBuckets)
      },
      put: async () => {
        const block = { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }
        await client.send(new sdk.PutPublicAccessBlockCommand({ ...target, PublicAccessBlockConfiguration: block }))
      },
    },
    {
      name: 'object ownership',
      holds: async () => {
        const reply = await unless(['OwnershipControlsNotFoundError'], () => client.send(new sdk.GetBucketOwnershipControlsCommand(target)))
        return reply?.OwnershipControls?.Rules?.[0]?.ObjectOwnership === 'BucketOwnerEnforced'
      },
      put: async () => {
        const controls = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] }
        await client.send(new sdk.PutBucketOwnershipControlsCommand({ ...target, OwnershipControls: controls }))
      },
    },
    {
      name: 'versioning',
      holds: async () => (await client.send(new sdk.GetBucketVersioningCommand(target))).Status === 'Enabled',
      put: async () => {
        await client.send(new sdk.PutBucketVersioningCommand({ ...target, VersioningConfiguration: { Status: 'Enabled' } }))
      },
    },
    {
      name: 'encryption',
      // A KMS key that somebody chose instead is kept.
      holds: async () => {
        const missing = ['ServerSideEncryptionConfigurationNotFoundError']
        const reply = await unless(missing, () => client.send(new sdk.GetBucketEncryptionCommand(target)))
        return Boolean(reply?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm)
      },
      put: async () => {
        const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const }, BucketKeyEnabled: true }
        await client.send(new sdk.PutBucketEncryptionCommand({ ...target, ServerSideEncryptionConfiguration: { Rules: [rule] } }))
      },
    },
    {
      name: 'TLS-only policy',
      holds: async () => (await readPolicy()).some((statement) => same(statement, tlsOnly(options))),
      put: async () => {
        const others = (await readPolicy()).filter((statement) => statement.Sid !== POLICY_SID)
        const policy = JSON.stringify({ Version: '2012-10-17', Statement: [...others, tlsOnly(options)] })
        await client.send(new sdk.PutBucketPolicyCommand({ ...target, Policy: policy }))
      },
    },
    {
      name: 'lifecycle',
      holds: async () => {
        const rules = await readRules()
        const rule = rules.find(({ ID }) => ID === LIFECYCLE_ID)
        const plans = rules.find(({ ID }) => ID === PLANS.ID)
        const kept = rule?.NoncurrentVersionExpiration
        return (
          rule?.Status === 'Enabled' &&
          kept?.NoncurrentDays === KEPT.NoncurrentDays &&
          // moto forgets this field; a rule under our id without it was not written by anyone else.
          (kept.NewerNoncurrentVersions ?? KEPT.NewerNoncurrentVersions) === KEPT.NewerNoncurrentVersions &&
          rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation === ABORT_DAYS &&
          plans?.Status === 'Enabled' &&
          plans.Expiration?.Days === PLANS.Expiration.Days &&
          plans.NoncurrentVersionExpiration?.NoncurrentDays === PLANS.NoncurrentVersionExpiration.NoncurrentDays
        )
      },
      put: async () => {
        const others = (await readRules()).filter(({ ID }) => ID !== LIFECYCLE_ID && ID !== PLANS.ID)
        const rule = {
          ID: LIFECYCLE_ID,
          Status: 'Enabled' as const,
          Filter: { Prefix: '' },
          NoncurrentVersionExpiration: KEPT,
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: ABORT_DAYS },
        }
        const configuration = { Rules: [...others, rule, PLANS] }
        await client.send(new sdk.PutBucketLifecycleConfigurationCommand({ ...target, LifecycleConfiguration: configuration }))
      },
    },
    {
      name: 'tags',
      holds: async () => {
        const present = await readTags()
        return Object.entries(tags).every(([key, value]) => present.some((tag) => tag.Key === key && tag.Value === value))
      },
      put: async () => {
        const others = (await readTags()).filter(({ Key }) => Key === undefined || !(Key in tags))
        const ours = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
        await client.send(new sdk.PutBucketTaggingCommand({ ...target, Tagging: { TagSet: [...others, ...ours] } }))
      },
    },
  ]
}

function tlsOnly({ bucket, partition }: BucketOfState): Statement {
  const arn = `arn:${partition}:s3:::${bucket}`
  return {
    Sid: POLICY_SID,
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [arn, `${arn}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  } as Statement
}

/** Equal as policies: AWS gives a statement back with its keys and lists in an order of its own, and `"*"` as `{"AWS": "*"}`. */
function same(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right)
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  if (entries.length === 1 && entries[0]?.[0] === 'AWS' && entries[0][1] === '*') return '"*"'
  return `{${entries.map(([key, inner]) => `${key}:${canonical(inner)}`).join()}}`
}
