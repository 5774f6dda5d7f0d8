import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type {
  EC2Client,
  InternetGateway,
  NatGateway,
  NetworkAcl,
  RouteTable,
  SecurityGroup,
  Subnet,
  VpcEndpoint,
} from '@aws-sdk/client-ec2'
import type { ECSClient, TaskDefinition } from '@aws-sdk/client-ecs'
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { IAMClient } from '@aws-sdk/client-iam'
import type { LambdaClient } from '@aws-sdk/client-lambda'
import type { RDSClient } from '@aws-sdk/client-rds'
import type { Route53Client } from '@aws-sdk/client-route-53'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SSMClient } from '@aws-sdk/client-ssm'
import type { Exit } from '../../../src/system/spawn.ts'

export type { Exit }

/** Clients of the emulator's own API, past the gateway: the agent reads what was applied with them. */
export interface Clients {
  ec2: EC2Client
  ecs: ECSClient
  elb: ElasticLoadBalancingV2Client
  iam: IAMClient
  lambda: LambdaClient
  logs: CloudWatchLogsClient
  rds: RDSClient
  route53: Route53Client
  secrets: SecretsManagerClient
  ssm: SSMClient
}

/** The emulated network as one process sees it: a DNS name or an address and a port, and what is behind it. */
export interface Route {
  host: string
  port: number
  to: { port: number } | 'timeout' | 'refused'
}

/** A network interface of a task, a load balancer, a function or a database. */
export interface Interface {
  /** Its private address, from its subnet's range. */
  address: string
  subnetId: string
  securityGroupIds: string[]
  publicAddress: boolean
}

export interface ContainerSpec {
  name: string
  image: string
  command?: string[]
  entryPoint?: string[]
  /** Plain variables and resolved secrets, nothing else. */
  environment: Record<string, string>
  stopTimeoutSeconds: number
  workingDirectory?: string
  readonlyRootFilesystem: boolean
  /** One line of its output. */
  log: (line: string) => void
}

export interface RunningContainer {
  pid: number
  ended: Promise<Exit>
  /** SIGTERM, and SIGKILL after the stop timeout. */
  stop(): Promise<Exit>
  lastLines(count: number): string[]
  /** The loopback port behind a port that it listens on; undefined until it listens. */
  portOf(containerPort: number): number | undefined
  /** Runs a command in its environment: the container's health check. Never rejects; a timeout is exit code 137. */
  run(command: string[], timeoutMs: number): Promise<{ exitCode: number }>
}

export interface ContainerRuntime {
  /** Rejects with an error whose message is what ECS would say (`CannotPullContainerError: ...`). */
  start(spec: ContainerSpec, network: () => readonly Route[]): Promise<RunningContainer>
}

export interface ImageStore {
  resolve(reference: string): Promise<{ folder: string; start: string } | undefined>
}

export interface DatabaseEndpoint {
  instanceId: string
  /** The endpoint address that the emulator gave out. */
  address: string
  port: number
  /** The loopback port behind it. */
  to: number
  interface: Interface
}

export interface Databases {
  /** Of every instance that is available. */
  endpoints(): readonly DatabaseEndpoint[]
  reconcile(): Promise<void>
  stop(): Promise<void>
}

export interface Invocation {
  status: number
  functionError?: string
  body: string
  /** Base64, as in X-Amz-Log-Result. */
  logTail: string
}

export interface Functions {
  invoke(name: string, payload: string): Promise<Invocation>
  /** What CreateFunction or UpdateFunctionCode brought; `name` as in the function's ARN. */
  uploaded(name: string, zip: Buffer): void
  /** Ends what still runs. */
  stop(): Promise<void>
}

/** What a function may reach: the routes that the agent computed for its interfaces (none without a VPC). */
export type FunctionNetwork = (subnetIds: readonly string[], securityGroupIds: readonly string[]) => readonly Route[]

/** What of EC2 decides who reaches whom, read at one moment. */
export interface NetworkSnapshot {
  subnets: Subnet[]
  routeTables: RouteTable[]
  securityGroups: SecurityGroup[]
  networkAcls: NetworkAcl[]
  internetGateways: InternetGateway[]
  natGateways: NatGateway[]
  vpcEndpoints: VpcEndpoint[]
}

