import { ToolError } from '../errors.ts'
import type { Aws } from './clients.ts'
import { attempting, unless } from './errors.ts'
import { type Area, openInventory } from './inventory/inventory.ts'
import type { Owner } from './inventory/thing.ts'

/**
 * Takes task definitions of an environment out of use and gives their ARNs. An import would not help: each apply makes new revisions, and
 * those of a killed run block nothing. One after another, because AWS allows one call a second (20 at once) for the whole account.
 */
export async function removeTaskDefinitions(aws: Aws, owner: Owner): Promise<string[]> {
  return attempting(`remove the task definitions of ${owner.environment}`, async () => {
    const { client, sdk } = await aws.ecs()
    const arns = await idsOf(aws, owner, 'containers', 'aws_ecs_task_definition')
    for (const taskDefinition of arns) {
      await unless(['ClientException'], () => client.send(new sdk.DeregisterTaskDefinitionCommand({ taskDefinition })))
    }
    return arns
  })
}

/** Deletes the secrets of an environment at once, without the window in which they could be restored; gives their ARNs. */
export async function removeSecrets(aws: Aws, owner: Owner): Promise<string[]> {
  return attempting(`remove the secrets of ${owner.environment}`, async () => {
    const { client, sdk } = await aws.secrets()
    const arns = await idsOf(aws, owner, 'secrets', 'aws_secretsmanager_secret')
    for (const arn of arns) {
      const command = new sdk.DeleteSecretCommand({ SecretId: arn, ForceDeleteWithoutRecovery: true })
      await unless(['ResourceNotFoundException'], () => client.send(command))
    }
    return arns
  })
}

/**
 * Drops an environment's database and roles on the shared instance through the platform's function. Harmless when they are not there.
 * `false` when there is no such function: then there is no shared instance either.
 */
export async function removeDatabase(aws: Aws, request: { functionName: string; database: string; role: string }): Promise<boolean> {
  const { functionName, database, role } = request
  return attempting(`drop the database ${database}`, async () => {
    const { client, sdk } = await aws.lambda()
    const command = new sdk.InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify({ action: 'delete', database, role }) })
    const reply = await unless(['ResourceNotFoundException'], () => client.send(command))
    if (reply === undefined) return false
    if (reply.FunctionError !== undefined) {
      throw new ToolError(
        `could not drop the database ${database}: ${functionName} failed: ${messageOf(reply.Payload?.transformToString())}`,
        {
          hint: `its log is in /aws/lambda/${functionName}; run the command again once that is mended`,
        },
      )
    }
    return true
  })
}

async function idsOf(aws: Aws, owner: Owner, area: Area, type: string): Promise<string[]> {
  return (await openInventory(aws, owner).things([area])).filter((thing) => thing.type === type).map(({ id }) => id)
}

/** Lambda gives a failure as JSON; a time-out or a crash has the same shape. */
function messageOf(payload: string | undefined): string {
  try {
    const { errorMessage } = JSON.parse(payload ?? '') as { errorMessage?: unknown }
    return typeof errorMessage === 'string' ? errorMessage : 'it gave no reason'
  } catch {
    return 'it gave no reason'
  }
}
