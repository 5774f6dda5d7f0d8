import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseOutputs, parsePlan, parseState } from './state.ts'

const recorded = (name: string): string => readFileSync(new URL(`fixtures/${name}.terraform-1.11.4.json`, import.meta.url), 'utf8')

describe('parseState', () => {
  test('lists addresses, types and ids, and none of the attributes', () => {
    const state = parseState(recorded('state-pull'))
    expect(state.resources.map(({ address }) => address)).toEqual([
      'terraform_data.network',
      'terraform_data.service["api"]',
      'terraform_data.service["web"]',
    ])
    expect(state.resources[0]).toMatchObject({ type: 'terraform_data', id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    expect(JSON.stringify(state)).not.toContain('hidden-token')
  })

  test('no state, an empty state, modules and data sources', () => {
    expect(parseState('')).toEqual({ lineage: null, serial: 0, resources: [] })
    const data = { mode: 'data', type: 'aws_region', name: 'current', instances: [{ attributes: { id: 'x' } }] }
    const managed = { module: 'module.api', mode: 'managed', type: 'aws_lb', name: 'this', instances: [{ index_key: 0, attributes: null }] }
    expect(parseState(JSON.stringify({ serial: 3, lineage: 'l', resources: [data, managed] }))).toEqual({
      lineage: 'l',
      serial: 3,
      resources: [{ address: 'module.api.aws_lb.this[0]', type: 'aws_lb', id: null }],
    })
  })
})

describe('parsePlan', () => {
  test('gives actions and what is known afterwards', () => {
    const changes = parsePlan(recorded('show-plan'))
    expect(changes[0]).toMatchObject({ address: 'terraform_data.network', actions: ['delete', 'create'], after: { triggers_replace: 'b' } })
    expect(changes).toHaveLength(3)
  })

  test('takes sensitive values out, also nested ones', () => {
    const change = {
      actions: ['create'],
      after: { name: 'x', value: 's3cret', list: [{ a: 's3cret', b: 1 }] },
      after_sensitive: { value: true, list: [{ a: true }] },
    }
    const plan = JSON.stringify({ resource_changes: [{ address: 'a.b', mode: 'managed', type: 'a', change }] })
    expect(parsePlan(plan)[0]?.after).toEqual({ name: 'x', value: null, list: [{ a: null, b: 1 }] })
  })
})

describe('parseOutputs', () => {
  test('reads values, and keeps sensitive ones to itself', () => {
    expect(parseOutputs(recorded('output'))).toEqual({
      token: { sensitive: true },
      url: { sensitive: false, value: 'http://example.test' },
    })
    expect(parseOutputs('{}\n')).toEqual({})
  })

  test('finds the JSON among warnings [7]', () => {
    const warning =
      'Warning: Deprecated Parameter\n\n  on terraform.tf line 3, in terraform:\n   3:   backend "s3" {\n\nUse "use_lockfile" instead.\n\n'
    const wanted = parseOutputs(recorded('output'))
    expect(parseOutputs(`${warning}${recorded('output')}`)).toEqual(wanted)
    expect(parseOutputs(`${recorded('output').trimEnd()}\n${warning}`)).toEqual(wanted)
    expect(() => parseOutputs('nothing here')).toThrow('could not read the outputs that the engine printed')
  })
})
