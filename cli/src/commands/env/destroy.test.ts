import { describe, expect, test } from 'vitest'
import { testContext } from '../../../tests/support/context.ts'
import { RefusedError } from '../../targets/target.ts'

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

  test('frees the name and the slot, and twice is harmless [P11]', async () => {
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

  test('what is left is named, and the environment stays as leaked until a later run ends clean [33][P7]', async () => {
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

  test('one that was cut off is known as such to the next [P6]', async () => {
    const { run, target, context, store } = await testContext()
    await run('env', 'create', 'calm-otter', '--apply')
    let during: unknown
    target.answers.destroy = async () => {
      during = await context.registry(store).get('calm-otter')
      throw new Error('killed')
    }
    await run('env', 'destroy', 'calm-otter', '--yes')
    expect(during).toMatchObject({ status: 'destroying', unclean: true })
    expect(target.asked.at(-1)).toBe('destroy calm-otter')
    target.answers.destroy = async () => []
    expect((await run('env', 'destroy', 'calm-otter', '--yes')).exitCode).toBe(0)
    expect(target.asked.at(-1)).toBe('destroy calm-otter unclean')
  })

  test('what the target refused to begin leaves the environment as it was, and says why', async () => {
    const { run, target, context, store } = await testContext()
    await run('env', 'create', 'calm-otter', '--apply')
    const before = await context.registry(store).get('calm-otter')
    target.answers.destroy = async () => {
      throw new RefusedError('could not destroy calm-otter: a bundle that does not match its digest (refused)', { hint: 'put it back' })
    }
    const result = await run('env', 'destroy', 'calm-otter', '--yes')
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain('does not match its digest (refused)')
    expect(await context.registry(store).get('calm-otter')).toEqual({
      ...before,
      failure: { phase: 'destroy', resource: null, message: expect.stringContaining('(refused)'), lines: [] },
    })
    target.answers.destroy = async () => []
    expect((await run('env', 'destroy', 'calm-otter', '--yes')).exitCode).toBe(0)
    expect(target.asked.at(-1)).toBe('destroy calm-otter')
  })

  test('the lease of a run that died when everything was gone does not stay', async () => {
    const { run, context, store } = await testContext()
    await run('env', 'create', 'calm-otter', '--apply')
    await run('env', 'destroy', 'calm-otter', '--yes')
    const { holder } = { holder: { ...(await context.processes.self()), pid: 2 ** 22 + 1 } }
    const request = { name: 'calm-otter', operation: 'destroy', holder, workflow: null, takeOver: false }
    await context.leases(store).acquire({ ...request, judge: async () => ({ ended: false }) })
    expect((await run('env', 'destroy', 'calm-otter', '--yes')).exitCode).toBe(0)
    expect(await store.list('registry/leases/')).toEqual([])
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

  test('a record that cannot be read is named and not lost; list shows the others [P6]', async () => {
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
