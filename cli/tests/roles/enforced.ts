import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { DeleteDBInstanceCommand, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import type { AppliedRoles } from './applied.ts'
import { BUCKET } from './things.ts'

const Bucket = BUCKET.split(':::')[1] ?? ''

interface Keys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** The emulator, asked with the credentials of a role; from then on it denies what the role's own policies do not allow. */
export interface Enforced {
  /** Whether the emulator lets the role do it. */
  tries(roleArn: string, action: string, resource: string): Promise<boolean>
}

/** Actions that are tried for real, by a call that does no harm where it is let through. */
const CALLS: Record<string, (config: object, key: string) => Promise<unknown>> = {
  's3:GetObject': (config, Key) => new S3Client(config).send(new GetObjectCommand({ Bucket, Key })),
  's3:PutObject': (config, Key) => new S3Client(config).send(new PutObjectCommand({ Bucket, Key, Body: 'x' })),
  's3:DeleteObject': (config, Key) => new S3Client(config).send(new DeleteObjectCommand({ Bucket, Key })),
  's3:ListBucket': (config) => new S3Client(config).send(new ListObjectsV2Command({ Bucket })),
  'iam:CreateUser': (config) => new IAMClient(config).send(new CreateUserCommand({ UserName: 'somebody' })),
  'rds:DescribeDBInstances': (config) => new RDSClient(config).send(new DescribeDBInstancesCommand({})),
  'rds:DeleteDBInstance': (config) => new RDSClient(config).send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'shop-production' })),
}

export const triedActions = Object.keys(CALLS)

/** Takes each role on (the emulator does not look at tokens of GitHub), then switches its checks on; they cannot be switched off again. */
export async function enforce({ emulator, roles }: AppliedRoles): Promise<Enforced> {
  const config = (credentials: Keys): object => ({
    region: 'us-east-1',
    endpoint: emulator.url,
    credentials,
    maxAttempts: 1,
    forcePathStyle: true,
  })
  const free = config({ accessKeyId: 'testing', secretAccessKey: 'testing' })
  await new S3Client(free).send(new CreateBucketCommand({ Bucket }))
  const keys = new Map<string, Keys>()
  for (const { arn } of roles) {
    const { Credentials: given } = await new STSClient(free).send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'job' }))
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '', SessionToken: sessionToken = '' } = given ?? {}
    keys.set(arn, { accessKeyId, secretAccessKey, sessionToken })
  }
  const headers = { 'content-type': 'application/octet-stream' }
  const response = await fetch(`${emulator.url}/moto-api/reset-auth`, { method: 'POST', body: '0', headers })
  if (!response.ok) throw new Error(`could not switch on the checks of the emulator: HTTP ${response.status}`)

  return {
    tries: async (roleArn, action, resource) => {
      const credentials = keys.get(roleArn)
      const call = CALLS[action]
      if (credentials === undefined || call === undefined) throw new Error(`${action} cannot be tried as ${roleArn}`)
      try {
        await call(config(credentials), resource.slice(BUCKET.length + 1))
        return true
      } catch (error) {
        const { name } = error as Error
        if (/^AccessDenied/.test(name)) return false
        // it was let through to something that is not there
        if (['NoSuchKey', 'DBInstanceNotFoundFault'].includes(name)) return true
        throw error
      }
    },
  }
}
