import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { modulesWithTests, readTestOutput } from './terraform-tests.mjs'
import { readReport } from './vitest-report.mjs'

let folder
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'devtool-reports-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the report of vitest', () => {
  const read = (testResults, status) => {
    const file = path.join(folder, 'report.json')
    writeFileSync(file, JSON.stringify({ testResults }))
    return readReport(file, status)
  }
  const result = (status) => ({ status, fullName: status })

  test('counts', () => {
    const assertionResults = [result('passed'), result('passed'), result('failed'), result('skipped'), result('todo')]
    expect(read([{ name: 'a.test.ts', status: 'failed', assertionResults }], 1)).toMatchObject({ passed: 2, failed: 1, skipped: 2 })
  })
  test('a file that cannot be loaded is a failure', () =>
    expect(read([{ name: 'a.test.ts', status: 'failed', assertionResults: [] }], 1)).toMatchObject({ passed: 0, failed: 1 }))
  test('an unhandled error is a failure', () =>
    expect(read([{ name: 'a.test.ts', status: 'passed', assertionResults: [result('passed')] }], 1)).toMatchObject({
      passed: 1,
      failed: 1,
    }))
  test('no report is a failure', () => expect(readReport(path.join(folder, 'none.json'), 1)).toMatchObject({ passed: 0, failed: 1 }))
})

describe('the output of terraform test', () => {
  test('counts, and says what failed and where', () => {
    // terraform 1.11.4
    const lines = [
      '{"@level":"info","@message":"Terraform 1.11.4","type":"version","terraform":"1.11.4","ui":"1.2"}',
      '{"@level":"error","@testfile":"tests/a.tftest.hcl","@testrun":"name","diagnostic":{"severity":"error","summary":"Invalid value for variable","detail":"too long","range":{"filename":"variables.tf","start":{"line":3}}},"type":"diagnostic"}',
      '{"@level":"info","test_summary":{"status":"fail","passed":3,"failed":1,"errored":1,"skipped":2},"type":"test_summary"}',
    ]
    expect(readTestOutput(lines.join('\n'))).toEqual({
      passed: 3,
      failed: 2,
      skipped: 2,
      complaints: ['tests/a.tftest.hcl "name": variables.tf:3: Invalid value for variable: too long'],
    })
  })
  test('text that is no JSON is kept', () => expect(readTestOutput('Error: broken\n').complaints).toEqual(['Error: broken']))
  test('modules without tests are left out', () => expect(modulesWithTests(path.join(folder, 'none'))).toEqual([]))
})
