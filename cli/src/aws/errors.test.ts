import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { UserError } from '../errors.ts'
import { systemClock } from '../system/clock.ts'
import { callerIdentity, credentialsPresent, findCallerIdentity } from './account.ts'
import { type Aws, createAws } from './clients.ts'
import { attempting } from './errors.ts'
import { readPlatform } from './platform.ts'
import { s3Store } from './s3-store.ts'
import { awsAt, startWire, type Wire } from './testing.ts'

let wire: Wire | undefined

afterEach(async () => {
  vi.unstubAllEnvs()
  await wire?.close()
  wire = undefined
})

/** What becomes of a reply of `sts`, whose protocol is XML. */
async function identityAfter(status: number, code: string, message: string): Promise<unknown> {
  wire = await startWire((_request, response) => {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body)
  })
  return callerIdentity(awsAt(wire.url)).catch((error: unknown) => error)
}

async function parameterAfter(status: number, code: string, message: string): Promise<unknown> {
  wire = await startWire((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ __type: code, message }))
  })
  return readPlatform(awsAt(wire.url), 'shop').catch((error: unknown) => error)
}

async function objectAfter(status: number, code: string, extra: string): Promise<unknown> {
  wire = await startWire((_request, response) => {
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<Error><Code>${code}</Code><Message>it says no</Message>${extra}</Error>`)
  })
  const store = s3Store({ aws: awsAt(wire.url), bucket: 'shop', prefix: '', clock: systemClock })
  return store.get('x').catch((error: unknown) => error)
}

describe('credentials', () => {
  test.each([
    ['ExpiredToken', 403, 'the AWS credentials have expired'],
    ['RequestExpired', 400, 'the AWS credentials have expired'],
    ['InvalidClientTokenId', 403, 'AWS does not accept these credentials'],
    ['SignatureDoesNotMatch', 403, 'AWS does not accept these credentials'],
    ['RequestTimeTooSkewed', 403, "this machine's clock differs too much from AWS's"],
  ])('%s', async (code, status, why) => {
    const error = await identityAfter(status, code, 'The security token included in the request is not good')
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({ message: `could not find out which AWS account this is: ${why}`, exitCode: 1, hint: expect.any(String) })
  })

  test('none at all', async () => {
    await expect(callerIdentity(withoutKeys())).rejects.toMatchObject({
      message: 'could not find out which AWS account this is: no AWS credentials found',
      hint: expect.stringContaining('aws sso login'),
    })
    expect(await findCallerIdentity(withoutKeys())).toBeUndefined()
  })

  test('a profile that does not exist', async () => {
    vi.stubEnv('AWS_PROFILE', 'nowhere')
    await expect(callerIdentity(withoutKeys())).rejects.toMatchObject({
      message: expect.stringContaining('no AWS credentials found in profile nowhere'),
    })
  })

  test('a profile whose session has ended', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'devtool-aws-'))
    const lines = ['[profile dev]', 'sso_session = main', 'sso_account_id = 123456789012', 'sso_role_name = dev', '']
    const session = ['[sso-session main]', 'sso_region = eu-west-1', 'sso_start_url = https://example.invalid/start', '']
    await writeFile(path.join(folder, 'config'), [...lines, ...session].join('\n'))
    const aws = withoutKeys({ AWS_PROFILE: 'dev', AWS_CONFIG_FILE: path.join(folder, 'config'), HOME: folder })
    await expect(callerIdentity(aws)).rejects.toMatchObject({
      message: expect.stringContaining('the AWS session has expired'),
      hint: expect.stringContaining('aws sso login'),
    })
    await rm(folder, { recursive: true })
  })

  test('are looked for without the SDK', async () => {
    const files = { exists: async (file: string) => file === '/home/dev/.aws/config' }
    expect(await credentialsPresent({}, files)).toBe(false)
    expect(await credentialsPresent({ HOME: '/home/other' }, files)).toBe(false)
    expect(await credentialsPresent({ HOME: '/home/dev' }, files)).toBe(true)
    expect(await credentialsPresent({ AWS_PROFILE: 'dev' }, files)).toBe(true)
    expect(await credentialsPresent({ AWS_ACCESS_KEY_ID: '' }, files)).toBe(false)
  })
})

function withoutKeys(variables: Record<string, string> = {}): Aws {
  awsAt('http://127.0.0.1:9')
  delete process.env.AWS_ACCESS_KEY_ID
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  return createAws({ region: 'eu-west-1', variables: process.env })
}

describe('refusals', () => {
  test('access denied says which action, for whom, on what', async () => {
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/dev/me is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:eu-west-1:123456789012:parameter/devtool/shop/platform because no identity-based policy allows the ssm:GetParameter action'
    expect(await parameterAfter(400, 'AccessDeniedException', message)).toMatchObject({
      message:
        'could not read the platform of shop: access denied: ssm:GetParameter is not allowed for arn:aws:sts::123456789012:assumed-role/dev/me on arn:aws:ssm:eu-west-1:123456789012:parameter/devtool/shop/platform',
      hint: expect.stringContaining('AWS_PROFILE'),
    })
  })

  test('access denied names the action when AWS does not', async () => {
    expect(await objectAfter(403, 'AccessDenied', '')).toMatchObject({
      message: 'could not read s3://shop/x: access denied: s3:GetObject is not allowed',
    })
  })

  test('a bucket of another region', async () => {
    expect(await objectAfter(301, 'PermanentRedirect', '<Endpoint>shop.s3.us-west-2.amazonaws.com</Endpoint>')).toMatchObject({
      message: 'could not read s3://shop/x: the bucket is in another region',
    })
    expect(await objectAfter(400, 'AuthorizationHeaderMalformed', '<Region>us-west-2</Region>')).toMatchObject({
      message: 'could not read s3://shop/x: the bucket is in us-west-2',
      hint: 'correct `region` in devtool.yaml',
    })
  })

  test('no such bucket', async () => {
    expect(await objectAfter(404, 'NoSuchBucket', '<BucketName>shop</BucketName>')).toMatchObject({
      kind: 'not-found',
      message: 'could not read s3://shop/x: the bucket shop does not exist',
      hint: 'run `devtool bootstrap`',
    })
  })

  test('throttling', async () => {
    expect(await parameterAfter(400, 'ThrottlingException', 'Rate exceeded')).toMatchObject({
      message: 'could not read the platform of shop: AWS is limiting requests in ssm:GetParameter',
    })
  })

  test('anything else keeps its name, its words and the request', async () => {
    expect(await parameterAfter(400, 'InvalidKeyId', 'The key is disabled.\nmore')).toMatchObject({
      kind: 'tool',
      message: 'could not read the platform of shop: InvalidKeyId: The key is disabled in ssm:GetParameter',
    })
  })
})

describe('the network', () => {
  test('nothing answers', async () => {
    await expect(readPlatform(awsAt('http://127.0.0.1:9'), 'shop')).rejects.toMatchObject({
      message: 'could not read the platform of shop: AWS cannot be reached, nothing answers there',
      hint: expect.stringContaining('AWS_ENDPOINT_URL'),
    })
  })

  test('the host is unknown', async () => {
    await expect(readPlatform(awsAt('http://no-such-host.invalid'), 'shop')).rejects.toMatchObject({
      message: expect.stringMatching(/AWS cannot be reached, (the host name is unknown|name resolution does not answer)/),
    })
  })

  test('the connection is cut', async () => {
    wire = await startWire((_request, response) => response.destroy())
    await expect(readPlatform(awsAt(wire.url), 'shop')).rejects.toMatchObject({
      message: 'could not read the platform of shop: AWS cannot be reached, the connection was cut',
    })
  })

  test('a server error', async () => {
    expect(await parameterAfter(500, 'InternalServerError', 'oh')).toMatchObject({
      kind: 'tool',
      hint: 'run the command again in a minute',
    })
  })
})

test('our own mistakes and our own errors pass unchanged', async () => {
  const bug = new TypeError('x is not a function')
  await expect(attempting('work', () => Promise.reject(bug))).rejects.toBe(bug)
  const ours = new UserError('could not do it')
  await expect(attempting('work', () => Promise.reject(ours))).rejects.toBe(ours)
})
