import { CloudWatchLogsClient, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs'
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client, type LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2'
import { IAMClient } from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { type DBInstance, RDSClient } from '@aws-sdk/client-rds'
import { Route53Client } from '@aws-sdk/client-route-53'
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { loadRoles } from './iam/load.ts'
import { createPolicies } from './iam/policies.ts'
import { loadNames, type Names } from './names.ts'
import { loadNetwork } from './network/load.ts'
import { createNetwork } from './network/network.ts'
import type { AccountView, Clients, Network, Policies } from './ports.ts'

/** The account as it was applied. What is read is kept until `changed` says that a call changed that service. */
export interface Account {
  clients: Clients
  network(): Promise<Network>
  policies(): Promise<Policies>
  names(): Promise<Names>
  /** The address ranges of the subnets, by id. */
  ranges(): Promise<ReadonlyMap<string, string>>
  view(): Promise<AccountView>
  changed(service: string): void
}

export function createClients(url: string, region: string): Clients {
  const config = { endpoint: url, region, credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' }, maxAttempts: 2 }
  const elb = new ElasticLoadBalancingV2Client(config)
  const rds = new RDSClient(config)
  mend(elb.middlewareStack, ({ LoadBalancers }: { LoadBalancers?: LoadBalancer[] }) => {
    // moto leaves out what the caller left out; the default is the internet
    for (const balancer of LoadBalancers ?? []) balancer.Scheme ||= 'internet-facing'
  })
  mend(rds.middlewareStack, ({ DBInstances }: { DBInstances?: DBInstance[] }) => {
    // moto gives an empty name where AWS gives none
    for (const instance of DBInstances ?? []) if (instance.DBName === '') delete instance.DBName
  })
  return {
    ec2: new EC2Client(config),
    ecs: new ECSClient(config),
    elb,
    iam: new IAMClient(config),
    lambda: new LambdaClient(config),
    logs: new CloudWatchLogsClient(config),
    rds,
    route53: new Route53Client(config),
    secrets: new SecretsManagerClient(config),
    ssm: new SSMClient(config),
  }
}

/** Puts right what moto answers otherwise than AWS. */
function mend<T>(stack: RDSClient['middlewareStack'] | ElasticLoadBalancingV2Client['middlewareStack'], change: (output: T) => void): void {
  ;(stack as RDSClient['middlewareStack']).add(
    (next) => async (args) => {
      const result = await next(args)
      change(result.output as T)
      return result
    },
    { step: 'initialize' },
  )
}

export function createAccount(url: string, region: string): Account {
  const clients = createClients(url, region)
  const forget = new Map<string, (() => void)[]>()

  /** Reads once and again after a change of one of these services, also of one that came while it read. */
  const kept = <T>(services: readonly string[], read: () => Promise<T>): (() => Promise<T>) => {
    let value: Promise<T> | undefined
    for (const service of services) forget.set(service, [...(forget.get(service) ?? []), () => (value = undefined)])
    return () => {
      if (value !== undefined) return value
      const reading = read()
      value = reading
      // a failure is not kept
      reading.catch(() => {
        if (value === reading) value = undefined
      })
      return reading
    }
  }

  const network = kept(['ec2'], async () => createNetwork(await loadNetwork(clients.ec2)))
  const policies = kept(['iam'], async () => createPolicies(await loadRoles(clients.iam)))
  const names = kept(['route53', 'elasticloadbalancing'], () => loadNames(clients.route53, clients.elb))
  const ranges = kept(['ec2'], async () => {
    const { Subnets = [] } = await clients.ec2.send(new DescribeSubnetsCommand({}))
    return new Map(Subnets.map(({ SubnetId = '', CidrBlock = '' }) => [SubnetId, CidrBlock]))
  })
  const logGroups = kept(['logs'], async () => {
    const found: string[] = []
    for await (const page of paginateDescribeLogGroups({ client: clients.logs }, {})) {
      found.push(...(page.logGroups ?? []).map(({ logGroupName = '' }) => logGroupName))
    }
    return found
  })
  const identity = kept([], async () => {
    const sts = new STSClient({ endpoint: url, region, credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' } })
    return (await sts.send(new GetCallerIdentityCommand({}))).Account ?? ''
  })

  return {
    clients,
    network,
    policies,
    names,
    ranges,
    view: async () => {
      const [accountId, allPolicies, groups, net] = await Promise.all([identity(), policies(), logGroups(), network()])
      return {
        region,
        accountId,
        policies: allPolicies,
        logGroups: groups,
        network: net,
        secret: (reference) => secret(clients, reference),
      }
    },
    changed: (service) => {
      for (const each of forget.get(service) ?? []) each()
    },
  }
}

const MISSING = ['ResourceNotFoundException', 'ParameterNotFound', 'InvalidRequestException']

async function secret(clients: Clients, reference: string): Promise<Awaited<ReturnType<AccountView['secret']>>> {
  try {
    if (reference.split(':')[2] === 'secretsmanager') return await managedSecret(clients, reference)
    const name = reference.startsWith('arn:') ? reference.slice(reference.indexOf(':parameter/') + ':parameter'.length) : reference
    const { Parameter } = await clients.ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
    return { arn: Parameter?.ARN ?? reference, value: Parameter?.Value ?? '' }
  } catch (error) {
    if (error instanceof Error && MISSING.includes(error.name)) return undefined
    throw error
  }
}

async function managedSecret(clients: Clients, SecretId: string): ReturnType<AccountView['secret']> {
  const [{ ARN = SecretId, SecretString = '' }, { KmsKeyId, Tags = [] }] = await Promise.all([
    clients.secrets.send(new GetSecretValueCommand({ SecretId })),
    clients.secrets.send(new DescribeSecretCommand({ SecretId })),
  ])
  const tags = Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]))
  // the account's own key for secrets lets every reader of a secret in
  const own = KmsKeyId === undefined || KmsKeyId === 'alias/aws/secretsmanager'
  return { arn: ARN, value: SecretString, tags, ...(own ? {} : { kmsKeyArn: KmsKeyId }) }
}
