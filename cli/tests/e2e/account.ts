import { ECSClient, RegisterTaskDefinitionCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** What the scenarios ask of the account directly, through AWS's SDK and none of our own code. */

function config(account: Record<string, string>) {
  const { AWS_ENDPOINT_URL: endpoint = '', AWS_REGION: region = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = account
  return { endpoint, region, credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } }
}

export async function createZone(account: Record<string, string>, domain: string): Promise<void> {
  await new Route53Client(config(account)).send(new CreateHostedZoneCommand({ Name: domain, CallerReference: domain }))
}

/** The passwords that these secrets hold, by their names: what other scenarios do to theirs meanwhile is none of the caller's business. */
export async function storedPasswords(account: Record<string, string>, secrets: readonly string[]): Promise<string[]> {
  const client = new SecretsManagerClient(config(account))
  const values = await Promise.all(secrets.map((SecretId) => client.send(new GetSecretValueCommand({ SecretId }))))
  return values.map(({ SecretString = '' }) => JSON.parse(SecretString).password as string)
}

/** Everything that the account's buckets hold and have held: every version of every object, as text of its bytes. */
export async function bucketContents(account: Record<string, string>): Promise<{ key: string; bytes: Buffer }[]> {
  const client = new S3Client({ ...config(account), forcePathStyle: true })
  const found: { key: string; bytes: Buffer }[] = []
  for (const { Name: Bucket } of (await client.send(new ListBucketsCommand({}))).Buckets ?? []) {
    const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }))
    for (const { Key, VersionId } of Versions) {
      // another scenario may have removed its own since
      const object = await client.send(new GetObjectCommand({ Bucket, Key, VersionId })).catch((error: unknown) => {
        if (error instanceof S3ServiceException && ['NoSuchKey', 'NoSuchVersion', 'NotFound'].includes(error.name)) return undefined
        throw error
      })
      if (object === undefined) continue
      const { Body } = object
      found.push({ key: `${Bucket}/${Key}@${VersionId}`, bytes: Buffer.from((await Body?.transformToByteArray()) ?? []) })
    }
  }
  return found
}

export async function createBucket(account: Record<string, string>, bucket: string): Promise<void> {
  await new S3Client({ ...config(account), forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }))
}

function tagsOf(project: string, environment: string): [string, string][] {
  const tags = { project, environment, template: 'preview', 'managed-by': 'devtool' }
  return Object.entries(tags).map(([key, value]) => [`devtool:${key}`, value])
}

/** As `createLostSecret`; the number of its revision is one that no other has. */
export async function registerLostTaskDefinition(account: Record<string, string>, project: string, environment: string): Promise<void> {
  const size = { cpu: '256', memory: '512', requiresCompatibilities: ['FARGATE' as const], networkMode: 'awsvpc' as const }
  const tags = tagsOf(project, environment).map(([key, value]) => ({ key, value }))
  const containerDefinitions = [{ name: 'web', image: 'web:1' }]
  await new ECSClient(config(account)).send(
    new RegisterTaskDefinitionCommand({ family: `${project}-${environment}-web`, ...size, containerDefinitions, tags }),
  )
}

/** A secret as an apply of this environment would make it, in an account whose Terraform state knows nothing of it. */
export async function createLostSecret(account: Record<string, string>, project: string, environment: string): Promise<void> {
  const Tags = tagsOf(project, environment).map(([Key, Value]) => ({ Key, Value }))
  await new SecretsManagerClient(config(account)).send(
    new CreateSecretCommand({ Name: `${project}/${environment}/database`, SecretString: '{}', Tags }),
  )
}

/** The objects of one bucket, as whoever can reach it may read and change them. */
export interface ObjectsOfBucket {
  keys(): Promise<string[]>
  get(key: string): Promise<Buffer>
  put(key: string, body: Uint8Array): Promise<void>
}

export function bucketObjects(account: Record<string, string>, Bucket: string): ObjectsOfBucket {
  const client = new S3Client({ ...config(account), forcePathStyle: true })
  return {
    keys: async () => ((await client.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).flatMap(({ Key }) => Key ?? []),
    get: async (Key) => Buffer.from((await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToByteArray()) ?? []),
    put: async (Key, Body) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }))
    },
  }
}

/** What somebody does in the console. */
export async function scaleService(account: Record<string, string>, cluster: string, service: string, desiredCount: number): Promise<void> {
  await new ECSClient(config(account)).send(new UpdateServiceCommand({ cluster, service, desiredCount }))
}
