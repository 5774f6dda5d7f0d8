import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../system/clock.ts'
import { systemFiles } from '../system/files.ts'
import type { Run, RunOptions } from '../system/run.ts'
import { createTerraform, type Outcome, type Terraform } from './driver.ts'
import type { TerraformEvent } from './events.ts'

const recorded = (name: string): string[] =>
  readFileSync(new URL(`fixtures/${name}.terraform-1.11.4.jsonl`, import.meta.url), 'utf8').split('\n')

function terraformBy(run: Run): Terraform {
  const engine = { command: 'terraform', product: 'terraform', version: '1.11.4', platform: 'linux_amd64' } as const
  const processes = { self: () => Promise.reject(new Error('not asked')), ended: async () => false }
  return createTerraform({ run, files: systemFiles, clock: systemClock, engine, variables: {}, processes })
}

interface Replay {
  outcome: Outcome
  events: TerraformEvent[]
  child: RunOptions | undefined
}

/** An apply by an engine that says these lines. */
async function replay(lines: readonly string[], { exitCode = 1, stderr = '' } = {}): Promise<Replay> {
  const events: TerraformEvent[] = []
  let child: RunOptions | undefined
  const terraform = terraformBy(async (_command, _args, options) => {
    child = options
    for (const line of lines) options.onLine?.(line)
    return { exitCode, stdout: '', stderr }
  })
  const outcome = await terraform.apply({ directory: '/nowhere', onEvent: (event) => events.push(event) })
  return { outcome, events, child }
}

describe('an engine that could save its state nowhere', () => {
  test('prints all of it, passwords too, and nothing of that comes through [F9]', async () => {
    const lines = recorded('state-dump')
    expect(lines.join()).toContain('hunter2-hunter2')
    const { outcome, events } = await replay(lines)
    expect(JSON.stringify([outcome, events])).not.toMatch(/hunter2|lineage|schema_version/)
    expect(outcome).toMatchObject({ ok: false, stateSaved: false, rescuedState: null, failure: { kind: 'state-not-saved' } })
  })

  test('prints it as people see it, where it is no JSON at all [F9]', async () => {
    const dump = recorded('state-dump').find((line) => line.includes('"state"')) ?? ''
    const pretty = JSON.stringify(JSON.parse(dump).state, null, 2).split('\n')
    const { outcome, events } = await replay([...recorded('state-dump').filter((line) => line !== dump), ...pretty])
    expect(pretty.join()).toContain('hunter2-hunter2')
    expect(JSON.stringify([outcome, events])).not.toMatch(/hunter2|lineage|schema_version/)
  })

  test('is told from one that saved it, and from one that was killed before it could [5][F9]', async () => {
    expect((await replay(recorded('apply-ok'), { exitCode: 0 })).outcome.stateSaved).toBe(true)
    expect((await replay(recorded('apply-failed'))).outcome.stateSaved).toBe(true)
    expect((await replay(recorded('apply-ok').slice(0, 9), { exitCode: 137 })).outcome.stateSaved).toBe(false)
  })
})

describe('a run that fails', () => {
  test('says no counts of its own: ours are what was done until then [F9]', async () => {
    const lines = recorded('apply-failed')
    expect(lines.filter((line) => line.includes('"change_summary"')).map((line) => JSON.parse(line).changes.operation)).toEqual(['plan'])
    const { outcome } = await replay(lines)
    expect(outcome).toMatchObject({ ok: false, changes: { add: 1, change: 0, destroy: 0 }, failure: { resource: 'aws_iam_role.task' } })
    expect(outcome.progress.planned).toMatchObject({ add: 3 })
  })

  test('without a word is a failure with its last lines, crash and stderr included [F9]', async () => {
    const crash = ['panic: runtime error: invalid memory address', 'goroutine 1 [running]:', '\tmain.main()']
    const { outcome } = await replay([...recorded('apply-ok').slice(0, 3), ...crash], { exitCode: 2, stderr: 'plugin crashed\n' })
    expect(outcome.failure).toMatchObject({ kind: 'other', lines: ['plugin crashed'] })
    expect(outcome.failure?.message).toContain('exit code 2 and gave no reason; last it said: plugin crashed')
  })
})

describe('a stream with strangers in it', () => {
  const strange = [
    '{"@level":"info","@message":"Lovely weather","type":"weather_report","ui":{"deep":[1]}}',
    'a provider that writes where it should not',
    '',
    '[1,2,3]',
    'null',
    '{"type":"apply_complete"}',
    '{"broken": ',
  ]

  test('is read to its end, and comes to the same [F9]', async () => {
    const lines = recorded('apply-ok')
    const mixed = lines.flatMap((line, index) => [line, strange[index % strange.length] ?? ''])
    const { outcome, events } = await replay(mixed, { exitCode: 0 })
    const { outcome: plain } = await replay(lines, { exitCode: 0 })
    expect({ ...outcome, progress: null }).toEqual({ ...plain, progress: null })
    expect(outcome.changes).toEqual({ add: 3, change: 0, destroy: 0, import: 0 })
    expect(events).toContainEqual(expect.objectContaining({ type: 'message', text: 'Lovely weather' }))
  })

  test('a format whose meaning may have changed ends the engine by one signal, and is refused [F9]', async () => {
    let aborted = 0
    const terraform = terraformBy(async (_command, _args, { onLine, interrupt }) => {
      interrupt?.addEventListener('abort', () => aborted++)
      onLine?.('{"@message":"Terraform 3","type":"version","terraform":"3.0.0","ui":"2.0"}')
      onLine?.('{"@message":"more","type":"log"}')
      return { exitCode: 1, stdout: '', stderr: '' }
    })
    await expect(terraform.apply({ directory: '/nowhere' })).rejects.toThrow('its -json format is version 2.0')
    expect(aborted).toBe(1)
  })
})

describe('a run that is stopped', () => {
  test('the engine is no part of our process group, so that the runner that stops us does not stop it twice [F6][1]', async () => {
    const { child } = await replay(recorded('apply-ok'), { exitCode: 0 })
    expect(child).toMatchObject({ ownGroup: true, interrupt: expect.any(AbortSignal) })
  })
})
