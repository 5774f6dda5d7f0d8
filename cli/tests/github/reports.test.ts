import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import { COMMENT_MARKER, renderComment, renderSummary } from '../../src/rendering/comment.ts'
import { reports } from './reports.ts'

const html = (markdown: string): string =>
  micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] })

describe.each(Object.entries(reports))('%s', (name, given) => {
  test('the comment, word for word', async () => {
    await expect(renderComment(given)).toMatchFileSnapshot(`fixtures/comments/${name}.md`)
  })

  test('the summary is the comment, and says which pull request it is about', () => {
    const summary = renderSummary(given)
    expect(summary).not.toContain(COMMENT_MARKER)
    expect(html(summary)).toContain(
      '<a href="https://github.com/acme/shop/pull/12">12: Show prices with tax</a>, branch <code>feature/tax</code>',
    )
    const blocks = renderComment(given).split('\n\n').slice(1)
    expect(blocks.every((block) => summary.includes(block))).toBe(true)
  })

  test('every mark-up is meant: nothing of it is left to read', () => {
    const text = html(renderComment(given))
      .replaceAll(/<pre>.*?<\/pre>/gs, '')
      .replaceAll(/<!--.*?-->|<[^>]+>/gs, '')
    expect(text).not.toMatch(/[`|]|\*\*|\]\(|&#/)
  })
})
