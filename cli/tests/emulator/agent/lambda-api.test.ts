import { expect, test } from 'vitest'
import type { Answer, Call } from './gateway.ts'
import { createLambdaApi } from './lambda-api.ts'
import type { Invocation } from './ports.ts'

const PREFIX = '/2015-03-31/functions'

function api(invoked: Invocation | Error = { status: 200, body: '{"ok":true}', logTail: 'TG9n' }) {
  const uploads: [string, string][] = []
  const calls: [string, string][] = []
  const functions = {
    invoke: async (name: string, payload: string) => {
      calls.push([name, payload])
      if (invoked instanceof Error) throw invoked
      return invoked
    },
    uploaded: (name: string, zip: Buffer) => void uploads.push([name, zip.toString()]),
    stop: async () => {},
  }
  const handler = createLambdaApi({ functions, settled: async () => {} })
  const send = (
    method: string,
    url: string,
    body: unknown = {},
    headers: Call['headers'] = {},
    status = 201,
  ): Promise<Answer | undefined> =>
    handler({ service: 'lambda', action: `${method} ${url}`, method, url, headers, body: Buffer.from(JSON.stringify(body)) }, async () => ({
      status,
      headers: {},
      body: Buffer.from('{}'),
    }))
  return { send, uploads, calls }
}

test('what is uploaded is kept when moto took it, under the name and not the ARN', async () => {
  const { send, uploads } = api()
  const ZipFile = Buffer.from('zip').toString('base64')
  await send('POST', `${PREFIX}`, { FunctionName: 'admin', Code: { ZipFile } })
  await send('PUT', `${PREFIX}/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aadmin/code`, { ZipFile })
  await send('POST', `${PREFIX}`, { FunctionName: 'refused', Code: { ZipFile } }, {}, 400)
  await send('PUT', `${PREFIX}/dry/code`, { ZipFile, DryRun: true })
  expect(uploads).toEqual([
    ['admin', 'zip'],
    ['admin', 'zip'],
  ])
})

test('code that is elsewhere is refused', async () => {
  const { send } = api()
  const answer = await send('POST', PREFIX, { FunctionName: 'admin', Code: { S3Bucket: 'code', S3Key: 'zip' } })
  expect(answer?.status).toBe(400)
  expect(answer?.body.toString()).toContain('does not implement code that is not in the call')
})

test('an invocation answers with the payload, the error and the end of the log', async () => {
  const { send, calls } = api({ status: 200, functionError: 'Unhandled', body: '{"errorMessage":"no"}', logTail: 'TG9n' })
  const answer = await send('POST', `${PREFIX}/admin/invocations?Qualifier=%24LATEST`, { action: 'create' }, { 'x-amz-log-type': 'Tail' })
  expect(calls).toEqual([['admin', '{"action":"create"}']])
  expect(answer).toMatchObject({
    status: 200,
    headers: { 'x-amz-function-error': 'Unhandled', 'x-amz-log-result': 'TG9n', 'x-amz-executed-version': '$LATEST' },
  })
  expect((await send('POST', `${PREFIX}/admin/invocations`))?.headers).not.toHaveProperty('x-amz-log-result')
})

test('a function that is not there, or cannot be run, is an error of the API', async () => {
  const missing = api({ status: 404, body: '{"__type":"ResourceNotFoundException","Message":"Function not found"}', logTail: '' })
  expect(await missing.send('POST', `${PREFIX}/nobody/invocations`)).toMatchObject({
    status: 404,
    headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
  })
  const broken = api(new Error('the emulator does not implement layers'))
  expect((await broken.send('POST', `${PREFIX}/admin/invocations`))?.body.toString()).toContain('does not implement layers')
})

test('an event is accepted before it has run, and everything else is left to moto', async () => {
  const { send } = api(new Error('later'))
  expect((await send('POST', `${PREFIX}/admin/invocations`, {}, { 'x-amz-invocation-type': 'Event' }))?.status).toBe(202)
  expect(await send('GET', `${PREFIX}/admin`)).toBeUndefined()
  expect(await send('POST', `${PREFIX}/admin/policy`)).toBeUndefined()
})
