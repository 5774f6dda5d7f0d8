import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateFunctionCommand, type CreateFunctionCommandInput, LambdaClient, type Runtime } from '@aws-sdk/client-lambda'
import { ZipFile } from 'yazl'
import { type Emulator, startEmulator } from '../../emulator.ts'
import { createAuthority } from '../certificates.ts'
import type { AgentPorts, Authority, Functions, Route } from '../ports.ts'
import { createFunctions } from './functions.ts'

type Settings = Partial<CreateFunctionCommandInput>

/** Functions of an emulator that a test writes down. */
export interface FunctionBench {
  emulator: Emulator
  folder: string
  authority: Authority
  lambda: LambdaClient
  functions: Functions
  /** What every function reaches. */
  routes: Route[]
  /** The interfaces that were asked for. */
  asked: (readonly string[])[]
  upload(files: Record<string, string>, settings?: Settings): Promise<string>
  outcome(files: Record<string, string>, settings?: Settings): Promise<Outcome>
  close(): Promise<void>
}

interface Outcome {
  status: number
  functionError?: string
  // biome-ignore lint/suspicious/noExplicitAny: what a function answers
  body: any
  log: string
}

export async function zip(files: Record<string, string>): Promise<Buffer> {
  const archive = new ZipFile()
  for (const [name, text] of Object.entries(files)) archive.addBuffer(Buffer.from(text), name)
  archive.end()
  const chunks: Buffer[] = []
  for await (const chunk of archive.outputStream) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks)
}

/** An `index.js` with a handler of that body. */
export const handler = (body: string): Record<string, string> => ({ 'index.js': `exports.handler = async (event, context) => { ${body} }` })

const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
}

export async function createFunctionBench(): Promise<FunctionBench> {
  const emulator = await startEmulator()
  const folder = mkdtempSync(path.join(tmpdir(), 'devtool-functions-'))
  const authority = await createAuthority(path.join(folder, 'authority'))
  const config = { endpoint: emulator.url, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
  const lambda = new LambdaClient(config)
  const role = await new IAMClient(config).send(new CreateRoleCommand({ RoleName: 'f', AssumeRolePolicyDocument: JSON.stringify(trust) }))
  const [routes, asked]: [Route[], (readonly string[])[]] = [[], []]
  const functions = createFunctions({
    ...{ clients: { lambda } as AgentPorts['clients'], region: 'us-east-1', endpoint: emulator.url, folder, authority },
    functionNetwork: (subnets, groups) => {
      asked.push([...subnets, ...groups])
      return routes
    },
  })
  let uploads = 0

  const upload = async (files: Record<string, string>, settings: Settings = {}): Promise<string> => {
    const archive = await zip(files)
    uploads += 1
    const name = `f-${uploads}`
    const basic = {
      FunctionName: name,
      Role: role.Role?.Arn,
      Runtime: 'nodejs22.x' as Runtime,
      Handler: 'index.handler',
      Code: { ZipFile: archive },
    }
    await lambda.send(new CreateFunctionCommand({ ...basic, ...settings }))
    functions.uploaded(name, archive)
    return name
  }

  return {
    ...{ emulator, folder, authority, lambda, functions, routes, asked, upload },
    outcome: async (files, settings) => {
      const { body, logTail, ...rest } = await functions.invoke(await upload(files, settings), '{"a":1}')
      return { ...rest, body: JSON.parse(body), log: Buffer.from(logTail, 'base64').toString() }
    },
    close: async () => {
      await functions.stop()
      await emulator.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
