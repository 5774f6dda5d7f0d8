import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../../../support/toolchain.ts'
import { createFunctionBench, type FunctionBench, handler } from './testing.ts'

describeWith(['emulator'], 'functions that fail', () => {
  let bench: FunctionBench
  beforeAll(async () => {
    bench = await createFunctionBench()
  })
  afterAll(() => bench?.close())

  test.each([
    [
      'an error',
      handler("throw new TypeError('no\\nway')"),
      { errorType: 'TypeError', errorMessage: 'no\nway', trace: expect.arrayContaining([expect.stringContaining('at exports.handler')]) },
    ],
    ['something else', handler("throw 'no'"), { errorType: 'string', errorMessage: 'no', trace: [] }],
    [
      'an error in the background',
      handler("setTimeout(() => { throw new RangeError('late') }); await new Promise(() => setInterval(() => {}, 1000))"),
      { errorType: 'RangeError', errorMessage: 'late' },
    ],
    [
      'a rejection that nobody hears',
      handler("Promise.reject(new Error('unheard')); await new Promise(() => setInterval(() => {}, 1000))"),
      { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Error: unheard' },
    ],
    ['an error while it is loaded', { 'index.js': "throw new Error('early')" }, { errorType: 'Error', errorMessage: 'early' }],
    [
      'no such file',
      { 'other.js': '' },
      { errorType: 'Runtime.ImportModuleError', errorMessage: expect.stringContaining("Cannot find module 'index'") },
    ],
    [
      'no such function',
      { 'index.js': '' },
      { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.handler is undefined or not exported' },
    ],
    ['no JavaScript', { 'index.js': 'exports.handler = (' }, { errorType: 'Runtime.UserCodeSyntaxError' }],
    [
      'an answer that is no JSON',
      handler('const a = {}; a.a = a; return a'),
      { errorType: 'Runtime.MarshalError', errorMessage: 'Unable to stringify response body' },
    ],
    [
      'its own end',
      handler('process.exit(3)'),
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/^RequestId: [\w-]+ Error: Runtime exited with error: exit status 3$/),
      },
    ],
    [
      'its own quiet end',
      handler('process.exit(0)'),
      { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/Runtime exited without providing a reason$/) },
    ],
    ['an answer that is too large', handler("return 'x'.repeat(7000000)"), { errorType: 'Function.ResponseSizeTooLarge' }],
  ])('fails: %s', async (_, files, expected) => {
    const { body, status, functionError } = await bench.outcome(files as Record<string, string>)
    expect([status, functionError]).toEqual([200, 'Unhandled'])
    expect(body).toMatchObject(expected)
  })

  test.each([
    ['one that waits', 'console.log("waiting"); await new Promise(() => setInterval(() => {}, 1000))'],
    ['one that spins', 'console.log("waiting"); for (;;);'],
  ])('the time limit ends %s', async (_, code) => {
    const { body, functionError, log } = await bench.outcome(handler(code), { Timeout: 1 })
    expect(functionError).toBe('Unhandled')
    expect(body).toEqual({ errorMessage: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z [\w-]{36} Task timed out after 1\.00 seconds$/) })
    expect(log).toContain(body.errorMessage)
    expect(log).toContain('waiting')
  })

  test('the memory limit ends one that takes more', async () => {
    const { body } = await bench.outcome(handler('const all = []; for (;;) all.push(new Array(10000).fill(all.length))'), {
      MemorySize: 128,
      Timeout: 30,
    })
    expect(body).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('Runtime exited with error: signal: aborted'),
    })
  })
})
