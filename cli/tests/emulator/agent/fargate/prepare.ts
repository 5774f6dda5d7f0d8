import type { ContainerDefinition, TaskDefinition } from '@aws-sdk/client-ecs'
import { awsService } from '../network/services.ts'
import type { AccountView, Interface, PreparedTask, PrepareTask } from '../ports.ts'
import { ecrImage } from './container.ts'
import { readSecret } from './secrets.ts'
import { denied } from './words.ts'

const TASKS = 'ecs-tasks.amazonaws.com'
const HTTPS = 443

/**
 * What the Fargate agent does before the first container starts, in its order: the roles, the registry's login, the secrets, the logs,
 * the images. Rejects with the stopped reason of AWS; why the network says no stands behind it in parentheses.
 */
export const prepareTask: PrepareTask = async (definition, from, account) => {
  const { executionRoleArn: role = '', taskRoleArn } = definition
  const containers = definition.containerDefinitions ?? []
  for (const arn of [role, taskRoleArn ?? '']) if (arn !== '') assumeRole(arn, account)
  if (containers.some(({ image = '' }) => ecrImage.test(image))) logInToRegistry(role, from, account)
  const secrets: PreparedTask['secrets'] = {}
  for (const container of containers) secrets[container.name ?? ''] = await readSecrets(container, role, from, account)
  for (const container of containers) validateLogger(container, definition, from, account)
  for (const { image = '' } of containers) pullImage(image, role, from, account)
  return { secrets }
}

function assumeRole(arn: string, { policies }: AccountView): void {
  if (policies.trusts(arn, TASKS)) return
  throw new Error(
    `ECS was unable to assume the role '${arn}' that was provided for this task. Please verify that the role being passed has the proper ` +
      'trust relationship and permissions and that your IAM user has permissions to pass this role.',
  )
}

function logInToRegistry(role: string, from: Interface, { network, policies, region }: AccountView): void {
  const start = 'ResourceInitializationError: unable to pull secrets or registry auth:'
  const blocked = network.why(from, awsService('ecr.api'), HTTPS)
  if (blocked !== undefined) {
    throw new Error(
      `${start} The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your ` +
        `task network configuration. RequestError: send request failed caused by: Post "https://api.ecr.${region}.amazonaws.com/": dial tcp: i/o timeout (${blocked})`,
    )
  }
  const action = 'ecr:GetAuthorizationToken'
  if (policies.allowed(role, action, '*', {})) return
  throw new Error(
    `${start} execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): ${denied(role, action, '*')}`,
  )
}

async function readSecrets(
  container: ContainerDefinition,
  role: string,
  from: Interface,
  account: AccountView,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const secret of container.secrets ?? []) values[secret.name ?? ''] = await readSecret(secret, role, from, account)
  return values
}

function validateLogger(
  { name, logConfiguration }: ContainerDefinition,
  definition: TaskDefinition,
  from: Interface,
  account: AccountView,
): void {
  if (logConfiguration === undefined) return
  const { 'awslogs-group': group = '', 'awslogs-region': region, 'awslogs-stream-prefix': prefix } = logConfiguration.options ?? {}
  if (region !== account.region) throw new Error(`the emulator does not implement logs in another region: ${region}`)
  const start = 'ResourceInitializationError: failed to validate logger args:'
  const blocked = account.network.why(from, awsService('logs'), HTTPS)
  if (blocked !== undefined) {
    throw new Error(
      `${start} The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the ` +
        `task and Amazon CloudWatch. Check your network configuration. : signal: killed (${blocked})`,
    )
  }
  const failed = `${start} create stream has been retried 1 times: failed to create Cloudwatch log stream:`
  const stream = `arn:aws:logs:${region}:${account.accountId}:log-group:${group}:log-stream:${prefix}/${name}/task`
  // AWS starts a task that may not put events and loses its lines; here it is an error, which nobody can overlook
  for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) {
    const role = definition.executionRoleArn ?? ''
    if (!account.policies.allowed(role, action, stream, {})) throw new Error(`${failed} ${denied(role, action, stream)} : exit status 1`)
  }
  if (account.logGroups.includes(group)) return
  throw new Error(`${failed} ResourceNotFoundException: The specified log group does not exist. : exit status 1`)
}

function pullImage(image: string, role: string, from: Interface, { network, policies }: AccountView): void {
  const { account, region, repository } = ecrImage.exec(image)?.groups ?? {}
  const start = 'CannotPullContainerError: pull image manifest has been retried 5 time(s):'
  if (repository === undefined) {
    const blocked = network.internet(from)
    if (blocked !== undefined)
      throw new Error(`${start} failed to resolve ref ${image}: failed to do request: dial tcp: i/o timeout (${blocked})`)
    return
  }
  // the layers come from S3
  for (const service of ['ecr.dkr', 's3']) {
    const blocked = network.why(from, awsService(service), HTTPS)
    if (blocked !== undefined)
      throw new Error(`${start} failed to resolve ref ${image}: failed to do request: dial tcp: i/o timeout (${blocked})`)
  }
  const resource = `arn:aws:ecr:${region}:${account}:repository/${repository}`
  for (const action of ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']) {
    if (!policies.allowed(role, action, resource, {})) {
      throw new Error(`CannotPullContainerError: pull image manifest has been retried 1 time(s): ${denied(role, action, resource)}`)
    }
  }
}
