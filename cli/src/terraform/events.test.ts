import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor } from './child-environment.ts'
import { checkVersion, parseEvent, type TerraformEvent } from './events.ts'

const folder = new URL('fixtures/', import.meta.url)
const plain = createRedactor({})

function recorded(name: string): TerraformEvent[] {
  const lines = readFileSync(new URL(`${name}.terraform-1.11.4.jsonl`, folder), 'utf8').split('\n')
  return lines.map((line) => parseEvent(line, plain, 0)).filter((event) => event !== undefined)
}

describe('parseEvent', () => {
  test('reads every recorded line of every stream', () => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl'))) {
      const events = recorded(file.replace('.terraform-1.11.4.jsonl', ''))
      expect(events[0], file).toMatchObject({ type: 'version', product: 'terraform', version: '1.11.4', ui: '1.2' })
      expect(events.every((event) => event.type === 'message' || event.at > 0)).toBe(true)
    }
  })

  test('gives the outputs of an apply without the sensitive values', () => {
    const outputs = recorded('apply-ok').findLast((event) => event.type === 'outputs')
    expect(outputs).toMatchObject({ outputs: { url: { sensitive: false, value: 'http://example.test' }, token: { sensitive: true } } })
    expect(JSON.stringify(recorded('apply-ok'))).not.toContain('hidden-token')
  })

  test('gives the id of what was made, and the address that failed', () => {
    const events = recorded('apply-failed')
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'completed', address: 'aws_cloudwatch_log_group.services', action: 'create', id: 'shop-calm-otter' }),
    )
    expect(events).toContainEqual(expect.objectContaining({ type: 'errored', address: 'aws_iam_role.task' }))
    expect(events.findLast((event) => event.type === 'diagnostic')).toMatchObject({
      diagnostic: { address: 'aws_iam_role.task', location: 'main.tf:22' },
    })
  })

  test('says what a plan would do to an output', () => {
    const outputs = {
      url: { sensitive: false, action: 'update' },
      same: { sensitive: false, action: 'noop' },
      key: { sensitive: true, action: 'create' },
    }
    expect(parseEvent(JSON.stringify({ type: 'outputs', outputs }), plain, 0)).toMatchObject({
      outputs: { url: { sensitive: false, action: 'update' }, same: { sensitive: false }, key: { sensitive: true, action: 'create' } },
    })
  })

  test('drops the state dump, pieces of a state, and what provisioners print [F9]', () => {
    const dump = '{"@level":"info","@message":"Emergency state dump","type":"log","state":{"resources":[{"password":"hunter2"}]}}'
    expect(parseEvent(dump, plain, 0)).toBeUndefined()
    expect(parseEvent('          "password": "hunter2",', plain, 0)).toBeUndefined()
    expect(JSON.stringify(recorded('interrupt'))).not.toContain('Executing')
  })

  test('keeps unknown types and foreign lines as messages [F9]', () => {
    expect(parseEvent('{"@message":"Lovely weather","type":"weather_report"}', plain, 7)).toEqual({
      type: 'message',
      at: 7,
      level: 'info',
      text: 'Lovely weather',
    })
    expect(parseEvent('panic: runtime error', plain, 7)).toEqual({ type: 'message', at: 7, level: 'info', text: 'panic: runtime error' })
  })

  test('redacts the secrets of the user and what looks like one', () => {
    const redact = createRedactor({ AWS_SECRET_ACCESS_KEY: 'abcdefghijkl', AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/token' })
    const event = parseEvent(
      '{"@message":"got abcdefghijkl in /var/run/token from https://me:pw@host/ with password=\\"x y\\"","type":"log"}',
      redact,
      0,
    )
    expect(event).toMatchObject({ text: 'got *** in /var/run/token from https://***@host/ with password=***' })
  })

  test('never throws, whatever the line', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => void parseEvent(line, plain, 0)))
    const types = fc.constantFrom('planned_change', 'apply_complete', 'diagnostic', 'outputs', 'change_summary', 'version')
    fc.assert(
      fc.property(
        types,
        fc.jsonValue(),
        (type, value) =>
          void parseEvent(
            JSON.stringify({ type, change: value, hook: value, diagnostic: value, outputs: value, changes: value }),
            plain,
            0,
          ),
      ),
    )
  })
})

describe('checkVersion', () => {
  const version = (ui: string): TerraformEvent => ({ type: 'version', at: 0, product: 'tofu', version: '1.20.0', ui })

  test('takes any minor version and refuses another major', () => {
    expect(checkVersion(version('1.9'))).toBeUndefined()
    expect(checkVersion(version('2.0'))?.message).toBe(
      'could not read what tofu 1.20.0 says: its -json format is version 2.0, DevTool reads 1.x',
    )
  })
})
