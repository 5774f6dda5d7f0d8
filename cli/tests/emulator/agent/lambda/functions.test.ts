import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { DeleteFunctionCommand, type Runtime } from '@aws-sdk/client-lambda'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../support/toolchain.ts'
import { createFunctionBench, type FunctionBench, handler, zip } from './testing.ts'

describeWith(['emulator'], 'functions', () => {
  let bench: FunctionBench
  beforeAll(async () => {
    bench = await createFunctionBench()
    const config = { endpoint: bench.emulator.url, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
    await new SecretsManagerClient(config).send(new CreateSecretCommand({ Name: 'greeting', SecretString: 'hello' }))
  })
  afterAll(() => bench?.close())

  test('runs the code that was uploaded, configured as it was', async () => {
    const files = handler(
      "console.log('one\\ntwo', { b: 2 }); return { event, variable: process.env.COLOR, name: context.functionName, left: context.getRemainingTimeInMillis() > 4000 }",
    )
    const { body, log, ...rest } = await bench.outcome(files, { Environment: { Variables: { COLOR: 'red' } }, Timeout: 5, MemorySize: 256 })
    expect(rest).toEqual({ status: 200 })
    expect(body).toEqual({ event: { a: 1 }, variable: 'red', name: expect.stringMatching(/^f-/), left: true })
    expect(log).toMatch(
      /^START RequestId: [\w-]+ Version: \$LATEST\n[\dT:.-]+Z\t[\w-]+\tINFO\tone\rtwo \{ b: 2 \}\nEND RequestId: [\w-]+\nREPORT RequestId: .*Memory Size: 256 MB\t\n$/,
    )
  })

  test.each([
    ['an ES module', { 'src/app.mjs': 'export const handler = async () => import.meta.url.startsWith("file:")' }, 'src/app.handler', true],
    ['a nested function', { 'app.js': 'exports.a = { b: async () => "deep" }' }, 'app.a.b', 'deep'],
    [
      'a callback',
      { 'app.js': 'exports.f = (event, context, callback) => { setTimeout(() => callback(null, "later"), 10) }' },
      'app.f',
      'later',
    ],
    ['nothing', { 'app.js': 'exports.f = async () => {}' }, 'app.f', null],
    [
      'a package of its own',
      { 'app.js': 'exports.f = async () => require("x")', 'node_modules/x/index.js': 'module.exports = "x"' },
      'app.f',
      'x',
    ],
    [
      'the SDK of the runtime, against the API',
      {
        'app.js':
          'const { SecretsManager } = require("@aws-sdk/client-secrets-manager"); exports.f = async () => (await new SecretsManager({}).getSecretValue({ SecretId: "greeting" })).SecretString',
      },
      'app.f',
      'hello',
    ],
  ])('handlers: %s', async (_, files, Handler, expected) => {
    const { body, functionError } = await bench.outcome(files as Record<string, string>, { Handler, Timeout: 10 })
    expect([body, functionError]).toEqual([expected, undefined])
  })

  test('nothing else of this repository is there', async () => {
    const { body } = await bench.outcome(handler('return require("pg")'))
    expect(body).toMatchObject({ errorType: 'Error', errorMessage: expect.stringContaining("Cannot find module 'pg'") })
  })

  test('of a long log the end is kept', async () => {
    const { log } = await bench.outcome(handler('for (let i = 0; i < 500; i += 1) console.log(`line ${i}`)'))
    expect(Buffer.byteLength(log)).toBe(4096)
    expect(log).toContain('line 499')
    expect(log).not.toContain('line 1\n')
  })

  test('its network is that of its interfaces', async () => {
    const server = createServer((_, response) => response.end('inside'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    bench.routes.push(
      { host: 'web.example.com', port: 80, to: { port: (server.address() as AddressInfo).port } },
      { host: 'db.example.com', port: 5432, to: 'timeout' },
    )
    try {
      bench.asked.length = 0
      const code =
        "return [await (await fetch('http://web.example.com/')).text(), await fetch('http://db.example.com:5432/').catch((error) => error.cause.code), await fetch('http://example.com/').catch((error) => error.cause.code)]"
      expect((await bench.outcome(handler(code))).body).toEqual(['inside', 'ETIMEDOUT', 'ENOTFOUND'])
      expect(bench.asked).toEqual([[]])
    } finally {
      bench.routes.length = 0
      server.close()
    }
  })

  test.each([
    ['told to', 'nodejs22.x', { NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem' }, true],
    ['not told to', 'nodejs22.x', {}, false],
    ['an old runtime', 'nodejs18.x', {}, true],
  ])('it trusts the authorities of RDS: %s', async (_, Runtime, Variables, expected) => {
    const settings = { Runtime: Runtime as Runtime, Environment: { Variables: Variables as Record<string, string> } }
    const { body } = await bench.outcome(handler('return process.env.NODE_EXTRA_CA_CERTS ?? null'), settings)
    expect(body).toBe(expected ? bench.authority.file : null)
  })

  test.each([['another language', { Runtime: 'python3.12' as Runtime }, 'the emulator does not implement runtime python3.12']])(
    'refused: %s',
    async (_, settings, message) => {
      const { body, status } = await bench.outcome(handler('return 1'), settings)
      expect([status, body]).toEqual([
        400,
        expect.objectContaining({ __type: 'InvalidParameterValueException', message: expect.stringContaining(message) }),
      ])
    },
  )

  test('code that the gateway has not seen is not run', async () => {
    const name = await bench.upload(handler('return 1'))
    bench.functions.uploaded(name, await zip(handler('return 2')))
    const { status, body } = await bench.functions.invoke(name, '{}')
    expect([status, body]).toEqual([400, expect.stringContaining(`the emulator has not seen the code of ${name}`)])
  })

  test('a payload that is no JSON, a function that is not there', async () => {
    const name = await bench.upload(handler('return event'))
    expect(JSON.parse((await bench.functions.invoke(name, '{"a":')).body)).toMatchObject({ __type: 'InvalidRequestContentException' })
    await bench.lambda.send(new DeleteFunctionCommand({ FunctionName: name }))
    const { status, body } = await bench.functions.invoke(name, '{}')
    expect([status, JSON.parse(body).__type]).toEqual([404, 'ResourceNotFoundException'])
  })

  test('nothing of an invocation stays', async () => {
    await bench.outcome(handler('return 1'))
    expect(readdirSync(path.join(bench.folder, 'functions')).filter((name) => name.startsWith('invocation-'))).toEqual([])
    expect(readFileSync(bench.authority.file, 'utf8')).toContain('BEGIN CERTIFICATE')
  })
})
