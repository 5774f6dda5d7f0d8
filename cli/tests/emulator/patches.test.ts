import { execFileSync } from 'node:child_process'
import path from 'node:path'
import * as ec2 from '@aws-sdk/client-ec2'
import * as ecs from '@aws-sdk/client-ecs'
import * as iam from '@aws-sdk/client-iam'
import * as lambda from '@aws-sdk/client-lambda'
import * as rds from '@aws-sdk/client-rds'
import * as s3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith, requireTool } from '../support/toolchain.ts'
import { type Emulator, startEmulator } from './emulator.ts'

/** Whether the emulator does what AWS does. */
type Probe = (emulator: Emulator) => Promise<boolean>

function settings({ url }: Emulator) {
  return { endpoint: url, region: 'us-east-1', credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' }, maxAttempts: 1 }
}

async function network(client: ec2.EC2Client) {
  const vpc = await client.send(new ec2.CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }))
  const VpcId = vpc.Vpc?.VpcId as string
  await client.send(new ec2.ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }))
  const subnet = await client.send(new ec2.CreateSubnetCommand({ VpcId, CidrBlock: '10.9.1.0/24' }))
  const group = await client.send(new ec2.CreateSecurityGroupCommand({ GroupName: 'tasks', Description: 'tasks', VpcId }))
  return { vpc: VpcId, subnet: subnet.Subnet?.SubnetId as string, group: group.GroupId as string }
}

async function interfacesIn(client: ec2.EC2Client, subnet: string): Promise<number> {
  const reply = await client.send(new ec2.DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'subnet-id', Values: [subnet] }] }))
  return reply.NetworkInterfaces?.length ?? 0
}

const emptyZip = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex')

/** A Fargate task definition with memory on the task alone, in a cluster of its own. */
async function cluster(client: ecs.ECSClient, name: string): Promise<void> {
  await client.send(new ecs.CreateClusterCommand({ clusterName: name }))
  const size = { cpu: '256', memory: '512', requiresCompatibilities: ['FARGATE' as const], networkMode: 'awsvpc' as const }
  await client.send(
    new ecs.RegisterTaskDefinitionCommand({ family: name, ...size, containerDefinitions: [{ name: 'app', image: 'app:1' }] }),
  )
}

async function runTask(emulator: Emulator, name: string) {
  const client = new ecs.ECSClient(settings(emulator))
  const { subnet, group } = await network(new ec2.EC2Client(settings(emulator)))
  await cluster(client, name)
  const reply = await client.send(
    new ecs.RunTaskCommand({
      cluster: name,
      taskDefinition: name,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE' }],
      networkConfiguration: { awsvpcConfiguration: { subnets: [subnet], securityGroups: [group] } },
      overrides: { containerOverrides: [{ name: 'app', environment: [{ name: 'EMULATOR_EXIT_CODE', value: '3' }] }] },
    }),
  )
  return { client, subnet, task: reply.tasks?.[0]?.taskArn as string }
}

function database(id: string): rds.CreateDBInstanceCommandInput {
  const size = { DBInstanceClass: 'db.t4g.micro', Engine: 'postgres', AllocatedStorage: 20, EnablePerformanceInsights: true }
  return { DBInstanceIdentifier: id, MasterUsername: 'root', MasterUserPassword: 'not-a-secret', ...size }
}

