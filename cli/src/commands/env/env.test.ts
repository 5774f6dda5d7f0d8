import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { BLUEPRINT, testContext } from '../../../tests/support/context.ts'
import { UserError } from '../../errors.ts'
import { ApplyFailure } from '../../targets/target.ts'

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
    expect(created).toMatchObject({ status: 'claimed', branch: 'feature/cart', createdAt: '2026-11-21T08:00:00.000Z', expiresAt: '2026-11-24T08:00:00.000Z' })
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
    const { run, folder } = await testContext({ blueprint: BLUEPRINT.replace('region: us-east-1', 'regoin: us-east-1').replace('port: 3001', 'port: many') })
    const result = await run('env', 'create')
    expect(result.exitCode).toBe(2)
    expect(result.stderr).toMatch(/devtool\.yaml:2:1/)
    expect(result.stderr).toMatch(/devtool\.yaml:5:\d+/)
    expect(existsSync(path.join(folder, 'envs'))).toBe(false)
  })
})

describe('env apply', () => {
  test('claims what was rendered without an account, applies it and records it as ready', async () => {
    const { run, target, folder } = await testContext()
    await run('env', 'create', 'calm-otter')
    const result = await run('env', 'apply', 'calm-otter', '--image', 'web=shop/web:2', '--json')
    expect(result.exitCode).toBe(0)
    expect(json<Environment>(result.stdout)).toMatchObject({ status: 'ready', url: 'https://calm-otter.preview.example.com' })
    expect(target.asked).toEqual([expect.stringMatching(/^apply calm-otter slot \d+$/)])
    expect(await readFile(path.join(folder, 'envs/calm-otter/environment.json'), 'utf8')).toContain('shop/web:2')
    expect((await run('env', 'apply', 'other')).stderr).toContain('devtool env create other renders it')
  })

  test('a failure is recorded with where and why, and the next apply is told what to expect', async () => {
    const { run, target } = await testContext()
    await run('env', 'create', 'calm-otter')
    target.answers.apply = async (_root, _run, hooks) => {
      await hooks.onChanging()
      throw new ApplyFailure('could not apply', { phase: 'apply', resource: 'module.service_web', message: 'no capacity', lines: ['line one'] })
    }
    expect((await run('env', 'apply', 'calm-otter')).exitCode).toBe(1)
    const shown = await run('env', 'show', 'calm-otter')
    expect(shown.stdout).toContain('failed in apply at module.service_web: no capacity\n  line one')
    target.answers.apply = async (_root, _run, hooks) => {
      await hooks.onChanging()
      await hooks.onSettled()
    }
    expect((await run('env', 'apply', 'calm-otter')).exitCode).toBe(0)
    expect(target.asked.at(-1)).toMatch(/ unclean$/)
    await run('env', 'apply', 'calm-otter')
    expect(target.asked.at(-1)).not.toMatch(/ unclean$/)
  })

  test('of two at once one is refused and says who holds the environment', async () => {
    const { run, target } = await testContext()
    await run('env', 'create', 'calm-otter')
    let second: Awaited<ReturnType<typeof run>> | undefined
    target.answers.apply = async () => {
      second ??= await run('env', 'apply', 'calm-otter')
    }
    await run('env', 'apply', 'calm-otter')
    expect(second?.exitCode).toBe(1)
    expect(second?.stderr).toMatch(/could not apply calm-otter: .+@.+ \(process \d+, apply since 2026-11-21T08:00:00\.000Z\) is working on it/)
  })

  test('previews.limit holds for new ones and never for those that run', async () => {
    const { run } = await testContext()
    for (const name of ['one', 'two']) expect((await run('env', 'create', name, '--apply')).exitCode).toBe(0)
    const third = await run('env', 'create', 'three', '--apply')
    expect(third.exitCode).toBe(1)
    expect(third.stderr).toContain('2 previews are running and previews.limit is 2')
    expect((await run('env', 'apply', 'two')).exitCode).toBe(0)
    await run('env', 'destroy', 'one', '--yes')
    expect((await run('env', 'apply', 'three')).exitCode).toBe(0)
  })

  test('declined at the terminal: nothing is done', async () => {
    const { run, target } = await testContext({ answers: ['n'] })
    await run('env', 'create', 'calm-otter')
    expect((await run('env', 'apply', 'calm-otter')).exitCode).toBe(130)
    expect(target.asked).toEqual([])
  })
})

describe('env plan', () => {
  test('prints counts and addresses', async () => {
    const { run, target } = await testContext()
    await run('env', 'create', 'calm-otter')
    target.answers.plan = async () => ({ add: 1, change: 0, destroy: 0, resources: [{ address: 'aws_sqs_queue.mail', action: 'create' }] })
    expect(json((await run('env', 'plan', 'calm-otter', '--json')).stdout)).toEqual({
      name: 'calm-otter',
      changes: { add: 1, change: 0, destroy: 0 },
      resources: [{ address: 'aws_sqs_queue.mail', action: 'create' }],
    })
    expect((await run('env', 'plan', 'calm-otter')).stdout).toContain('1 to add, 0 to change, 0 to destroy')
  })
})

