import fc from 'fast-check'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import { type DriftReport, driftMarker, renderDrift, renderDriftNote } from './drift-issue.ts'
import { renderPlanSummary } from './plan-summary.ts'

const html = (markdown: string): string =>
  micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] })
const HOSTILE = 'module.x["</td><img src=x onerror=alert(1)>|@acme/team ${{ secrets.A }}\n## `#1`"].aws_sqs_queue.this'
const id = 'a'.repeat(64)
const plan = { id, commit: 'c'.repeat(40), expiresAt: '2026-11-22T08:00:00.000Z' }
const report = (addresses: readonly string[]) => ({
  name: 'production',
  changes: { add: addresses.length, change: 0, destroy: 0 },
  resources: addresses.map((address) => ({ address, action: 'create' })),
  plan,
  apply: `devtool env apply production --plan ${id} --yes`,
})
const drift = (resources: DriftReport['resources']): DriftReport => ({
  name: 'production',
  resources,
  command: 'devtool env plan production --save',
  at: '2026-11-21T08:00:00.000Z',
  logUrl: 'https://github.com/acme/shop/actions/runs/1',
})

/** Two columns, nothing that was not written by us, and no mention. */
function expectCalm(markdown: string, rows: number): void {
  const page = html(markdown)
  expect(page.match(/<tr>/g)).toHaveLength(rows + 1)
  expect(page.match(/<t[dh]>/g)).toHaveLength(2 * (rows + 1))
  expect(page).not.toMatch(/<img|<a href="(?!https:\/\/github\.com\/acme\/shop)/)
  expect(markdown).not.toMatch(/@acme/)
}

describe('the summary of a plan', () => {
  test('counts, a table, the commit, and the command that applies it', () => {
    const text = renderPlanSummary(report(['aws_sqs_queue.mail']))
    expect(text).toContain('### Plan of `production`: **1** to add, **0** to change, **0** to destroy')
    expect(text).toContain('Until 2026-11-22 08:00 UTC exactly this is applied by')
    expectCalm(text, 1)
  })

  test('addresses hold anything', () => {
    expectCalm(renderPlanSummary(report([HOSTILE])), 1)
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }), (keys) => {
        expectCalm(renderPlanSummary(report(keys.map((key) => `a.b["${key}"]`))), keys.length)
      }),
    )
  })

  test('thousands of resources fit, and the rest is counted', () => {
    for (const letter of ['a', '@', '🦦']) {
      const text = renderPlanSummary(report(Array.from({ length: 5_000 }, (_, index) => `${letter.repeat(500)}.x[${index}]`)))
      expect(Buffer.byteLength(text)).toBeLessThan(2 ** 20)
      expect(text).toMatch(/\| and 4\d\d\d more \|/)
    }
  })

  test('nothing to change; only outputs', () => {
    expect(renderPlanSummary({ ...report([]), plan: null, apply: null })).toBe('### Plan of `production`: nothing to change\n')
    expect(renderPlanSummary(report([]))).toContain('Only its outputs change.')
  })
})

describe('the issue about drift', () => {
  test('says what an apply would put back, what it would leave, and the command', () => {
    const text = renderDrift(
      drift([
        { address: HOSTILE, action: 'update' },
        { address: 'a.b', action: 'none' },
      ]),
    )
    expect(text).toContain('`production` is not as it was applied: an apply would put back 1 thing.')
    expect(text).toContain('1 more differ')
    expect(text).toContain('devtool env plan production --save')
    const page = html(text)
    expect(page.match(/<td>/g)).toHaveLength(4)
    expect(page).not.toMatch(/<img/)
  })

  test('fits into an issue', () => {
    for (const letter of ['a', '@', '🦦']) {
      const action = (index: number): string => (index % 2 === 0 ? 'none' : 'update')
      const many = Array.from({ length: 2_000 }, (_, index) => ({ address: `${letter.repeat(300)}[${index}]`, action: action(index) }))
      expect(`${driftMarker('production')}\n\n${renderDrift(drift(many))}`.length).toBeLessThan(65_536)
    }
  })

  test('nothing has drifted', () => {
    expect(renderDrift(drift([]))).toMatch(/^`production` is as it was applied\.\n\n<sub>as of 2026-11-21 08:00 UTC/)
    expect(renderDriftNote(drift([]))).toContain('looked at 2026-11-21 08:00 UTC')
  })
})
