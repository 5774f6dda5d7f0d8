import { describe, expect, test } from 'vitest'
import { type TestContext, testContext } from '../../tests/support/context.ts'
import { ToolError } from '../errors.ts'
import { lastSweep, noteSweep } from '../registry/sweep.ts'
import { examineSweep } from './examine-sweep.ts'
import type { Finding } from './finding.ts'
import { openProject } from './project.ts'
import { recordSweep } from './record-sweep.ts'

const HOUR = 3_600_000

async function withPreview(): Promise<TestContext> {
  const stage = await testContext()
  await stage.run('env', 'create', 'calm-otter')
  await stage.run('env', 'apply', 'calm-otter')
  return stage
}

async function examined({ context }: TestContext): Promise<Finding[]> {
  return examineSweep(context, await openProject(context))
}

describe('doctor says of the sweep', () => {
  test('nothing, where there is nothing to sweep', async () => {
    expect(await examined(await testContext())).toEqual([])
  })

  test('that none has run yet', async () => {
    expect(await examined(await withPreview())).toMatchObject([
      { ok: true, detail: 'none has run yet', fix: expect.stringContaining('60 days') },
    ])
  })

  test('that it runs', async () => {
    const stage = await withPreview()
    await noteSweep(stage.store, stage.context.clock)
    stage.clock.time += HOUR / 2
    expect(await examined(stage)).toEqual([{ check: 'sweep', ok: true, detail: 'the last one was 30 min ago', fix: null }])
  })

  test('that it has not run for long: a warning, which no check fails for [15]', async () => {
    const stage = await withPreview()
    await noteSweep(stage.store, stage.context.clock)
    stage.clock.time += 3 * HOUR
    expect(await examined(stage)).toMatchObject([
      { ok: true, detail: 'the last one was 3 h ago', fix: expect.stringContaining('env sync --all') },
    ])
  })

  test('that it ran, also when it only looked, as the schedule does; a look by hand is no sweep', async () => {
    const stage = await withPreview()
    const project = await openProject(stage.context)
    await recordSweep(stage.context, project, { dryRun: true })
    expect(await lastSweep(stage.store)).toBeUndefined()
    const variables = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '7' }
    await recordSweep({ ...stage.context, variables }, project, { dryRun: true })
    expect(await examined(stage)).toMatchObject([{ detail: 'the last one was 0 min ago' }])
    stage.clock.time += HOUR
    await recordSweep(stage.context, project, { dryRun: false })
    expect(await examined(stage)).toMatchObject([{ detail: 'the last one was 0 min ago' }])
    stage.store.put = async () => Promise.reject(new ToolError('access denied'))
    await recordSweep(stage.context, project, { dryRun: false })
  })

  test('nothing certain, where the note cannot be read', async () => {
    const stage = await withPreview()
    await stage.store.put('registry/sweep.json', 'no')
    expect(await examined(stage)).toMatchObject([{ detail: 'none has run yet' }])
    stage.store.get = async () => Promise.reject(new ToolError('access denied'))
    expect(await examined(stage)).toEqual([
      { check: 'sweep', ok: true, detail: 'when the last one was is not known: access denied', fix: null },
    ])
  })
})
