import { describe, expect, test } from 'vitest'
import type { TestContext } from '../../../tests/support/context.ts'
import { createSavedPlans } from '../../registry/saved-plan.ts'
import { COMMIT, hash, planWorld } from './testing.ts'

const HOUR = 3_600_000

describe('env apply --plan', () => {
  const refusals: { title: string; spoil: (shop: TestContext, id: string) => Promise<string>; message: RegExp; exitCode?: number }[] = [
    {
      title: 'what was changed after it was saved',
      spoil: async ({ store }, id) => {
        const key = `plans/production/${id}`
        const bytes = (await store.getBytes(key)) as Uint8Array
        await store.putBytes(
          key,
          bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)),
        )
        return id
      },
      message: /it is not what was saved, its SHA-256 is [0-9a-f]{64}[\s\S]*hint: find out who can write below plans\//,
    },
    {
      title: 'older than a day',
      spoil: async ({ clock }, id) => {
        clock.time += 24 * HOUR + 1
        return id
      },
      message: /was made at 2026-11-21T08:00:00\.000Z and could be applied until 2026-11-22T08:00:00\.000Z/,
    },
    {
      title: 'made in the future',
      spoil: async ({ clock }, id) => {
        clock.time -= HOUR
        return id
      },
      message: /which is yet to come[\s\S]*hint: set the clock/,
    },
    {
      title: 'that says itself that it lives longer',
      spoil: async ({ store, clock }, id) => {
        const plans = createSavedPlans(store)
        const { manifest, file } = await plans.open('production', id)
        clock.time += 25 * HOUR
        return (await plans.save({ ...manifest, expiresAt: '2027-01-01T00:00:00.000Z' }, file)).id
      },
      message: /was made at 2026-11-21T08:00:00\.000Z and could be applied until/,
    },
    {
      title: 'of another project',
      spoil: async ({ store }, id) => {
        const plans = createSavedPlans(store)
        const { manifest, file } = await plans.open('production', id)
        return (await plans.save({ ...manifest, project: 'other' }, file)).id
      },
      message: /it is of production of other/,
    },
    { title: 'that is no id', spoil: async () => '../../state/pinned/production', message: /allowed is a SHA-256/, exitCode: 2 },
    { title: 'that never was', spoil: async () => hash('other'), message: /could not find the saved plan/ },
    {
      title: 'of another version',
      spoil: async ({ store }) => {
        await store.putBytes(`plans/production/${hash('{}')}`, new TextEncoder().encode('{}'))
        return hash('{}')
      },
      message: /another version of devtool saved it/,
    },
    {
      title: 'made before the environment was applied in another way',
      spoil: async ({ run }, id) => {
        await run('env', 'apply', 'production')
        return id
      },
      message: /it is stale, as the environment was applied after it had been planned/,
    },
    {
      title: 'made for a slot that somebody took meanwhile',
      spoil: async ({ store }, id) => {
        await store.put('registry/slots/0999.json', JSON.stringify({ name: 'other', claimedAt: '2026-11-21T08:00:00.000Z' }))
        return id
      },
      message: /it was made for slot 999, which was free then, and production has slot \d+ now/,
    },
  ]
  test.each(refusals)('refuses one $title', async ({ spoil, message, exitCode = 1 }) => {
    const shop = await planWorld()
    const id = await spoil(shop, (await shop.save()).id)
    const before = shop.target.asked.length
    const result = await shop.run('env', 'apply', 'production', '--plan', id)
    expect(result).toMatchObject({ exitCode, stdout: '' })
    expect(result.stderr).toMatch(message)
    expect(result.stderr).toMatch(/hint: .*devtool env plan production --save/)
    expect(shop.target.asked.slice(before)).toEqual([])
    // and a new one is taken
    const fresh = await shop.save()
    expect(await shop.run('env', 'apply', 'production', '--plan', fresh.id)).toMatchObject({ exitCode: 0 })
  })

  test('refuses one of another commit, and says how to get there', async () => {
    const head = { branch: 'main', commit: COMMIT }
    const shop = await planWorld({ head })
    const { id } = await shop.save()
    head.commit = 'bada55'.padEnd(40, '0')
    const result = await shop.run('env', 'apply', 'production', '--plan', id)
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain(`it was made at commit ${COMMIT}, and this checkout is at ${head.commit}`)
    expect(result.stderr).toContain(`hint: git checkout ${COMMIT}, or devtool env plan production --save`)
    expect(await shop.store.getBytes(`plans/production/${id}`)).toBeDefined()
  })
})