const probes: Record<string, Probe> = {
  'autoscaling-tags': async ({ url }) => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/application-autoscaling/aws4_request, SignedHeaders=h, Signature=0'
    const headers = {
      authorization,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AnyScaleFrontendService.ListTagsForResource',
    }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ ResourceARN: 'arn:aws:any' }) })
    return response.ok
  },
  'ec2-nat-gateway': async (emulator) => {
    const client = new ec2.EC2Client(settings(emulator))
    const { subnet } = await network(client)
    const gateway = await client.send(new ec2.CreateNatGatewayCommand({ SubnetId: subnet, ConnectivityType: 'private' }))
    await client.send(new ec2.DeleteNatGatewayCommand({ NatGatewayId: gateway.NatGateway?.NatGatewayId }))
    return (await interfacesIn(client, subnet)) === 0
  },
  'ec2-network-acl': async (emulator) => {
    const client = new ec2.EC2Client(settings(emulator))
    const created = await client.send(new ec2.CreateVpcCommand({ CidrBlock: '10.8.0.0/16' }))
    const VpcId = created.Vpc?.VpcId as string
    await client.send(new ec2.DeleteVpcCommand({ VpcId }))
    const acls = await client.send(new ec2.DescribeNetworkAclsCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }))
    return acls.NetworkAcls?.length === 0
  },
  'ecs-run-task': async (emulator) => (await runTask(emulator, 'run').catch(() => undefined)) !== undefined,
  'ecs-services': async (emulator) => {
    const client = new ecs.ECSClient(settings(emulator))
    await cluster(client, 'svc')
    const capacityProviderStrategy = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }]
    await client.send(
      new ecs.CreateServiceCommand({
        cluster: 'svc',
        serviceName: 'api',
        taskDefinition: 'svc',
        desiredCount: 2,
        capacityProviderStrategy,
      }),
    )
    const { services } = await client.send(new ecs.DescribeServicesCommand({ cluster: 'svc', services: ['api'] }))
    await client.send(new ecs.DeleteServiceCommand({ cluster: 'svc', service: 'api', force: true }))
    const { serviceArns } = await client.send(new ecs.ListServicesCommand({ cluster: 'svc' }))
    const service = services?.[0]
    const kept = service?.capacityProviderStrategy?.[0]?.capacityProvider === 'FARGATE_SPOT'
    return kept && service?.runningCount === 2 && service.deployments?.[0]?.rolloutState === 'COMPLETED' && serviceArns?.length === 0
  },
  'ecs-tasks': async (emulator) => {
    const { client, subnet, task } = await runTask(emulator, 'tasks')
    const describe = async () => (await client.send(new ecs.DescribeTasksCommand({ cluster: 'tasks', tasks: [task] }))).tasks?.[0]
    const running = await describe()
    let stopped = running
    for (let step = 0; step < 6; step += 1) stopped = await describe()
    const codes = [running?.containers?.[0]?.exitCode, stopped?.containers?.[0]?.exitCode]
    const left = await interfacesIn(new ec2.EC2Client(settings(emulator)), subnet)
    return codes[0] === undefined && codes[1] === 3 && stopped?.stopCode === 'EssentialContainerExited' && left === 0
  },
  'lambda-logging': async (emulator) => {
    const client = new lambda.LambdaClient(settings(emulator))
    const FunctionName = 'database-admin'
    const code = { Code: { ZipFile: emptyZip }, Handler: 'handler.handler', Runtime: 'nodejs22.x' as const }
    const LoggingConfig = { LogFormat: 'JSON' as const, LogGroup: '/devtool/shop' }
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [] })
    const roles = new iam.IAMClient(settings(emulator))
    const { Role } = await roles.send(new iam.CreateRoleCommand({ RoleName: 'function', AssumeRolePolicyDocument: trust }))
    await client.send(new lambda.CreateFunctionCommand({ FunctionName, Role: Role?.Arn, ...code, LoggingConfig }))
    const reply = await client.send(new lambda.GetFunctionConfigurationCommand({ FunctionName }))
    return reply.LoggingConfig?.LogGroup === '/devtool/shop'
  },
  'rds-identity': async (emulator) => {
    const client = new rds.RDSClient(settings(emulator))
    const one = await client.send(new rds.CreateDBInstanceCommand(database('one')))
    const two = await client.send(new rds.CreateDBInstanceCommand(database('two')))
    return one.DBInstance?.DbiResourceId !== two.DBInstance?.DbiResourceId && one.DBInstance?.PerformanceInsightsEnabled === true
  },
  'rds-parameters': async (emulator) => {
    const client = new rds.RDSClient(settings(emulator))
    const DBParameterGroupName = 'tls'
    await client.send(
      new rds.CreateDBParameterGroupCommand({ DBParameterGroupName, DBParameterGroupFamily: 'postgres17', Description: 'TLS' }),
    )
    const Parameters = [{ ParameterName: 'rds.force_ssl', ParameterValue: '1', ApplyMethod: 'immediate' as const }]
    await client.send(new rds.ModifyDBParameterGroupCommand({ DBParameterGroupName, Parameters }))
    const reply = await client.send(new rds.DescribeDBParametersCommand({ DBParameterGroupName, Source: 'user' }))
    return reply.Parameters?.[0]?.Source === 'user'
  },
  's3-delete-markers': async (emulator) => {
    const client = new s3.S3Client(settings(emulator))
    const Bucket = 'versioned'
    await client.send(new s3.CreateBucketCommand({ Bucket }))
    await client.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    await client.send(new s3.PutObjectCommand({ Bucket, Key: 'lock', Body: '1' }))
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: 'lock' }))
    await client.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }))
    const Objects = [{ Key: 'lock' }]
    return await client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects } })).then(
      () => true,
      () => false,
    )
  },
  's3-tls-policies': async (emulator) => {
    const client = new s3.S3Client(settings(emulator))
    const Bucket = 'tls-only'
    await client.send(new s3.CreateBucketCommand({ Bucket }))
    const insecure = { Bool: { 'aws:SecureTransport': 'false' } }
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}/*`, Condition: insecure }]
    await client.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }))
    return await client.send(new s3.PutObjectCommand({ Bucket, Key: 'state', Body: '1' })).then(
      () => true,
      () => false,
    )
  },
}

describeWith(['emulator'], 'the patches of the emulator', () => {
  let patched: Emulator
  beforeAll(async () => {
    patched = await startEmulator()
  })
  afterAll(() => patched?.stop())

  test('every patch has a probe', () => {
    const launcher = path.join(import.meta.dirname, 'launcher.py')
    const names = execFileSync(requireTool('emulator').python, [launcher, '--patches'], { encoding: 'utf8' }).trim().split('\n')
    expect(Object.keys(probes).sort()).toEqual(names.sort())
  })

  test.each(Object.entries(probes))('%s', async (_, probe) => {
    expect(await probe(patched)).toBe(true)
  })

  // one that passes here is no longer needed
  test.each(Object.entries(probes))('without it: %s', async (name, probe) => {
    const without = await startEmulator({ without: [name] })
    try {
      expect(await probe(without).catch(() => false)).toBe(false)
    } finally {
      await without.stop()
    }
  })
})