export interface Network {
  /** Undefined if reachable, else which security group or route says no, in words. */
  why(from: Interface | 'internet', to: Interface, port: number): string | undefined
  /** Undefined if it reaches the internet. */
  internet(from: Interface): string | undefined
}
export type CreateNetwork = (snapshot: NetworkSnapshot) => Network

/** The policies of one role as IAM holds them, parsed from JSON; whatever they hold is not trusted. */
export interface RolePolicies {
  arn: string
  trust: unknown
  identity: { name: string; document: unknown }[]
  boundary?: { name: string; document: unknown }
}

export interface Policies {
  /** Throws on an element or operator that it does not implement. A role that does not exist is allowed nothing. */
  allowed(roleArn: string, action: string, resource: string, context: Record<string, string>): boolean
  /** True if the role's trust policy lets that service take it on (`ecs-tasks.amazonaws.com`, `lambda.amazonaws.com`). */
  trusts(roleArn: string, service: string): boolean
}
export type CreatePolicies = (roles: readonly RolePolicies[]) => Policies

/** What Fargate says of a task definition when it is registered, or a task or service is made of it; undefined if nothing. */
export type DefinitionFault = (definition: TaskDefinition) => string | undefined

/** What a task's start needs from its account; each may be a `ResourceInitializationError`. Looked up by agent/account.ts. */
export interface AccountView {
  region: string
  accountId: string
  policies: Policies
  logGroups: readonly string[]
  /** The secret or parameter behind `valueFrom`, without its JSON key: its value, or undefined if there is none. */
  secret(reference: string): Promise<{ arn: string; value: string; kmsKeyArn?: string; tags?: Record<string, string> } | undefined>
  network: Network
}

export interface PreparedTask {
  /** The secrets of each container, by its name, resolved. */
  secrets: Record<string, Record<string, string>>
}
/** What the Fargate agent does before the first container starts. Rejects with the stopped reason of AWS as message. */
export type PrepareTask = (definition: TaskDefinition, from: Interface, account: AccountView) => Promise<PreparedTask>

/** A task's address behind a target group (target type `ip`). */
export interface Target {
  id: string
  port: number
  interface: Interface
  /** The loopback port behind `id:port`; undefined while nothing listens. */
  to: () => number | undefined
}

export interface TargetHealthState {
  id: string
  port: number
  state: 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused'
  /** As in DescribeTargetHealth: `Target.FailedHealthChecks`, `Target.Timeout`, `Elb.RegistrationInProgress`, ... */
  reason?: string
  description?: string
}

export interface RoutedRequest {
  host: string
  method: string
  path: string
  /** ARN of the rule; of the listener if its default action answered. */
  rule: string
  /** `address:port` of the task that answered. */
  target: string | null
  status: number
}

export interface LoadBalancers {
  /** Reads what was applied; listeners open and close. */
  reconcile(): Promise<void>
  /** The loopback port of a listener of that load balancer. */
  listener(loadBalancerDnsName: string, port: number): number | undefined
  /** Every load balancer with its DNS name and interfaces. */
  all(): readonly { dnsName: string; arn: string; scheme: string; interfaces: Interface[]; ports: number[] }[]
  register(targetGroupArn: string, target: Target): void
  /** Resolves after the drain. */
  deregister(targetGroupArn: string, targetId: string): Promise<void>
  health(targetGroupArn: string): readonly TargetHealthState[]
  /** Returns how to stop listening. */
  onHealthChange(listener: () => void): () => void
  /** What passed through the rules, oldest first. */
  requests(): readonly RoutedRequest[]
  stop(): Promise<void>
}

/** What load balancers, databases, functions and containers are made with. */
export interface AgentPorts {
  clients: Clients
  region: string
  /** The URL that processes of the account use as AWS_ENDPOINT_URL: the gateway's. */
  endpoint: string
  /** A temporary folder of this emulator; removed at its end. */
  folder: string
  authority: Authority
  /** As applied at this moment. */
  network: () => Promise<Network>
  functionNetwork: FunctionNetwork
  images: ImageStore
}

/** The one that signs every certificate of the account. */
export interface Authority {
  /** PEM file of the authority, for NODE_EXTRA_CA_CERTS, `ca` of a request and PGSSLROOTCERT. */
  file: string
  /** A leaf for these names; made once for the same names. Paths of PEM files, the key 0600. */
  leaf(names: readonly string[]): Promise<{ certificate: string; key: string }>
}
