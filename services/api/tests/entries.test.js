import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseEntry, parsePage } from '../src/entries.js'

test('whatever arrives as a body is either an entry within the limits or named problems', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        fc.record({ name: fc.string({ unit: 'binary', maxLength: 80 }), message: fc.string({ unit: 'binary', maxLength: 600 }) }),
      ),
      (body) => {
        const parsed = parseEntry(body)
        if ('fields' in parsed) return Object.keys(parsed.fields).length > 0
        const { name, message } = parsed.entry
        return (
          [...name].length >= 1 &&
          [...name].length <= 60 &&
          [...message].length >= 1 &&
          [...message].length <= 500 &&
          !`${name}${message}`.includes('\u0000')
        )
      },
    ),
  )
})

test('whatever arrives as a query is either a page or named problems', () => {
  fc.assert(
    fc.property(fc.record({ limit: fc.string(), before: fc.string() }, { requiredKeys: [] }), (query) => {
      const parsed = parsePage(query)
      if ('fields' in parsed) return Object.keys(parsed.fields).length > 0
      return parsed.page.limit >= 1 && parsed.page.limit <= 100 && Number.isSafeInteger(parsed.page.before)
    }),
  )
  expect(parsePage({})).toEqual({ page: { limit: 20, before: Number.MAX_SAFE_INTEGER } })
})
