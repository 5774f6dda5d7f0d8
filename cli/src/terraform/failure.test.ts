import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ConflictError } from '../errors.ts'
import { systemClock } from '../system/clock.ts'
import type { Run } from '../system/run.ts'
import { failureOf, isPassing, type Phase, type TerraformFailure, toError } from './failure.ts'
import { runStream } from './stream.ts'

async function replay(name: string, phase: Phase, exitCode = 1, signal?: AbortSignal): Promise<TerraformFailure | null> {
  const run: Run = async (_command, _args, { onLine }) => {
    for (const line of readFileSync(new URL(`fixtures/${name}.terraform-1.11.4.jsonl`, import.meta.url), 'utf8').split('\n')) onLine?.(line)
    return { exitCode, stdout: '', stderr: '' }
  }
  const engine = { command: 'terraform', product: 'terraform', version: '1.11.4', platform: 'linux_amd64' } as const
  const dependencies = { run, clock: systemClock, engine, variables: {}, redact: (text: string) => text }
  return failureOf(phase, await runStream(dependencies, [], { directory: '/', ...(signal === undefined ? {} : { signal }) }))
}

describe('failureOf', () => {
  test('names the resource, the reason and the last lines', async () => {
    const failure = await replay('apply-failed', 'apply')
    expect(failure).toMatchObject({ phase: 'apply', kind: 'already-exists', resource: 'aws_iam_role.task', lock: null })
    expect(failure?.message).toBe(
      'creating IAM Role (shop-calm-otter-task): CreateRole: EntityAlreadyExists: Role with name shop-calm-otter-task already exists.',
    )
    expect(failure?.lines.join('\n')).toContain('EntityAlreadyExists')
  })

  test('says who holds the lock', async () => {
    const failure = await replay('lock-conflict-s3', 'destroy')
    expect(failure?.lock).toMatchObject({
      id: '3f6c2f6e-0c0b-9d1a-6a3e-0b9c2b1f7d55',
      who: 'ci@runner-7',
      created: '2026-11-21T07:00:00.123Z',
    })
    const error = toError(failure as TerraformFailure, 'env calm-otter')
    expect(error).toBeInstanceOf(ConflictError)
    expect(error.message).toMatch(/^could not destroy env calm-otter: ci@runner-7 has held the state lock since 2026-11-21T07:00:00.123Z/)
  })

  test('knows a missing bucket, a stale plan and an interruption', async () => {
    expect(await replay('bucket-missing', 'init')).toMatchObject({
      kind: 'bucket-missing',
      hint: 'make the state bucket with: devtool bootstrap',
    })
    expect(await replay('stale-plan', 'apply')).toMatchObject({ kind: 'stale-plan' })
    const failure = await replay('interrupt', 'apply', 130, AbortSignal.abort())
    expect(failure).toMatchObject({ kind: 'interrupted' })
    expect(toError(failure as TerraformFailure, 'env x')).toMatchObject({ exitCode: 130, kind: 'cancelled' })
  })

  test('is null for what went well', async () => {
    expect(await replay('apply-ok', 'apply', 0)).toBeNull()
    expect(await replay('plan-replace', 'plan', 2)).toBeNull()
  })

  test('says so when the engine died without a word', async () => {
    expect(await replay('apply-ok', 'apply', 137)).toMatchObject({
      kind: 'other',
      message: 'the engine was killed (out of memory, or SIGKILL)',
    })
  })
})

test('isPassing: only what goes away by itself [31]', async () => {
  const failure = (await replay('stale-plan', 'apply')) as TerraformFailure
  expect(isPassing(failure)).toBe(false)
  for (const kind of ['dependency', 'throttled'] as const) expect(isPassing({ ...failure, kind })).toBe(true)
})
