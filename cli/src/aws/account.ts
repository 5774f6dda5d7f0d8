import type { Files } from '../system/files.ts'
import type { Aws } from './clients.ts'
import { attempting, codeOf } from './errors.ts'

export interface CallerIdentity {
  /** Twelve digits. */
  account: string
  arn: string
  userId: string
}

const SOURCES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
]

/** Who the credentials belong to (`sts:GetCallerIdentity`, which no policy can deny). */
export async function callerIdentity(aws: Aws): Promise<CallerIdentity> {
  return attempting('find out which AWS account this is', async () => identity(aws))
}

/** As `callerIdentity`, with `undefined` where this machine has no credentials at all. Expired or refused ones are still an error. */
export async function findCallerIdentity(aws: Aws): Promise<CallerIdentity | undefined> {
  return attempting('find out which AWS account this is', async () => {
    try {
      return await identity(aws)
    } catch (error) {
      if (codeOf(error) === 'CredentialsProviderError' && !/expired|invalid/i.test((error as Error).message)) return undefined
      throw error
    }
  })
}

/**
 * Whether there is anything to look for credentials in: variables or the shared files. Loads no SDK and asks no network, so a
 * command may call it on its way; it does not say that the credentials work. A machine that only has the credentials of its EC2
 * instance counts as without.
 */
export async function credentialsPresent(variables: Record<string, string | undefined>, files: Pick<Files, 'exists'>): Promise<boolean> {
  if (SOURCES.some((name) => Boolean(variables[name]))) return true
  const home = variables.HOME ?? variables.USERPROFILE
  const shared = [
    variables.AWS_SHARED_CREDENTIALS_FILE ?? (home === undefined ? undefined : `${home}/.aws/credentials`),
    variables.AWS_CONFIG_FILE ?? (home === undefined ? undefined : `${home}/.aws/config`),
  ]
  for (const file of shared) if (file !== undefined && (await files.exists(file))) return true
  return false
}

async function identity(aws: Aws): Promise<CallerIdentity> {
  const { client, sdk } = await aws.sts()
  const reply = await client.send(new sdk.GetCallerIdentityCommand({}))
  return { account: reply.Account ?? '', arn: reply.Arn ?? '', userId: reply.UserId ?? '' }
}
