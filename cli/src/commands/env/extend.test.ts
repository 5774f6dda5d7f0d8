import { describe, expect, test } from 'vitest'
import { type TestContext, testContext } from '../../../tests/support/context.ts'
import { destroyEnvironment, ExtendedError } from '../../operations/destroy.ts'
import { openProject } from '../../operations/project.ts'
import type { EnvironmentRecord } from '../../registry/record.ts'

const HOUR = 3_600_000
const START = Date.parse('2026-11-21T08:00:00.000Z')
const at = (hours: number): string => new Date(START + hours * HOUR).toISOString()

/** `calm-otter`, applied at the start with a time to live of 72 h. */
async function applied(change: Partial<EnvironmentRecord> = {}, ...flags: string[]): Promise<TestContext> {
  const stage = await testContext()
  await stage.run('env', 'create', 'calm-otter', '--apply', '--yes', ...flags)
  if (Object.keys(change).length > 0) await recordsOf(stage).update('calm-otter', (record) => ({ ...record, ...change }))
  return stage
}

const recordsOf = ({ context, store }: TestContext) => context.registry(store)
const expiryOf = async (stage: TestContext): Promise<string | null | undefined> => (await recordsOf(stage).get('calm-otter'))?.expiresAt

describe('env extend', () => {
  test('starts the time to live anew, and prints the environment [P2]', async () => {
    const stage = await applied()
    stage.clock.time += 10 * HOUR
    const result = await stage.run('env', 'extend', 'calm-otter', '--json')
    expect(result.exitCode).toBe(0)
    expect(JSON.parse(result.stdout)).toMatchObject({ name: 'calm-otter', status: 'ready', expiresAt: at(82) })
    expect(JSON.parse(result.stdout)).not.toHaveProperty('extendedUntil')
    expect(await expiryOf(stage)).toBe(at(82))
    expect((await stage.run('env', 'extend', 'calm-otter')).stdout).toBe(`calm-otter expires in 3 d (${at(82)})\n`)
  })

  test('takes a duration, which alone may be less than what is left; 90 days are the most', async () => {
    const stage = await applied()
    const until = async (...args: string[]): Promise<string | null | undefined> => {
      expect((await stage.run('env', 'extend', 'calm-otter', ...args)).exitCode).toBe(0)
      return expiryOf(stage)
    }
    expect(await until('14d')).toBe(at(14 * 24))
    expect(await until()).toBe(at(14 * 24))
    expect(await until('2h')).toBe(at(2))
    expect(await until('90d')).toBe(at(90 * 24))
    for (const wrong of ['91d', 'soon', '0h']) {
      const refused = await stage.run('env', 'extend', 'calm-otter', wrong)
      expect(refused.exitCode).toBe(2)
      expect(refused.stderr).toContain('90d')
    }
  })

  test('the time to live is the one of its document, and without one that of previews', async () => {
    const stage = await applied({}, '--ttl', '5h')
    stage.clock.time += HOUR
    await stage.run('env', 'extend', 'calm-otter')
    expect(await expiryOf(stage)).toBe(at(6))
    await recordsOf(stage).update('calm-otter', (record) => ({ ...record, ttl: null, expiresAt: null }))
    expect((await stage.run('env', 'extend', 'calm-otter')).stderr).toContain('calm-otter does not expire')
    expect(await expiryOf(stage)).toBeNull()
    await stage.run('env', 'extend', 'calm-otter', '3d')
    expect(await expiryOf(stage)).toBe(at(1 + 3 * 24))
  })

  test('works for what has expired and is still there, and the sweep that came for it leaves it', async () => {
    const stage = await applied()
    stage.clock.time += 80 * HOUR
    expect((await stage.run('env', 'extend', 'calm-otter')).exitCode).toBe(0)
    expect(await expiryOf(stage)).toBe(at(152))
    const project = await openProject(stage.context)
    const sweep = destroyEnvironment(stage.context, project, 'calm-otter', { takeOver: false, expiredOnly: true })
    await expect(sweep).rejects.toBeInstanceOf(ExtendedError)
    await expect(sweep).rejects.toMatchObject({ kind: 'conflict', expiresAt: at(152) })
    expect(stage.target.asked.filter((line) => line.startsWith('destroy'))).toEqual([])
    expect(await recordsOf(stage).get('calm-otter')).toMatchObject({ status: 'ready', unclean: false })
  })

  test.each([
    ['destroying', 'it is being destroyed'],
    ['leaked', 'something of it is left'],
  ] as const)('is refused while it is %s', async (status, why) => {
    const stage = await applied({ status, pullRequest: 7 })
    const result = await stage.run('env', 'extend', 'calm-otter')
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain(why)
    expect(result.stderr).toContain('devtool env destroy calm-otter')
    expect(result.stderr).toContain('a push to #7')
    expect(await expiryOf(stage)).toBe(at(72))
  })

  test('cannot bring back what is destroyed, and says what can', async () => {
    const stage = await applied()
    await stage.run('env', 'destroy', 'calm-otter', '--yes')
    const result = await stage.run('env', 'extend', 'calm-otter')
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain('could not extend calm-otter: it is destroyed')
    expect(result.stderr).toContain('devtool env create calm-otter --apply')
    expect((await stage.run('env', 'extend', 'never-was')).exitCode).toBe(1)
  })

  test('a destroy that begins between the look and the write wins', async () => {
    const stage = await applied()
    const registry = recordsOf(stage)
    const slow = {
      ...registry,
      update: async (...args: Parameters<typeof registry.update>) => {
        await recordsOf(stage).update('calm-otter', (record) => ({ ...record, status: 'destroying' }))
        return registry.update(...args)
      },
    }
    const { extendEnvironment } = await import('../../operations/extend.ts')
    const context = { ...stage.context, registry: () => slow }
    const project = await openProject(stage.context)
    await expect(extendEnvironment(context, project, { name: 'calm-otter', duration: undefined })).rejects.toThrow('it is being destroyed')
    expect(await expiryOf(stage)).toBe(at(72))
  })

  test('a pinned environment never expires', async () => {
    const stage = await testContext()
    await stage.run('env', 'create', 'production', '--apply', '--yes')
    const result = await stage.run('env', 'extend', 'production', '3d')
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain('it is pinned')
  })
})

