import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseEvent, type TerraformEvent } from './events.ts'
import { advance, describeProgress, noProgress, type Progress, viewProgress } from './progress.ts'

function events(name: string): TerraformEvent[] {
  const lines = readFileSync(new URL(`fixtures/${name}.terraform-1.11.4.jsonl`, import.meta.url), 'utf8').split('\n')
  return lines.map((line) => parseEvent(line, (text) => text, 0)).filter((event) => event !== undefined)
}

const play = (list: TerraformEvent[]): Progress => list.reduce(advance, noProgress)

describe('advance', () => {
  test.each([
    ['apply-ok', { add: 3, change: 0, destroy: 0, import: 0 }],
    ['apply-aws', { add: 3, change: 0, destroy: 0, import: 0 }],
    ['apply-saved-plan', { add: 1, change: 2, destroy: 1, import: 0 }],
    ['destroy-ok', { add: 0, change: 0, destroy: 3, import: 0 }],
    ['destroy-aws', { add: 0, change: 0, destroy: 3, import: 0 }],
  ])('%s: counts as Terraform itself does', (name, counts) => {
    const list = events(name)
    const progress = play(list)
    expect(progress.done).toEqual(counts)
    expect(list.findLast((event) => event.type === 'summary')).toMatchObject({ counts })
    expect(progress.phase).toBe('finished')
    const view = viewProgress(progress, 0)
    expect([view.finished, view.running]).toEqual([view.total, []])
  })

  test('counts what was done before a failure, of which Terraform prints nothing [F9]', () => {
    const progress = play(events('apply-failed'))
    expect(progress.done).toEqual({ add: 1, change: 0, destroy: 0, import: 0 })
    expect(progress.planned?.add).toBe(3)
    expect(viewProgress(progress, 0)).toMatchObject({ finished: 1, total: 3, errored: ['aws_iam_role.task'] })
    expect(progress.resources['aws_cloudwatch_log_group.services']).toMatchObject({ status: 'done', id: 'shop-calm-otter' })
  })

  test('says what is running and for how long, by the clock of the reader', () => {
    const list = events('interrupt')
    const running = play(
      list.slice(
        0,
        list.findIndex((event) => event.type === 'progress'),
      ),
    )
    const since = running.resources['terraform_data.slow']?.at ?? 0
    const view = viewProgress(running, since + 42_000)
    expect(view).toMatchObject({ phase: 'applying', finished: 1, total: 3, running: [{ address: 'terraform_data.slow', seconds: 42 }] })
    expect(describeProgress(view)).toBe('1 of 3 done, creating terraform_data.slow (42 s)')
  })

  test('a replacement is done after both of its steps, whichever comes first', () => {
    const step = { address: 'a.b', resourceType: 'a' } as const
    const plan: TerraformEvent = { type: 'planned', at: 1, ...step, action: 'replace', reason: null, importing: false }
    for (const order of [['create', 'delete'] as const, ['delete', 'create'] as const]) {
      let progress = advance(noProgress, plan)
      progress = advance(progress, { type: 'completed', at: 2, ...step, action: order[0], id: null })
      expect(viewProgress(progress, 2).finished).toBe(0)
      progress = advance(progress, { type: 'completed', at: 3, ...step, action: order[1], id: null })
      expect(viewProgress(progress, 3).finished).toBe(1)
      expect(progress.done).toMatchObject({ add: 1, destroy: 1 })
    }
  })

  test('is pure', () => {
    const list = events('apply-aws')
    expect(play(list)).toEqual(play(list))
    expect(noProgress.resources).toEqual({})
  })
})
