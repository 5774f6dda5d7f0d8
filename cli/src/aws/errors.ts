import { NotFoundError, ToolError, UserError } from '../errors.ts'
import { actionName } from './actions.ts'

/** What an error of the SDK carries, as far as it is read here. */
export interface AwsError extends Error {
  code?: string
  awsAction?: string
  awsProfile?: string
  Region?: string
  BucketName?: string
  $metadata?: { httpStatusCode?: number; requestId?: string; attempts?: number }
  $response?: { headers?: Record<string, string> }
}

const CREDENTIALS_HINT =
  'run `aws sso login` and set AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `devtool doctor` shows what is found'
const NETWORK_HINT = 'check the network, the region in devtool.yaml and AWS_ENDPOINT_URL, then run the command again'

const NO_CREDENTIALS = ['CredentialsProviderError', 'TokenProviderError', 'ProviderError', 'MissingAuthenticationToken']
const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired']
const UNKNOWN_CREDENTIALS = [
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'AuthFailure',
  'IncompleteSignature',
]
const DENIED = [
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'AuthorizationError',
  'AuthorizationErrorException',
  'AllAccessDisabled',
]
const OTHER_REGION = ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException', 'TemporaryRedirect']
const THROTTLED = [
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'BandwidthLimitExceeded',
  'PriorRequestNotComplete',
]
const CLOCK = ['RequestTimeTooSkewed', 'RequestInTheFuture']
const UNREACHABLE: Record<string, string> = {
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'name resolution does not answer',
  ETIMEDOUT: 'it does not answer',
  TimeoutError: 'it does not answer',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted (set NODE_EXTRA_CA_CERTS)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted (set NODE_EXTRA_CA_CERTS)',
}

/**
 * Runs `work`; an error of the SDK becomes a `UserError` that begins with `could not <what>`, anything else passes unchanged.
 * The only way from this folder to the rest of the tool.
 */
export async function attempting<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translate(what, error)
  }
}

/** The error's name on the wire (`NoSuchKey`), or the system's code (`ECONNREFUSED`), or nothing. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const { code, name } = error as AwsError
  return typeof code === 'string' && code !== '' ? code : name
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof Error ? (error as AwsError).$metadata?.httpStatusCode : undefined
}

/** Gives `undefined` for the named errors; the others pass. */
export async function unless<T>(codes: readonly string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && (codes.includes(error.name) || codes.includes(codeOf(error)))) return undefined
    throw error
  }
}

/** Writes on an error which operation it ended, and under which profile. */
export function noteOrigin(error: unknown, client: string, command: string, profile: string | undefined): void {
  if (!(error instanceof Error) || !Object.isExtensible(error)) return
  const failure = error as AwsError
  failure.awsAction ??= actionName(client, command)
  if (profile !== undefined && profile !== '') failure.awsProfile ??= profile
}

export function translate(what: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error
  const failure = error as AwsError
  const is = (codes: readonly string[]): boolean => codes.includes(failure.name) || codes.includes(codeOf(failure))
  const status = failure.$metadata?.httpStatusCode
  const user = (why: string, hint: string): UserError => new UserError(`could not ${what}: ${why}`, { hint, cause: error })

  if (is(NO_CREDENTIALS)) return credentialsError(user, failure)
  if (is(EXPIRED) || /token.{0,40} expired/i.test(failure.message)) {
    return user('the AWS credentials have expired', 'run `aws sso login` (or fetch new keys), then run the command again')
  }
  if (is(CLOCK)) return user("this machine's clock differs too much from AWS's", 'set the clock, then run the command again')
  if (is(UNKNOWN_CREDENTIALS)) return user('AWS does not accept these credentials', CREDENTIALS_HINT)
  if (is(['NoSuchBucket'])) {
    const bucket = failure.BucketName === undefined ? 'the bucket' : `the bucket ${failure.BucketName}`
    return new NotFoundError(`could not ${what}: ${bucket} does not exist`, { hint: 'run `devtool bootstrap`', cause: error })
  }
  if (is(OTHER_REGION) || status === 301) return user(otherRegion(failure), 'correct `region` in devtool.yaml')
  if (is(THROTTLED) || status === 429) {
    return user(`AWS is limiting requests${during(failure)}`, 'wait a minute and run the command again; what was done is kept')
  }
  if (is(DENIED) || status === 403) return user(denied(failure), 'ask for that permission, or use another AWS_PROFILE')
  if (is(['OptInRequired', 'SubscriptionRequiredException'])) {
    return user('this account is not signed up for the service', 'finish the sign-up of the account in the AWS console')
  }
  const unreachable = UNREACHABLE[codeOf(failure)] ?? UNREACHABLE[failure.name]
  if (unreachable !== undefined && status === undefined) return user(`AWS cannot be reached, ${unreachable}`, NETWORK_HINT)
  if (failure.$metadata === undefined) return error
  const request = failure.$metadata.requestId === undefined ? '' : ` (request ${failure.$metadata.requestId})`
  const options = status !== undefined && status >= 500 ? { hint: 'run the command again in a minute', cause: error } : { cause: error }
  return new ToolError(`could not ${what}: ${reason(failure)}${during(failure)}${request}`, options)
}

function credentialsError(user: (why: string, hint: string) => UserError, failure: AwsError): UserError {
  if (/sso|token|session/i.test(failure.message) && /expired|invalid|refresh/i.test(failure.message)) {
    return user('the AWS session has expired', 'run `aws sso login`, then run the command again')
  }
  const where = failure.awsProfile === undefined ? '' : ` in profile ${failure.awsProfile}`
  return user(`no AWS credentials found${where}`, CREDENTIALS_HINT)
}

function denied(failure: AwsError): string {
  const stated = /([\w:+=,.@/-]+) is not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?/.exec(failure.message)
  const action = stated?.[2] ?? failure.awsAction
  const who = stated?.[1] === undefined ? '' : ` for ${stated[1]}`
  const where = stated?.[3] === undefined ? '' : ` on ${stated[3].replace(/[.,]$/, '')}`
  return `access denied: ${action ?? 'the action'} is not allowed${who}${where}${/explicit deny/.test(failure.message) ? ' (explicit deny)' : ''}`
}

function otherRegion(failure: AwsError): string {
  const region =
    failure.Region ?? failure.$response?.headers?.['x-amz-bucket-region'] ?? /expecting '([a-z0-9-]+)'/.exec(failure.message)?.[1]
  return region === undefined ? 'the bucket is in another region' : `the bucket is in ${region}`
}

function reason(failure: AwsError): string {
  if (failure instanceof SyntaxError) return `the answer (HTTP ${failure.$metadata?.httpStatusCode}) is not AWS's: is there a proxy between`
  const message = firstLine(failure.message)
  return message === '' || message === 'UnknownError' ? failure.name : `${failure.name}: ${message}`
}

function during(failure: AwsError): string {
  return failure.awsAction === undefined ? '' : ` in ${failure.awsAction}`
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').replace(/\.$/, '').slice(0, 400)
}
