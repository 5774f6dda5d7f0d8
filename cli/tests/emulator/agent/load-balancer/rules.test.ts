import { describe, expect, test } from 'vitest'
import { redirectAnswer } from './answers.ts'
import { fits } from './health-check.ts'
import { readRules } from './read-rules.ts'
import { askedOf, ruleFor } from './rules.ts'

const forward = (group: string) => [{ Type: 'forward' as const, TargetGroupArn: group }]
const hosts = (...Values: string[]) => ({ Field: 'host-header', HostHeaderConfig: { Values } })
const paths = (...Values: string[]) => ({ Field: 'path-pattern', PathPatternConfig: { Values } })
const fixed = {
  Type: 'fixed-response' as const,
  FixedResponseConfig: { StatusCode: '404', ContentType: 'text/plain', MessageBody: 'none' },
}

describe('which rule', () => {
  const rules = readRules(
    [
      { RuleArn: 'default', Priority: 'default', IsDefault: true, Conditions: [], Actions: [fixed] },
      { RuleArn: 'any', Priority: '100', Conditions: [hosts('*.preview.example.com'), paths('/any/*')], Actions: forward('any') },
      { RuleArn: 'web', Priority: '21', Conditions: [hosts('calm-heron.preview.example.com'), paths('/*')], Actions: forward('web') },
      {
        RuleArn: 'api',
        Priority: '20',
        Conditions: [hosts('calm-heron.preview.example.com'), paths('/api', '/api/*')],
        Actions: forward('api'),
      },
      { RuleArn: 'one', Priority: '9', Conditions: [{ Field: 'path-pattern', Values: ['/v?'] }], Actions: forward('one') },
    ],
    'listener',
  )

  test.each([
    ['calm-heron.preview.example.com', '/', 'web'],
    ['calm-heron.preview.example.com', '/api', 'api'],
    ['calm-heron.preview.example.com', '/api/a/b?x=/any/', 'api'],
    ['calm-heron.preview.example.com', '/apiary', 'web'],
    ['calm-heron.preview.example.com', '/API', 'web'],
    ['calm-heron.preview.example.com', '/%61pi', 'web'],
    ['calm-heron.preview.example.com', '/x/../api', 'web'],
    ['CALM-Heron.preview.EXAMPLE.com', '/api', 'api'],
    ['calm-heron.preview.example.com:8443', '/api', 'api'],
    ['other.preview.example.com', '/any/thing', 'any'],
    ['a.b.preview.example.com', '/any/thing', 'any'],
    ['preview.example.com', '/any/thing', 'listener'],
    ['calm-heronXpreview.example.com', '/', 'listener'],
    ['other.preview.example.com', '/', 'listener'],
    [undefined, '/v1', 'one'],
    [undefined, '/v12', 'listener'],
    ['x', 'http://calm-heron.preview.example.com/api', 'api'],
    ['x', '*', 'listener'],
  ])('%s %s: %s', (host, url, expected) => {
    expect(ruleFor(rules, askedOf(url, host))?.arn).toBe(expected)
  })

  test.each([
    [[{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } }], forward('a'), 'conditions on source-ip'],
    [[{ Field: 'http-header' }], forward('a'), 'conditions on http-header'],
    [[{ Field: 'path-pattern', RegexValues: ['.*'] }], forward('a'), 'regular expressions for path-pattern'],
    [[paths()], forward('a'), 'has no values'],
    [[], [{ Type: 'authenticate-oidc' as const, Order: 1 }, ...forward('a')], 'several actions: authenticate-oidc, forward'],
    [[], [{ Type: 'authenticate-oidc' as const }], 'authenticate-oidc actions'],
    [
      [],
      [
        {
          Type: 'forward' as const,
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: 'a', Weight: 1 },
              { TargetGroupArn: 'b', Weight: 1 },
            ],
          },
        },
      ],
      'several target groups',
    ],
    [[], [{ Type: 'forward' as const }], 'has no target group'],
  ])('refused: %#', (Conditions, Actions, message) => {
    expect(() => readRules([{ RuleArn: 'r', Priority: '1', Conditions, Actions }], 'listener')).toThrow(message)
  })

  test('a single group, however it is named', () => {
    const single = [{ Type: 'forward' as const, ForwardConfig: { TargetGroups: [{ TargetGroupArn: 'a', Weight: 1 }] } }]
    expect(readRules([{ RuleArn: 'r', Priority: '1', Actions: single }], 'l')[0]?.action).toEqual({ type: 'forward', group: 'a' })
  })
})

describe('redirects', () => {
  const location = (config: object, url: string, tls = false) => {
    const [rule] = readRules(
      [{ IsDefault: true, Actions: [{ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301', ...config } }] }],
      'l',
    )
    if (rule?.action.type !== 'redirect') throw new Error('no redirect')
    return redirectAnswer(rule.action, askedOf(url, 'Shop.example.com:8080'), { port: tls ? 443 : 80, tls }).headers['location']
  }

  test.each([
    [{ Protocol: 'HTTPS', Port: '443' }, '/a/b?c=d&e', 'https://Shop.example.com:443/a/b?c=d&e'],
    [{ Protocol: 'HTTPS', Port: '443' }, '/', 'https://Shop.example.com:443/'],
    [{ Host: 'www.#{host}', Path: '/new/#{path}', Query: '' }, '/a?b', 'http://www.Shop.example.com:80/new/a'],
    [{ Path: '/#{port}/#{protocol}', Query: 'from=#{path}&#{query}' }, '/a?b', 'http://Shop.example.com:80/80/http?from=a&b'],
  ])('%o %s', (config, url, expected) => {
    expect(location(config, url)).toBe(expected)
  })
})

test('codes that pass a health check', () => {
  expect(['200', '200,204', '200-399', '200-201, 404'].map((codes) => [200, 204, 301, 404].filter((code) => fits(codes, code)))).toEqual([
    [200],
    [200, 204],
    [200, 204, 301],
    [200, 404],
  ])
})
