import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { testContext } from '../../../tests/support/context.ts'
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
      throw new ApplyFailure('could not apply', {
        phase: 'apply',
        resource: 'module.service_web',
        message: 'no capacity',
        lines: ['line one'],
      })
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
    expect(second?.stderr).toMatch(
      /could not apply calm-otter: .+@.+ \(process \d+, apply since 2026-11-21T08:00:00\.000Z\) is working on it/,
    )
  })

  test('previews.limit holds for new ones and never for those that run [30][P16][P21]', async () => {
    const { run } = await testContext()
    for (const name of ['one', 'two']) expect((await run('env', 'create', name, '--apply')).exitCode).toBe(0)
    const third = await run('env', 'create', 'three', '--apply')
    expect(third.exitCode).toBe(1)
    expect(third.stderr).toContain('2 previews are running and previews.limit is 2')
    expect((await run('env', 'apply', 'two')).exitCode).toBe(0)
    await run('env', 'destroy', 'one', '--yes')
    expect((await run('env', 'apply', 'three')).exitCode).toBe(0)
  })

  test('previews.limit counts previews of this project, and nothing else that the registry holds', async () => {
    const { run, context, store } = await testContext()
    const registry = context.registry(store)
    await run('env', 'create', 'one', '--apply')
    await run('env', 'create', 'production', '--apply')
    const record = await registry.get('one')
    if (record === undefined) throw new Error('it was made')
    for (const change of [{ project: 'blog' }, { status: 'claimed' as const }, { template: 'platform' as const }])
      await registry.claim({ ...record, name: `other-${Object.keys(change)}`, slot: null, ...change })
    expect((await run('env', 'create', 'two', '--apply')).exitCode).toBe(0)
    expect((await run('env', 'create', 'three', '--apply')).stderr).toContain('2 previews are running and previews.limit is 2')
    // on this machine there is room of its own
    expect((await run('env', 'create', '--target', 'local', '--apply')).exitCode).toBe(0)
  })

  test('declined at the terminal: nothing is done', async () => {
    const { run, target } = await testContext({ answers: ['n'] })
    await run('env', 'create', 'calm-otter')
    expect((await run('env', 'apply', 'calm-otter')).exitCode).toBe(130)
    expect(target.asked).toEqual([])
  })
})