describe('env destroy', () => {
  test('asks for the name on a terminal, needs --yes without one', async () => {
    const without = await testContext()
    await without.run('env', 'create', 'calm-otter', '--apply')
    const result = await without.run('env', 'destroy', 'calm-otter')
    expect(result.exitCode).toBe(2)
    expect(result.stderr).toContain('devtool env destroy calm-otter --yes')
    const wrong = await testContext({ answers: ['y', 'calm'] })
    await wrong.run('env', 'create', 'calm-otter', '--apply')
    expect((await wrong.run('env', 'destroy', 'calm-otter')).exitCode).toBe(130)
    const right = await testContext({ answers: ['y', 'calm-otter'] })
    await right.run('env', 'create', 'calm-otter', '--apply')
    expect((await right.run('env', 'destroy', 'calm-otter')).exitCode).toBe(0)
  })

  test('frees the name and the slot, and twice is harmless', async () => {
    const { run, store } = await testContext()
    await run('env', 'create', 'calm-otter', '--apply')
    expect(json<Environment>((await run('env', 'destroy', 'calm-otter', '--yes', '--json')).stdout).status).toBe('destroyed')
    expect(await store.list('registry/slots/')).toEqual([])
    expect(await store.list('registry/leases/')).toEqual([])
    expect(json<Environment>((await run('env', 'destroy', 'calm-otter', '--yes', '--json')).stdout).status).toBe('destroyed')
    expect(json<Environment>((await run('env', 'show', 'calm-otter', '--json')).stdout).status).toBe('destroyed')
    expect((await run('env', 'create', 'calm-otter')).exitCode).toBe(0)
    expect((await run('env', 'destroy', 'never-was', '--yes')).exitCode).toBe(1)
  })

  test('what is left is named, and the environment stays as leaked until a later run ends clean', async () => {
    const { run, target } = await testContext()
    await run('env', 'create', 'calm-otter', '--apply')
    target.answers.destroy = async () => [{ type: 'aws_ecs_service', id: 'shop-calm-otter-web' }]
    const result = await run('env', 'destroy', 'calm-otter', '--yes')
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain('aws_ecs_service shop-calm-otter-web')
    expect(json<Environment>((await run('env', 'show', 'calm-otter', '--json')).stdout).status).toBe('leaked')
    target.answers.destroy = async () => []
    expect((await run('env', 'destroy', 'calm-otter', '--yes')).exitCode).toBe(0)
  })

  test('a pinned environment is refused whatever the flags', async () => {
    const { run, target } = await testContext()
    await run('env', 'create', 'production', '--apply')
    for (const flags of [[], ['--yes'], ['--yes', '--take-over']]) {
      const result = await run('env', 'destroy', 'production', ...flags)
      expect(result.exitCode).toBe(1)
      expect(result.stderr).toContain('it is pinned')
    }
    expect(target.asked.filter((line) => line.startsWith('destroy'))).toEqual([])
  })

  test('a record that cannot be read is named and not lost; list shows the others', async () => {
    const { run, store } = await testContext()
    await run('env', 'create', 'calm-otter')
    await store.put('registry/environments/bad.json', '{"schema": 2}')
    const shown = await run('env', 'show', 'bad')
    expect(shown.exitCode).toBe(1)
    expect(shown.stderr).toContain('registry/environments/bad.json')
    const list = await run('env', 'list', '--json')
    expect(list.exitCode).toBe(0)
    expect(json<Environment[]>(list.stdout).map((environment) => environment.name)).toEqual(['calm-otter'])
    expect(list.stderr).toContain('bad.json')
    expect((await store.get('registry/environments/bad.json'))?.body).toBe('{"schema": 2}')
  })
})

describe('the program', () => {
  test('bad usage exits with 2, help with 0, and a bug of ours with 70', async () => {
    const { run, target } = await testContext()
    expect((await run('env', 'creat')).exitCode).toBe(2)
    expect((await run('env', 'create', '--nope')).exitCode).toBe(2)
    expect((await run('--help')).exitCode).toBe(0)
    await run('env', 'create', 'calm-otter')
    target.answers.plan = () => Promise.reject(new TypeError('x is not a function'))
    const bug = await run('env', 'plan', 'calm-otter', '--json')
    expect(bug.exitCode).toBe(70)
    expect(bug.stdout).toBe('')
    expect(bug.stderr).toContain('"kind":"bug"')
  })

  test('no blueprint: says where it looked', async () => {
    const { run, folder } = await testContext()
    await writeFile(path.join(folder, 'devtool.yaml'), '')
    expect((await run('env', 'list')).exitCode).toBe(2)
  })
})
