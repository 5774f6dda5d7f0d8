import { describe, expect, test } from 'vitest'
import { destinationOf, hostName, type RoutedService, targetPath } from './routes.ts'
import { environment, service } from './testing/http.ts'

const services: RoutedService[] = [
  service({ name: 'web', route: '/' }),
  service({ name: 'api', route: '/api' }),
  service({ name: 'admin', route: '/api/admin' }),
]
const environments = [environment(...services)]

const to = (url: string, rawHeaders: string[]): string => {
  const host = rawHeaders[rawHeaders.findIndex((name) => name.toLowerCase() === 'host') + 1]
  const headers = rawHeaders.length === 0 ? {} : { host }
  const destination = destinationOf({ url, rawHeaders, headers }, environments)
  if (destination.kind === 'service') return destination.service.name
  return destination.kind === 'foreign' ? 'foreign' : `nowhere: ${destination.asked}`
}
const host = (name: string): string => to('/', ['Host', name])
const path = (url: string): string => to(url, ['Host', 'swift-otter.localhost'])

describe('by host', () => {
  test.each([
    'swift-otter.localhost',
    'swift-otter.localhost:4000',
    'Swift-OTTER.LocalHost:4000',
    'swift-otter.localhost.',
    'swift-otter.localhost.:4000',
    'swift-otter.localhost:',
  ])('%s is the environment', (name) => expect(host(name)).toBe('web'))

  test.each([
    ['localhost', 'localhost'],
    ['LOCALHOST:4000', 'localhost'],
    ['localhost.', 'localhost'],
    ['127.0.0.1:4000', '127.0.0.1'],
    ['[::1]', '[::1]'],
    ['[::1]:4000', '[::1]'],
    ['other-fox.localhost', 'other-fox.localhost'],
    ['api.swift-otter.localhost', 'api.swift-otter.localhost'],
  ])('%s is this machine', (name, asked) => expect(host(name)).toBe(`nowhere: ${asked}`))

  test.each([
    'evil.example',
    'swift-otter',
    'swift-otter.localhost.evil.example',
    'swift-otter.localhost..',
    'evil.example:80.localhost',
    'evil.example/.localhost',
    'evil.example#.localhost',
    'user@swift-otter.localhost',
    'swift-otter.localhost:80:80',
    'swift-otter.localhost:8o',
    'notlocalhost',
    '127.0.0.2',
    '2130706433',
    '[::ffff:127.0.0.1]',
    '::1',
    '[::1',
    '',
    ' ',
    '.',
  ])('%j is foreign', (name) => expect(host(name)).toBe('foreign'))

  test('no Host, and two of them, are foreign', () => {
    expect(to('/', [])).toBe('foreign')
    expect(to('/', ['Host', 'swift-otter.localhost', 'host', 'swift-otter.localhost'])).toBe('foreign')
    expect(to('/', ['HOST', 'swift-otter.localhost', 'X', 'y', 'Host', 'evil.example'])).toBe('foreign')
  })

  test('a very long host takes no time', () => {
    expect(hostName(`${'a.'.repeat(8000)}:x`)).toBeUndefined()
    expect(hostName(`${'.'.repeat(16_000)}:x`)).toBeUndefined()
  })
})

describe('by path', () => {
  test.each([
    ['/', 'web'],
    ['/api', 'api'],
    ['/api?x=/', 'api'],
    ['/api/', 'api'],
    ['/api/entries?q=1', 'api'],
    ['/apiary', 'web'],
    ['/api-docs', 'web'],
    ['/api/admin', 'admin'],
    ['/api/admin/x', 'admin'],
    ['/api/administer', 'api'],
    ['/API', 'web'],
    ['/x?/api', 'web'],
    ['/%61pi', 'web'],
    ['/../api', 'web'],
    ['/api/../secret', 'api'],
    ['//api', 'web'],
    ['/api%2Fadmin', 'web'],
    ['/api;x', 'web'],
    ['/api#x', 'web'],
  ])('%s goes to %s', (url, name) => expect(path(url)).toBe(name))

  test('without a service at / what no route takes is nowhere', () => {
    const [, api] = services
    const found = destinationOf(
      { url: '/apiary?x', rawHeaders: ['Host', 'swift-otter.localhost'], headers: { host: 'swift-otter.localhost' } },
      [environment(api as RoutedService)],
    )
    expect(found).toMatchObject({ kind: 'nowhere', asked: '/apiary' })
  })

  test('OPTIONS * is nowhere', () => expect(path('*')).toBe('nowhere: *'))
})

describe('a whole URL for a target', () => {
  test.each([
    ['http://swift-otter.localhost/api/x', 'api'],
    ['HTTP://Swift-Otter.localhost.:4000/api?y', 'api'],
    ['http://swift-otter.localhost', 'web'],
    ['http://swift-otter.localhost?/api', 'web'],
    ['http://evil.example/', 'foreign'],
    ['http://evil.example@swift-otter.localhost/', 'foreign'],
    ['http://swift-otter.localhost@evil.example/', 'foreign'],
    ['http://swift-otter.localhost\\@evil.example/', 'foreign'],
    ['http:///', 'foreign'],
    ['https://swift-otter.localhost/', 'nowhere: https://swift-otter.localhost/'],
  ])('%s goes to %s', (url, name) => expect(path(url)).toBe(name))

  test('is for its own host and for its Host, or for nobody', () => {
    expect(to('http://swift-otter.localhost/', ['Host', 'evil.example'])).toBe('foreign')
    expect(to('http://evil.example/', ['Host', 'swift-otter.localhost'])).toBe('foreign')
  })

  test('reaches the service without its host', () => {
    expect(targetPath('http://swift-otter.localhost:1/a?b=http://c/')).toBe('/a?b=http://c/')
    expect(targetPath('http://swift-otter.localhost?a')).toBe('/?a')
    expect(targetPath('/http://evil.example/')).toBe('/http://evil.example/')
  })
})
