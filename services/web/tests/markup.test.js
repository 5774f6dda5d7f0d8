import { expect, test } from 'vitest'
import { readApi } from '../public/api.js'
import { entriesMarkup, entryMarkup, escapeHtml, factsMarkup, hueOf, noticeMarkup } from '../public/markup.js'

const info = { environment: 'quiet-otter', commit: '4f2c9e1d0b7a', migration: { id: 2, name: 'limit_entries' } }

test('nothing that a visitor writes becomes markup', () => {
  const evil = `"><script>alert('1')</script>&`
  const markup = entryMarkup({ id: 1, name: evil, message: evil, createdAt: evil })
  expect(markup.match(/<(?!\/?(li|span|div|p|strong|time)\b)/g)).toBeNull()
  expect(markup).not.toContain(`alert('1')`)
  // @ts-expect-error the API is another program
  expect(entryMarkup({ id: '1" onclick="x', name: 'a', message: 'b', createdAt: 'c' })).toContain('id="entry-NaN"')
  expect(escapeHtml(`<>&"'`)).toBe('&#60;&#62;&#38;&#34;&#39;')
  expect(factsMarkup({ state: 'up', info: { ...info, commit: evil, migration: { id: 1, name: evil } }, page: null }, evil)).not.toContain(
    '<script>',
  )
})

test('an entry shows its initial, whatever script it is written in', () => {
  const entry = { id: 1, message: 'm', createdAt: '2026-01-02T03:04:05.000Z' }
  expect(entryMarkup({ ...entry, name: 'ådne' })).toContain('>Å</span>')
  expect(entryMarkup({ ...entry, name: '🐻 bear' })).toContain('>🐻</span>')
  expect(entryMarkup({ ...entry, name: 'Ada' })).toContain('<time datetime="2026-01-02T03:04:05.000Z">2 Jan 2026, 03:04 UTC</time>')
})

test('each state says what is wrong, and no more', () => {
  expect(noticeMarkup({ state: 'up', info, page: { entries: [], next: null } })).toBe('')
  expect(noticeMarkup({ state: 'down', info: null, page: null })).toContain('The API does not answer')
  expect(noticeMarkup({ state: 'no-database', info, page: null })).toContain('The database does not answer')
  expect(entriesMarkup({ state: 'up', info, page: { entries: [], next: null } })).toContain('No entries yet')
  expect(factsMarkup({ state: 'up', info, page: null }, info.commit)).toContain('0002 limit entries')
  expect(factsMarkup({ state: 'up', info, page: null }, 'another')).toContain('at <code>4f2c9e1</code>')
})

test('what the API answers is one of three states', async () => {
  const json = (/** @type {unknown} */ body, status = 200) => new Response(JSON.stringify(body), { status })
  const page = { entries: [], next: null }
  /** @param {Record<string, Response | Error>} answers */
  const read = (answers) =>
    readApi(async (path) => {
      const answer = answers[path]
      if (!answer || answer instanceof Error) throw answer ?? new Error('refused')
      return answer
    })
  expect(await read({ '/api/healthz': json({ status: 'ok' }), '/api/info': json(info), '/api/entries': json(page) })).toEqual({
    state: 'up',
    info,
    page,
  })
  expect(await read({ '/api/healthz': json({ status: 'ok' }), '/api/info': json(info), '/api/entries': json({}, 503) })).toMatchObject({
    state: 'no-database',
    info,
  })
  expect(await read({})).toEqual({ state: 'down', info: null, page: null })
  expect(await read({ '/api/healthz': new Response('<html>'), '/api/info': json({}, 404), '/api/entries': json('odd') })).toEqual({
    state: 'down',
    info: null,
    page: null,
  })
})

test('a name keeps its colour', () => {
  expect(hueOf('quiet-otter')).toBe(hueOf('quiet-otter'))
  expect(new Set(Array.from({ length: 200 }, (_, index) => hueOf(`name-${index}`))).size).toBe(12)
})
