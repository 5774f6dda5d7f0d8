import { describe, expect, test } from 'vitest'
import { badGatewayPage, foreignPage, notFoundPage } from './pages.ts'
import { environment, service } from './testing/http.ts'

const hostile = '\u001b[2J</pre><script>alert(1)</script>&"\'\u0000\u202e\r\nnext'
const page = (overrides: Parameters<typeof service>[0], reason: string | null = null, reload = true) => {
  const failing = service({ name: 'api', route: '/api', status: 'failed', ...overrides })
  return badGatewayPage(environment(failing), failing, { reason, reload })
}

describe('502', () => {
  test('names the service, its status, the reason and its last lines', () => {
    const { status, text, html } = page({ lastLines: () => ['listening', 'Error: no such table'] }, 'exit code 1')
    expect(status).toBe(502)
    for (const body of [text, html])
      for (const part of [
        'api has failed',
        'swift-otter',
        'exit code 1',
        'listening',
        'Error: no such table',
        'devtool env logs swift-otter api',
      ])
        expect(body).toContain(part)
  })

  test.each(['\u001b', '\u0000', '\r', '\u202e'])('no %j of a log line, a reason or a name gets through', (character) => {
    const { text, html } = page({ name: hostile, lastLines: () => [hostile], route: hostile }, hostile)
    expect(text).not.toContain(character)
    expect(html).not.toContain(character)
  })

  test('nothing from outside becomes markup', () => {
    const { html = '' } = page({ name: hostile, lastLines: () => [hostile, '<img src=x onerror=alert(1)>'] }, hostile)
    expect(html).not.toMatch(/<script|<img/)
    expect(html).toContain('&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;')
    expect(html.match(/<\/?pre>/g)).toEqual(['<pre>', '</pre>'])
  })

  test('a line break in a log line makes no line of its own', () => {
    expect(page({ lastLines: () => ['one\nGET /forged 200'] }).text).toContain('  one GET /forged 200')
  })

  test('shows the newest fifty lines, none of them endless', () => {
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index} ${'x'.repeat(4000)}`)
    const { text, html = '' } = page({ lastLines: () => lines })
    expect(text).not.toContain('line 149 ')
    for (const body of [text, html]) expect(body).toContain('line 199 ')
    expect(html.length).toBeLessThan(120_000)
  })

  test('reloads itself while the service starts, and only then', () => {
    const refresh = '<meta http-equiv="refresh" content="2">'
    expect(page({ status: 'starting' }).html).toContain(refresh)
    expect(page({ status: 'starting' }, null, false).html).not.toContain(refresh)
    for (const status of ['ready', 'failed', 'stopped'] as const) expect(page({ status }).html).not.toContain('refresh')
  })

  test.each([
    ['starting', 'api is starting'],
    ['ready', 'api does not answer'],
    ['failed', 'api has failed'],
    ['stopped', 'api is stopped'],
  ] as const)('%s: %s', (status, title) => expect(page({ status }).html).toContain(`<title>${title}</title>`))

  test('fetches nothing and runs nothing', () => {
    expect(page({ status: 'starting', lastLines: () => ['x'] }).html).not.toMatch(/<script|<link|<img|url\(|@import|\ssrc=| on\w+=/)
  })
})

describe('404', () => {
  const other = { ...environment(service({ status: 'starting' })), name: 'calm-fox', url: 'http://calm-fox.localhost:4000/' }

  test('lists the environments with their services, each with its link', () => {
    const { status, text, html } = notFoundPage('localhost', undefined, [environment(service({ name: 'api', route: '/api' })), other])
    expect(status).toBe(404)
    expect(html).toContain('<a href="http://swift-otter.localhost:4000">swift-otter</a>')
    expect(html).toContain('<a href="http://swift-otter.localhost:4000/api">api</a>')
    expect(html).toContain('<a href="http://calm-fox.localhost:4000/">web</a>')
    expect(text).toContain('calm-fox  http://calm-fox.localhost:4000/')
    expect(text).toContain('api  ready     /api')
  })

  test('says what was asked for', () => {
    expect(notFoundPage('tame-newt.localhost', undefined, [other]).html).toContain('<h1>No environment tame-newt</h1>')
    const at = notFoundPage('/nope', other, [environment(), other])
    expect(at.html).toContain('<h1>Nothing at /nope in calm-fox</h1>')
    expect(at.text.match(/calm-fox {2}/g)).toHaveLength(1)
    expect(at.text).toContain('swift-otter')
  })

  test('with nothing running says how to make one', () => {
    for (const body of Object.values(notFoundPage('localhost', undefined, [])))
      if (typeof body === 'string') expect(body).toContain('devtool env create --target local --apply')
  })

  test('what was asked for is text, and not endless', () => {
    const { text, html = '' } = notFoundPage(`/${hostile}${'a'.repeat(20_000)}`, environment(), [environment()])
    expect(html).not.toContain('<script')
    expect(text).not.toContain('\u001b')
    expect(html.length).toBeLessThan(10_000)
  })

  test('a link leads nowhere but over http', () => {
    const odd = { name: hostile, url: 'javascript:alert(1)', services: [service({ name: hostile, route: '/"><b>' })] }
    const { html = '' } = notFoundPage('localhost', undefined, [odd])
    expect(html).not.toContain('href')
    expect(html).not.toContain('<b>')
  })

  test('a foreign page learns nothing', () => {
    expect(foreignPage()).toEqual({ status: 404, text: expect.not.stringContaining('devtool') })
  })
})
