import type { Answer, Call, Handler } from './gateway.ts'
import type { Functions } from './ports.ts'

const PREFIX = '/2015-03-31/functions'

export interface LambdaPorts {
  functions: Functions
  /** Resolves when what was applied until now has taken effect. */
  settled: () => Promise<void>
}

/** Invocations run the code that was uploaded; everything else about functions is moto's. */
export function createLambdaApi({ functions, settled }: LambdaPorts): Handler {
  return async (call, forward) => {
    const { pathname } = new URL(call.url, 'http://localhost')
    const [, encoded = '', what] = new RegExp(`^${PREFIX}(?:/([^/]+)(?:/(code|invocations))?)?/?$`).exec(pathname) ?? []
    const name = nameOf(decodeURIComponent(encoded))
    if (call.method === 'POST' && what === 'invocations') {
      await settled()
      return invocation(functions, name, call)
    }
    const uploads = call.method === 'POST' && pathname.replace(/\/$/, '') === PREFIX
    if (!uploads && !(call.method === 'PUT' && what === 'code')) return undefined
    const request = JSON.parse(call.body.toString()) as {
      FunctionName?: string
      Code?: Record<string, string>
      ZipFile?: string
      DryRun?: boolean
    }
    const zip = uploads ? request.Code?.ZipFile : request.ZipFile
    if (zip === undefined)
      return failure(400, 'InvalidParameterValueException', 'the emulator does not implement code that is not in the call: give ZipFile')
    const answer = await forward()
    if (answer.status < 300 && request.DryRun !== true)
      functions.uploaded(uploads ? nameOf(request.FunctionName ?? '') : name, Buffer.from(zip, 'base64'))
    return answer
  }
}

async function invocation(functions: Functions, name: string, { headers, body }: Call): Promise<Answer> {
  const type = headers['x-amz-invocation-type'] ?? 'RequestResponse'
  if (type === 'DryRun') return { status: 204, headers: {}, body: Buffer.alloc(0) }
  const invoked = functions.invoke(name, body.toString() || '{}')
  if (type === 'Event') {
    // nobody is told how it ended but the function's log
    invoked.catch(() => {})
    return { status: 202, headers: {}, body: Buffer.alloc(0) }
  }
  try {
    const { status, functionError, body: payload, logTail } = await invoked
    return {
      status,
      headers: {
        'content-type': 'application/json',
        ...(status < 400 ? { 'x-amz-executed-version': '$LATEST' } : { 'x-amzn-errortype': errorType(payload) }),
        ...(functionError === undefined ? {} : { 'x-amz-function-error': functionError }),
        ...(headers['x-amz-log-type'] === 'Tail' ? { 'x-amz-log-result': logTail } : {}),
      },
      body: Buffer.from(payload),
    }
  } catch (error) {
    return failure(400, 'InvalidRuntimeException', error instanceof Error ? error.message : String(error))
  }
}

function errorType(payload: string): string {
  const { __type: type } = JSON.parse(payload) as { __type?: unknown }
  return typeof type === 'string' ? type : 'ServiceException'
}

/** A function's name, also out of its ARN. */
function nameOf(reference: string): string {
  return /(?:^|:)function:([^:]+)/.exec(reference)?.[1] ?? reference.split(':')[0] ?? reference
}

function failure(status: number, type: string, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
    body: Buffer.from(JSON.stringify({ Type: 'User', Message: message, message })),
  }
}
