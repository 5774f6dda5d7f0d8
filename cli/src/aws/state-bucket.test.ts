import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../tests/emulator/emulator.ts'
import { describeWith } from '../../tests/support/toolchain.ts'
import { systemClock } from '../system/clock.ts'
import { callerIdentity } from './account.ts'
import type { Aws } from './clients.ts'
import { ensureStateBucket, stateBucketStatus } from './state-bucket.ts'
import { awsAt, startWire } from './testing.ts'

let emulator: Emulator
let aws: Aws
const account = '123456789012'

describeWith(['emulator'], 'against the emulator', () => {
  beforeAll(async () => {
    emulator = await startEmulator()
    aws = awsAt(emulator.url)
  })

  afterAll(() => emulator.stop())

  const all = ['public access block', 'object ownership', 'versioning', 'encryption', 'TLS-only policy', 'lifecycle', 'tags']

  test('the account is known', async () => {
    expect((await callerIdentity(aws)).account).toBe(account)
  })

  test('makes the bucket, then nothing, then only what was undone', async () => {
    const options = { aws, bucket: 'shop-devtool-1', account, project: 'shop', clock: systemClock }
    expect(await stateBucketStatus(options)).toEqual({ state: 'missing', wrong: [] })
    expect(await ensureStateBucket(options)).toEqual({ created: true, changed: all })
    expect(await ensureStateBucket(options)).toEqual({ created: false, changed: [] })
    expect(await stateBucketStatus(options)).toEqual({ state: 'ready', wrong: [] })

    const { client } = await aws.s3()
    const rules = await client.send(
      new (await import('@aws-sdk/client-s3')).GetBucketLifecycleConfigurationCommand({ Bucket: options.bucket }),
    )
    expect(rules.Rules?.find(({ ID }) => ID === 'devtool-plans')).toMatchObject({ Filter: { Prefix: 'plans/' }, Expiration: { Days: 1 } })
    const { DeleteBucketPolicyCommand, PutBucketVersioningCommand } = await import('@aws-sdk/client-s3')
    await client.send(new DeleteBucketPolicyCommand({ Bucket: options.bucket }))
    await client.send(new PutBucketVersioningCommand({ Bucket: options.bucket, VersioningConfiguration: { Status: 'Suspended' } }))
    expect(await stateBucketStatus(options)).toEqual({ state: 'incomplete', wrong: ['versioning', 'TLS-only policy'] })
    expect(await ensureStateBucket(options)).toEqual({ created: false, changed: ['versioning', 'TLS-only policy'] })
  })

  test('keeps statements, rules and tags of somebody else', async () => {
    const options = { aws, bucket: 'shop-devtool-2', account, project: 'shop', clock: systemClock }
    const sdk = await import('@aws-sdk/client-s3')
    const { client } = await aws.s3()
    const Bucket = options.bucket
    await client.send(new sdk.CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }))
    const statement = { Sid: 'Theirs', Effect: 'Deny', Principal: '*', Action: 's3:DeleteBucket', Resource: `arn:aws:s3:::${Bucket}` }
    await client.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) }))
    await client.send(new sdk.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'team', Value: 'shop' }] } }))
    expect((await ensureStateBucket(options)).created).toBe(false)
    const policy = await client.send(new sdk.GetBucketPolicyCommand({ Bucket }))
    expect(JSON.parse(policy.Policy ?? '').Statement.map((each: { Sid: string }) => each.Sid)).toEqual([
      'Theirs',
      'DevtoolDenyInsecureTransport',
    ])
    const tags = await client.send(new sdk.GetBucketTaggingCommand({ Bucket }))
    expect(tags.TagSet).toContainEqual({ Key: 'team', Value: 'shop' })
    expect(await ensureStateBucket(options)).toEqual({ created: false, changed: [] })
  })

  test('two that make it at once both succeed', async () => {
    const options = { aws, bucket: 'shop-devtool-3', account, project: 'shop', clock: systemClock }
    await Promise.all([ensureStateBucket(options), ensureStateBucket(options)])
    expect(await ensureStateBucket(options)).toEqual({ created: false, changed: [] })
  })
})

test("refuses another account's bucket", async () => {
  const wire = await startWire((_request, response) => response.writeHead(403).end())
  const options = { aws: awsAt(wire.url), bucket: 'taken', account, project: 'shop', clock: systemClock }
  expect(await stateBucketStatus(options)).toEqual({ state: 'foreign', wrong: [] })
  await expect(ensureStateBucket(options)).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringContaining('another account than 123456789012'),
  })
  await wire.close()
})

test('refuses a bucket of another region', async () => {
  const wire = await startWire((_request, response) => response.writeHead(200, { 'x-amz-bucket-region': 'us-west-2' }).end())
  await expect(
    ensureStateBucket({ aws: awsAt(wire.url), bucket: 'far', account, project: 'shop', clock: systemClock }),
  ).rejects.toMatchObject({ message: 'could not use the state bucket far: it is in us-west-2, not in eu-west-1' })
  await wire.close()
})
