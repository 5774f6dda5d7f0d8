import type { Secret } from '@aws-sdk/client-ecs'
import { awsService } from '../network/services.ts'
import type { AccountView, Interface } from '../ports.ts'
import { denied } from './words.ts'

/** What `AccountView.secret` gives; the tags are what policies of the modules ask for. */
type Found = NonNullable<Awaited<ReturnType<AccountView['secret']>>> & { tags?: Readonly<Record<string, string>> }

const START = 'ResourceInitializationError: unable to pull secrets or registry auth:'

interface Reference {
  service: 'secretsmanager' | 'ssm'
  /** Without what follows the name of a secret. */
  id: string
  jsonKey: string
}

/** `<arn of a secret>[:<json key>:<version stage>:<version id>]`, or a parameter by its ARN or name. */
export function readReference(valueFrom: string): Reference {
  const parts = valueFrom.split(':')
  if (parts[2] !== 'secretsmanager') return { service: 'ssm', id: valueFrom, jsonKey: '' }
  const [jsonKey = '', stage = '', version = ''] = parts.slice(7)
  if (!['', 'AWSCURRENT'].includes(stage) || version !== '')
    throw new Error(`the emulator does not implement versions of secrets: ${valueFrom}`)
  return { service: 'secretsmanager', id: parts.slice(0, 7).join(':'), jsonKey }
}

/** The value of one secret of a container, read by the execution role from the task's interface. Rejects with the words of AWS. */
export async function readSecret({ valueFrom = '' }: Secret, role: string, from: Interface, account: AccountView): Promise<string> {
  const reference = readReference(valueFrom)
  const words = reference.service === 'ssm' ? parameterWords : secretWords
  const blocked = account.network.why(from, awsService(reference.service), 443)
  if (blocked !== undefined) throw new Error(`${START} ${words.unreachable(reference.id)} (${blocked})`)

  const found: Found | undefined = await account.secret(reference.id)
  const failed = (why: string): Error => new Error(`${START} execution resource retrieval failed: ${words.failed} ${why}`)
  const arn = found?.arn ?? reference.id
  if (!account.policies.allowed(role, words.action, arn, tagKeys(found))) {
    const untold = found !== undefined && found.tags === undefined ? ' (the emulator was not told its tags)' : ''
    throw failed(`${words.fetch(arn)}${denied(role, words.action, arn)}${untold}`)
  }
  if (found === undefined) throw failed(`${words.fetch(arn)}${words.missing}`)
  const { kmsKeyArn } = found
  const ViaService = { 'kms:ViaService': `${reference.service}.${account.region}.amazonaws.com` }
  if (kmsKeyArn !== undefined && !account.policies.allowed(role, 'kms:Decrypt', kmsKeyArn, ViaService)) {
    throw failed(`${words.fetch(arn)}${denied(role, 'kms:Decrypt', kmsKeyArn)}`)
  }
  if (reference.jsonKey === '') return found.value
  const value = keyOf(found.value, reference.jsonKey)
  if (value === undefined) throw failed(`retrieved secret from Secrets Manager did not contain json key ${reference.jsonKey}`)
  return value
}

function tagKeys(found: Found | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(found?.tags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]))
}

function keyOf(text: string, key: string): string | undefined {
  let value: unknown
  try {
    const document: unknown = JSON.parse(text)
    value = typeof document === 'object' && document !== null && Object.hasOwn(document, key) ? Reflect.get(document, key) : undefined
  } catch {
    return undefined
  }
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value)
}

const secretWords = {
  action: 'secretsmanager:GetSecretValue',
  failed: 'unable to retrieve secret from asm: service call has been retried 1 time(s):',
  fetch: (arn: string) => `failed to fetch secret ${arn} from secrets manager: `,
  missing: "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
  unreachable: (arn: string) =>
    'unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network ' +
    `configuration. failed to fetch secret ${arn} from secrets manager: RequestCanceled: request context canceled caused by: context deadline exceeded`,
}

const parameterWords = {
  action: 'ssm:GetParameters',
  failed: 'unable to retrieve secrets from ssm: service call has been retried 1 time(s):',
  fetch: () => '',
  missing: 'invalid ssm parameters: the parameter does not exist',
  unreachable: () =>
    'unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. There is a connection issue between the task and ' +
    'AWS Systems Manager Parameter Store. Check your task network configuration. RequestCanceled: request context canceled caused by: context deadline exceeded',
}
