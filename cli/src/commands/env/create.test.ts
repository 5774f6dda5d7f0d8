import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { BLUEPRINT, testContext } from '../../../tests/support/context.ts'
import { UserError } from '../../errors.ts'

interface Environment {
  name: string
  status: string
  branch: string | null
  pullRequest: number | null
  createdAt: string | null
  expiresAt: string | null
  services: { name: string; image: string }[]
}

const json = <Value>(text: string): Value => JSON.parse(text) as Value

describe('env create', () => {
  test('claims a name of the branch, renders it, and prints one environment', async () => {
    const { run, folder } = await testContext()
    const result = await run('env', 'create', '--json')
    expect(result.exitCode).toBe(0)
    const created = json<Environment>(result.stdout)
    expect(created).toMatchObject({
      status: 'claimed',
      branch: 'feature/cart',
      createdAt: '2026-11-21T08:00:00.000Z',
      expiresAt: '2026-11-24T08:00:00.000Z',
    })
    expect(created.services).toEqual([
      { name: 'web', image: 'shop/web:c0ffee000000', url: null, status: null },
      { name: 'worker', image: 'ghcr.io/acme/worker:7', url: null, status: null },
    ])
    expect(existsSync(path.join(folder, 'envs', created.name, 'main.tf'))).toBe(true)
    expect(existsSync(path.join(folder, 'envs', created.name, '.terraform.lock.hcl'))).toBe(true)
    expect(json<Environment[]>((await run('env', 'list', '--json')).stdout)).toEqual([created])
  })

  test('fifty at once get fifty names and fifty slots', async () => {
    const { run, store } = await testContext()
    const results = await Promise.all(Array.from({ length: 50 }, () => run('env', 'create')))
    expect(results.every((result) => result.exitCode === 0)).toBe(true)
    const keys = await store.list('registry/environments/')
    const slots = await Promise.all(keys.map(async (key) => json<{ slot: number }>((await store.get(key))?.body ?? '').slot))
    expect(new Set(slots).size).toBe(50)
    expect(await store.list('registry/slots/')).toHaveLength(50)
  })

  test('a pull request has one name, on any machine; a branch gets another each time and is told', async () => {
    const { run } = await testContext()
    const first = json<Environment>((await run('env', 'create', '--pr', '42', '--json')).stdout)
    const again = json<Environment>((await run('env', 'create', '--pr', '42', '--json')).stdout)
    expect(again.name).toBe(first.name)
    const elsewhere = await testContext()
    expect(json<Environment>((await elsewhere.run('env', 'create', '--pr', '42', '--json')).stdout).name).toBe(first.name)
    const one = json<Environment>((await run('env', 'create', '--json')).stdout)
    const two = await run('env', 'create', '--json')
    expect(json<Environment>(two.stdout).name).not.toBe(one.name)
    expect(two.stderr).toContain(`this branch already has ${one.name}`)
  })

  test('an input that a person changed is kept, and a pinned one goes on running what it runs', async () => {
    const { run, folder } = await testContext()
    await run('env', 'create', 'production', '--image', 'web=shop/web@sha256:aa')
    await run('env', 'create', 'calm-otter', '--template', 'dedicated', '--ttl', '5h')
    for (const name of ['production', 'calm-otter']) {
      const file = path.join(folder, 'envs', name, 'environment.json')
      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace(/"commit": "[0-9a-f]+"/, '"commit": "badc0de"'))
      await run('env', 'create', name)
    }
    const again = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(path.join(folder, 'envs', name, 'environment.json'), 'utf8'))
    expect(await again('production')).toMatchObject({ commit: 'badc0de', images: { web: 'shop/web@sha256:aa' } })
    expect(await again('calm-otter')).toMatchObject({
      commit: 'c0ffee0000000000000000000000000000000000',
      template: 'dedicated',
      ttl: '5h',
    })
  })

  test('without an account it renders all the same and says when the name is claimed', async () => {
    const { run, folder } = await testContext({ storeError: new UserError('could not reach the registry: there are no AWS credentials') })
    const result = await run('env', 'create', 'calm-otter', '--json')
    expect(result.exitCode).toBe(0)
    expect(json<Environment>(result.stdout)).toMatchObject({ name: 'calm-otter', status: 'claimed', createdAt: null })
    expect(result.stderr).toContain('claimed by the first apply: devtool env apply calm-otter')
    expect(existsSync(path.join(folder, 'envs/calm-otter/main.tf'))).toBe(true)
    expect((await run('env', 'create', '--apply')).exitCode).toBe(1)
  })

  test('a name that another branch has is refused; one that is no name is bad usage', async () => {
    const { run, store, context } = await testContext()
    await run('env', 'create', 'calm-otter')
    await context.registry(store).update('calm-otter', (record) => ({ ...record, branch: 'other' }))
    const taken = await run('env', 'create', 'calm-otter', '--json')
    expect(taken.exitCode).toBe(1)
    expect(taken.stdout).toBe('')
    expect(json(taken.stderr)).toEqual({
      error: {
        kind: 'conflict',
        message: 'could not claim the name calm-otter: it belongs to branch other',
        hint: 'devtool env create takes a free name; devtool env show calm-otter shows who uses this one',
      },
    })
    for (const name of ['platform', 'Calm', 'a--b', 'x'.repeat(25), '../evil', '-rf']) {
      expect((await run('env', 'create', '--', name)).exitCode, name).toBe(2)
    }
    expect((await run('env', 'create', '--pr', 'abc')).exitCode).toBe(2)
    expect((await run('env', 'create', '--ttl', 'soon')).exitCode).toBe(2)
  })

  test('a bad blueprint is reported whole, with every place, and writes nothing', async () => {
    const { run, folder } = await testContext({
      blueprint: BLUEPRINT.replace('region: us-east-1', 'regoin: us-east-1').replace('port: 3001', 'port: many'),
    })
    const result = await run('env', 'create')
    expect(result.exitCode).toBe(2)
    expect(result.stderr).toMatch(/devtool\.yaml:2:1/)
    expect(result.stderr).toMatch(/devtool\.yaml:5:\d+/)
    expect(existsSync(path.join(folder, 'envs'))).toBe(false)
  })
})
