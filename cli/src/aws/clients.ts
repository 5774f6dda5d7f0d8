import type { ACMClient } from '@aws-sdk/client-acm'
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type { EC2Client } from '@aws-sdk/client-ec2'
import type { ECRClient } from '@aws-sdk/client-ecr'
import type { ECSClient } from '@aws-sdk/client-ecs'
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { IAMClient } from '@aws-sdk/client-iam'
import type { LambdaClient } from '@aws-sdk/client-lambda'
import type { RDSClient } from '@aws-sdk/client-rds'
import type { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api'
import type { Route53Client } from '@aws-sdk/client-route-53'
import type { S3Client } from '@aws-sdk/client-s3'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SNSClient } from '@aws-sdk/client-sns'
import type { SSMClient } from '@aws-sdk/client-ssm'
import type { STSClient } from '@aws-sdk/client-sts'
import { noteOrigin } from './errors.ts'

/** A client and the operations that may be sent with it. */
export interface Loaded<TClient, TSdk> {
  client: TClient
  sdk: TSdk
}

type Loader<TClient, TSdk> = () => Promise<Loaded<TClient, TSdk>>

/** The clients of one region. Each is loaded from disk and made at its first use, then kept. */
export interface Aws {
  readonly region: string
  acm: Loader<ACMClient, typeof import('./sdk/acm.ts')>
  ec2: Loader<EC2Client, typeof import('./sdk/ec2.ts')>
  ecr: Loader<ECRClient, typeof import('./sdk/ecr.ts')>
  ecs: Loader<ECSClient, typeof import('./sdk/ecs.ts')>
  elb: Loader<ElasticLoadBalancingV2Client, typeof import('./sdk/elb.ts')>
  iam: Loader<IAMClient, typeof import('./sdk/iam.ts')>
  lambda: Loader<LambdaClient, typeof import('./sdk/lambda.ts')>
  logs: Loader<CloudWatchLogsClient, typeof import('./sdk/logs.ts')>
  rds: Loader<RDSClient, typeof import('./sdk/rds.ts')>
  route53: Loader<Route53Client, typeof import('./sdk/route53.ts')>
  s3: Loader<S3Client, typeof import('./sdk/s3.ts')>
  secrets: Loader<SecretsManagerClient, typeof import('./sdk/secrets.ts')>
  sns: Loader<SNSClient, typeof import('./sdk/sns.ts')>
  ssm: Loader<SSMClient, typeof import('./sdk/ssm.ts')>
  sts: Loader<STSClient, typeof import('./sdk/sts.ts')>
  tagging: Loader<ResourceGroupsTaggingAPIClient, typeof import('./sdk/tagging.ts')>
}

export interface AwsOptions {
  /** The blueprint's region; never taken from the environment. */
  region: string
  /** `process.env` itself: the SDK reads credentials and endpoints there, and one variable that silences it is set here. */
  variables: Record<string, string | undefined>
}

/** Makes no call and loads nothing. Every error of the clients still has to pass `attempting` (errors.ts). */
export function createAws(options: AwsOptions): Aws {
  const { region, variables } = options
  const profile = variables.AWS_PROFILE
  // Else the SDK prints seven lines on stderr with Node 20.
  variables.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  // An endpoint of one's own (an emulator, a proxy) has no host name per bucket.
  const forcePathStyle = Boolean(variables.AWS_ENDPOINT_URL_S3 ?? variables.AWS_ENDPOINT_URL)
  const config = {
    region,
    // The longest call is the invocation that drops a database; without a limit a dead connection would hang for ever.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 180_000, throwOnRequestTimeout: true },
  }
  return {
    region,
    acm: once(
      profile,
      () => import('./sdk/acm.ts'),
      (sdk) => new sdk.ACMClient(config),
    ),
    ec2: once(
      profile,
      () => import('./sdk/ec2.ts'),
      (sdk) => new sdk.EC2Client(config),
    ),
    ecr: once(
      profile,
      () => import('./sdk/ecr.ts'),
      (sdk) => new sdk.ECRClient(config),
    ),
    ecs: once(
      profile,
      () => import('./sdk/ecs.ts'),
      (sdk) => new sdk.ECSClient(config),
    ),
    elb: once(
      profile,
      () => import('./sdk/elb.ts'),
      (sdk) => new sdk.ElasticLoadBalancingV2Client(config),
    ),
    iam: once(
      profile,
      () => import('./sdk/iam.ts'),
      (sdk) => new sdk.IAMClient(config),
    ),
    lambda: once(
      profile,
      () => import('./sdk/lambda.ts'),
      (sdk) => new sdk.LambdaClient(config),
    ),
    logs: once(
      profile,
      () => import('./sdk/logs.ts'),
      (sdk) => new sdk.CloudWatchLogsClient(config),
    ),
    rds: once(
      profile,
      () => import('./sdk/rds.ts'),
      (sdk) => new sdk.RDSClient(config),
    ),
    route53: once(
      profile,
      () => import('./sdk/route53.ts'),
      (sdk) => new sdk.Route53Client(config),
    ),
    s3: once(
      profile,
      () => import('./sdk/s3.ts'),
      (sdk) => new sdk.S3Client({ ...config, forcePathStyle }),
    ),
    secrets: once(
      profile,
      () => import('./sdk/secrets.ts'),
      (sdk) => new sdk.SecretsManagerClient(config),
    ),
    sns: once(
      profile,
      () => import('./sdk/sns.ts'),
      (sdk) => new sdk.SNSClient(config),
    ),
    ssm: once(
      profile,
      () => import('./sdk/ssm.ts'),
      (sdk) => new sdk.SSMClient(config),
    ),
    sts: once(
      profile,
      () => import('./sdk/sts.ts'),
      (sdk) => new sdk.STSClient(config),
    ),
    tagging: once(
      profile,
      () => import('./sdk/tagging.ts'),
      (sdk) => new sdk.ResourceGroupsTaggingAPIClient(config),
    ),
  }
}

function once<TSdk, TClient extends { middlewareStack: unknown }>(
  profile: string | undefined,
  load: () => Promise<TSdk>,
  connect: (sdk: TSdk) => TClient,
): Loader<TClient, TSdk> {
  let loaded: Promise<Loaded<TClient, TSdk>> | undefined
  return () => {
    loaded ??= load().then((sdk) => {
      const client = connect(sdk)
      rememberOrigin(client.middlewareStack as S3Client['middlewareStack'], profile)
      return { client, sdk }
    })
    return loaded
  }
}

/** Leaves on every error which operation it came from: an access-denied reply does not always say. */
function rememberOrigin(stack: S3Client['middlewareStack'], profile: string | undefined): void {
  stack.add(
    (next, context) => async (args) => {
      try {
        return await next(args)
      } catch (error) {
        noteOrigin(error, context.clientName ?? '', context.commandName ?? '', profile)
        throw error
      }
    },
    { step: 'initialize', priority: 'high', name: 'rememberOrigin' },
  )
}
