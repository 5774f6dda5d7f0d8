import { createHash, randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import {
  type FunctionConfiguration,
  GetFunctionCommand,
  type GetFunctionCommandOutput,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda'
import type { RunningProcess } from '../../../../src/machine/process.ts'
import { root } from '../../../support/toolchain.ts'
import { accountVariables, programPath } from '../container/runtime.ts'
import type { AgentPorts, Functions, Invocation } from '../ports.ts'
import { type Outcome, runFunction } from './process.ts'
import { readZip } from './zip.ts'

type Ports = Pick<AgentPorts, 'clients' | 'region' | 'endpoint' | 'folder' | 'authority' | 'functionNetwork'>

/** Where the runtime has the authorities of RDS; from nodejs20 on a function is told to read it. */
const RUNTIME_AUTHORITIES = '/var/runtime/ca-cert.pem'
const LOG_TAIL = 4096
const LARGEST_RESPONSE = 6 * 1024 * 1024

/** Executes what was uploaded, each invocation in a process of its own. */
export function createFunctions(ports: Ports): Functions {
  const folder = path.join(ports.folder, 'functions')
  const modules = makeRuntimeModules(folder)
  chmodSync(ports.folder, 0o711)
  const uploads = new Map<string, Buffer>()
  const running = new Set<RunningProcess>()

  const invoke = async (name: string, payload: string): Promise<Invocation> => {
    const found = await find(ports, name)
    if ('status' in found) return found
    const configuration = found.Configuration ?? {}
    const fault = unknownTo(configuration) ?? payloadFault(payload)
    if (fault !== undefined) return fault
    const zip = uploads.get(configuration.FunctionName ?? '')
    const sha = zip === undefined ? undefined : createHash('sha256').update(zip).digest('base64')
    if (zip === undefined || sha !== configuration.CodeSha256) {
      return refusal(
        'InvalidParameterValueException',
        `the emulator has not seen the code of ${configuration.FunctionName}: ${configuration.CodeSha256}`,
      )
    }
    const requestId = randomUUID()
    const outcome = await runFunction(
      {
        folder,
        task: unpack(folder, zip),
        reads: [...modules, ports.authority.file],
        handler: configuration.Handler ?? '',
        environment: environmentFor(ports, configuration),
        memoryMiB: configuration.MemorySize ?? 128,
        timeoutMs: (configuration.Timeout ?? 3) * 1000,
        routes: ports.functionNetwork(configuration.VpcConfig?.SubnetIds ?? [], configuration.VpcConfig?.SecurityGroupIds ?? []),
        api: Number(new URL(ports.endpoint).port),
        context: contextFor(configuration, requestId),
        event: payload === '' ? 'null' : payload,
      },
      running,
    )
    return answer(configuration, requestId, outcome)
  }

  return {
    invoke,
    uploaded: (name, zip) => void uploads.set(name, zip),
    stop: async () => {
      await Promise.all([...running].map((child) => child.stop(0)))
    },
  }
}

function refusal(type: string, message: string, status = 400): Invocation {
  return { status, body: JSON.stringify({ __type: type, Type: 'User', Message: message, message }), logTail: '' }
}

async function find(ports: Ports, name: string): Promise<GetFunctionCommandOutput | Invocation> {
  try {
    return await ports.clients.lambda.send(new GetFunctionCommand({ FunctionName: name }))
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return refusal('ResourceNotFoundException', `Function not found: ${name}`, 404)
    throw error
  }
}

/** What of a function the emulator cannot do, said aloud. */
function unknownTo(configuration: FunctionConfiguration): Invocation | undefined {
  const {
    Runtime: runtime = '',
    PackageType: type = 'Zip',
    Layers: layers = [],
    FileSystemConfigs: mounts = [],
    ImageConfigResponse: image,
  } = configuration
  const what =
    type !== 'Zip' || image !== undefined
      ? `a function of package type ${type}`
      : !/^nodejs\d+\.x$/.test(runtime)
        ? `runtime ${runtime}`
        : layers.length > 0
          ? 'layers'
          : mounts.length > 0
            ? 'file systems'
            : undefined
  return what === undefined
    ? undefined
    : refusal('InvalidParameterValueException', `the emulator does not implement ${what} (${configuration.FunctionName})`)
}

function payloadFault(payload: string): Invocation | undefined {
  try {
    if (payload !== '') JSON.parse(payload)
    return undefined
  } catch (error) {
    return refusal(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${error instanceof Error ? error.message : error}`,
    )
  }
}

/** The SDK is beside the code of every function, as the runtime offers it, and nothing else of this repository is. */
function makeRuntimeModules(folder: string): string[] {
  const modules = path.join(folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  chmodSync(folder, 0o755)
  const scopes = ['@aws-sdk', '@smithy'].map((scope) => path.join(root, 'node_modules', scope)).filter((scope) => existsSync(scope))
  for (const scope of scopes) symlinkSync(scope, path.join(modules, path.basename(scope)))
  return scopes
}

/** The folder of the unpacked archive; the same bytes are unpacked once. */
function unpack(folder: string, zip: Buffer): string {
  const task = path.join(folder, createHash('sha256').update(zip).digest('hex'), 'task')
  if (existsSync(task)) return task
  const entries = readZip(zip)
  for (const { name, content, mode } of entries) {
    const file = path.join(task, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, content, { mode: 0o600 })
    chmodSync(file, mode)
  }
  return task
}

function environmentFor(ports: Ports, configuration: FunctionConfiguration): Record<string, string> {
  const { FunctionName: name = '', Runtime: runtime = '', MemorySize: memory = 128 } = configuration
  const own = { ...configuration.Environment?.Variables }
  // up to nodejs18 the runtime reads it without being told
  if (/^nodejs(1\d|\d)\.x$/.test(runtime)) own['NODE_EXTRA_CA_CERTS'] ??= RUNTIME_AUTHORITIES
  if (own['NODE_EXTRA_CA_CERTS'] === RUNTIME_AUTHORITIES) own['NODE_EXTRA_CA_CERTS'] = ports.authority.file
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...own,
    ...accountVariables(ports),
    PATH: programPath,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    _HANDLER: configuration.Handler ?? '',
  }
}

function contextFor(
  { FunctionName: name = '', FunctionArn: arn = '', MemorySize: memory = 128, LoggingConfig: logging }: FunctionConfiguration,
  id: string,
) {
  return {
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: arn,
    memoryLimitInMB: String(memory),
    awsRequestId: id,
    logGroupName: logging?.LogGroup ?? `/aws/lambda/${name}`,
    logStreamName: `[$LATEST]${id.replaceAll('-', '')}`,
  }
}

function answer(configuration: FunctionConfiguration, id: string, outcome: Outcome): Invocation {
  const { result, timedOut, exit, milliseconds } = outcome
  const duration = `Duration: ${milliseconds}.00 ms\tBilled Duration: ${milliseconds} ms\tMemory Size: ${configuration.MemorySize ?? 128} MB`
  const late = `${new Date().toISOString()} ${id} Task timed out after ${(configuration.Timeout ?? 3).toFixed(2)} seconds`
  const log = [`START RequestId: ${id} Version: $LATEST`, ...outcome.lines, ...(timedOut ? [late, ''] : []), `END RequestId: ${id}`]
  const logTail = Buffer.from([...log, `REPORT RequestId: ${id}\t${duration}\t\n`].join('\n'))
    .subarray(-LOG_TAIL)
    .toString('base64')
  const failed = (body: object): Invocation => ({ status: 200, functionError: 'Unhandled', body: JSON.stringify(body), logTail })

  if (timedOut) return failed({ errorMessage: late })
  if (result === undefined) {
    const how =
      exit.signal === null
        ? `exit status ${exit.code}`
        : `signal: ${exit.signal === 'SIGKILL' ? 'killed' : exit.signal === 'SIGABRT' ? 'aborted' : exit.signal}`
    const reason = exit.code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${how}`
    return failed({ errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${id} Error: ${reason}` })
  }
  const size = Buffer.byteLength(result.body)
  if (size > LARGEST_RESPONSE) {
    const errorMessage = `Response payload size (${size} bytes) exceeded maximum allowed payload size (${LARGEST_RESPONSE} bytes).`
    return failed({ errorType: 'Function.ResponseSizeTooLarge', errorMessage })
  }
  return { status: 200, ...(result.failed ? { functionError: 'Unhandled' } : {}), body: result.body, logTail }
}