describe('a deployment of what was extended', () => {
  test('does not cut it short, now or later, and starts the time to live anew where that reaches further', async () => {
    const stage = await applied()
    await stage.run('env', 'extend', 'calm-otter', '10d')
    await stage.run('env', 'apply', 'calm-otter', '--yes')
    expect(await expiryOf(stage)).toBe(at(240))
    stage.clock.time += 200 * HOUR
    await stage.run('env', 'apply', 'calm-otter', '--yes')
    expect(await expiryOf(stage)).toBe(at(272))
  })

  test('extended while it goes on, it stays extended', async () => {
    const stage = await applied()
    stage.target.answers.apply = async (_root, _run, hooks) => {
      await hooks.onChanging()
      await stage.run('env', 'extend', 'calm-otter', '10d')
      await hooks.onSettled()
    }
    await stage.run('env', 'apply', 'calm-otter', '--yes')
    expect(await expiryOf(stage)).toBe(at(240))
  })

  test('a shorter life that was asked for is what a deployment ends', async () => {
    const stage = await applied()
    await stage.run('env', 'extend', 'calm-otter', '1h')
    await stage.run('env', 'apply', 'calm-otter', '--yes')
    expect(await expiryOf(stage)).toBe(at(72))
  })

  test('destroyed and made anew under the same name, it has no extension', async () => {
    const stage = await applied()
    await stage.run('env', 'extend', 'calm-otter', '10d')
    await stage.run('env', 'destroy', 'calm-otter', '--yes')
    await stage.run('env', 'create', 'calm-otter', '--apply', '--yes')
    expect(await expiryOf(stage)).toBe(at(72))
  })
})

describe('on this machine', () => {
  test('the supervisor is told, after an apply as after an extension; in the account nobody has to be', async () => {
    const stage = await testContext()
    const { name } = JSON.parse((await stage.run('env', 'create', '--target', 'local', '--apply', '--json')).stdout) as { name: string }
    expect(stage.target.kept.get(name)).toBe(at(72))
    expect((await stage.run('env', 'extend', name, '10d')).exitCode).toBe(0)
    expect(stage.target.kept.get(name)).toBe(at(240))
    await stage.run('env', 'destroy', name, '--yes')
    expect((await stage.run('env', 'extend', name)).stderr).toContain(`devtool env create ${name} --target local --apply`)
    await stage.run('env', 'create', 'calm-otter', '--apply', '--yes')
    stage.target.kept.clear()
    await stage.run('env', 'extend', 'calm-otter')
    expect([...stage.target.kept]).toEqual([])
  })
})
