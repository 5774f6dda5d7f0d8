import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { testContext } from '../../../tests/support/context.ts'
import { createSavedPlans } from '../../registry/saved-plan.ts'
import { createLocalTarget } from '../../targets/local/target.ts'
import { ApplyFailure, RefusedError } from '../../targets/target.ts'
import { BASIS, CHANGES, COMMIT, hash, planWorld } from './testing.ts'

describe('env plan --save', () => {
  test('keeps the plan under the SHA-256 of what is kept, and says how to apply it; writes nothing else [6]', async () => {
    const shop = await planWorld()
    const result = await shop.run('env', 'plan', 'production', '--save', '--json')
    const { plan, ...rest } = JSON.parse(result.stdout)
    expect(rest).toEqual({ name: 'production', changes: { add: 1, change: 0, destroy: 0 }, resources: CHANGES.resources })
    expect(plan).toEqual({ id: expect.stringMatching(/^[0-9a-f]{64}$/), expiresAt: '2026-11-22T08:00:00.000Z', commit: COMMIT })
    const stored = await shop.store.getBytes(`plans/production/${plan.id}`)
    expect(
      createHash('sha256')
        .update(stored as Uint8Array)
        .digest('hex'),
    ).toBe(plan.id)
    expect(await shop.store.list('registry/')).toEqual([])
    expect(await shop.store.list('plans/')).toEqual([`plans/production/${plan.id}`])
    const { manifest, file } = await createSavedPlans(shop.store).open('production', plan.id)
    expect(new TextDecoder().decode(file)).toBe('the plan')
    expect(manifest).toEqual({
      schema: 1,
      name: 'production',
      project: 'shop',
      commit: COMMIT,
      slot: 999,
      serial: 0,
      ...BASIS,
      createdAt: '2026-11-21T08:00:00.000Z',
      expiresAt: plan.expiresAt,
      changes: rest.changes,
    })
    expect(shop.target.asked).toEqual(['plan production to a file slot 999'])
    const text = (await shop.run('env', 'plan', 'production', '--save')).stdout
    expect(text).toMatch(/create {2}aws_sqs_queue\.mail\["a\|b"\]\n\n1 to add, 0 to change, 0 to destroy\n/)
    expect(text).toContain(`\n  devtool env apply production --plan ${plan.id} --yes\n`)
  })

  test('nothing to change: says so and keeps nothing', async () => {
    const shop = await planWorld()
    shop.target.answers.plan = async () => ({ add: 0, change: 0, destroy: 0, resources: [] })
    shop.target.answers.file = () => null
    const result = await shop.run('env', 'plan', 'production', '--save', '--json')
    expect(JSON.parse(result.stdout)).toEqual({
      name: 'production',
      changes: { add: 0, change: 0, destroy: 0 },
      resources: [],
      plan: null,
    })
    expect((await shop.run('env', 'plan', 'production', '--save')).stdout).toContain('production is what its folder says: no changes')
  })

  test('only outputs change: that is something', async () => {
    const shop = await planWorld()
    shop.target.answers.plan = async () => ({ add: 0, change: 0, destroy: 0, resources: [] })
    expect((await shop.save()).id).toMatch(/^[0-9a-f]{64}$/)
    expect((await shop.run('env', 'plan', 'production', '--save')).stdout).toContain('production: only its outputs change')
  })

  test('hands outputs and a summary to a workflow, with what is foreign escaped', async () => {
    const variables: Record<string, string> = {}
    const shop = await planWorld({ variables })
    const file = (name: string): string => path.join(shop.folder, name)
    Object.assign(variables, { GITHUB_OUTPUT: file('outputs'), GITHUB_STEP_SUMMARY: file('summary') })
    const { id } = await shop.save()
    const values = async (): Promise<string[]> =>
      (await readFile(file('outputs'), 'utf8')).split('\n').filter((line) => !line.startsWith('end-'))
    expect(await values()).toEqual([expect.stringMatching(/^plan<</), id, expect.stringMatching(/^changes<</), 'true', ''])
    const summary = await readFile(file('summary'), 'utf8')
    expect(summary).toContain('### Plan of `production`: **1** to add, **0** to change, **0** to destroy')
    expect(summary).toContain('| create | aws&#95;sqs&#95;queue.mail&#91;"a&#124;b"&#93; |')
    expect(summary).toContain(`devtool env apply production --plan ${id} --yes`)
    shop.target.answers.file = () => null
    await shop.run('env', 'plan', 'production', '--save')
    expect((await values()).slice(4)).toEqual([expect.stringMatching(/^plan<</), '', expect.stringMatching(/^changes<</), 'false', ''])
    expect(await readFile(file('summary'), 'utf8')).toContain('### Plan of `production`: nothing to change')
  })

  test('without a commit there is nothing that it belongs to', async () => {
    const shop = await planWorld({ head: { branch: 'main', commit: null } })
    const result = await shop.run('env', 'plan', 'production', '--save')
    expect(result).toMatchObject({ exitCode: 2, stdout: '' })
    expect(result.stderr).toMatch(/could not tell which commit .* is at[\s\S]*hint: a saved plan belongs to a commit/)
  })

  test('an earlier run that was cut off or failed: what no state knows is looked for', async () => {
    const shop = await planWorld()
    await shop.run('env', 'apply', 'production')
    shop.target.answers.apply = async (_root, _run, hooks) => {
      await hooks.onChanging()
      throw new ApplyFailure('could not apply', { phase: 'apply', resource: null, message: 'no capacity', lines: [] })
    }
    await shop.run('env', 'apply', 'production')
    await shop.save()
    expect(shop.target.asked.at(-1)).toMatch(/^plan production to a file slot \d+ unclean$/)
  })

  test('of what runs on this machine there is none', async () => {
    const shop = await testContext()
    const created = JSON.parse((await shop.run('env', 'create', '--target', 'local', '--json')).stdout) as { name: string }
    shop.target.planToFile = createLocalTarget({} as never).planToFile
    const result = await shop.run('env', 'plan', created.name, '--save')
    expect(result).toMatchObject({ exitCode: 2, stdout: '' })
    expect(result.stderr).toContain(`could not save a plan of ${created.name}: it runs on this machine`)
    expect((await shop.run('env', 'apply', created.name, '--plan', hash('any'))).stderr).toContain('could not use --plan')
  })
})

describe('env apply --plan', () => {
  test('applies that very plan, with the slot that it was made for, and removes it [6]', async () => {
    const shop = await planWorld()
    const { id } = await shop.save()
    const result = await shop.run('env', 'apply', 'production', '--plan', id, '--json')
    expect(result.stderr).toContain(`this applies plan ${id} of production, made at 2026-11-21T08:00:00.000Z of commit ${COMMIT}: 1 to add`)
    expect(JSON.parse(result.stdout)).toMatchObject({ name: 'production', status: 'ready', pinned: true })
    expect(shop.target.asked.at(-1)).toBe('apply production slot 999 from the plan')
    expect(await shop.store.getBytes(`plans/production/${id}`)).toBeUndefined()
    const again = await shop.run('env', 'apply', 'production', '--plan', id)
    expect(again.exitCode).toBe(1)
    expect(again.stderr).toMatch(/could not find the saved plan .*plans\/production\/[\s\S]*hint: devtool env plan production --save/)
  })

  test('what the target refuses leaves the record as it was, and the plan where it is', async () => {
    const shop = await planWorld()
    await shop.run('env', 'apply', 'production')
    const { id } = await shop.save()
    shop.target.answers.apply = () => Promise.reject(new RefusedError('could not apply the saved plan of production: it is stale'))
    expect((await shop.run('env', 'apply', 'production', '--plan', id)).exitCode).toBe(1)
    expect(JSON.parse((await shop.run('env', 'show', 'production', '--json')).stdout)).toMatchObject({ status: 'ready' })
    expect(await shop.store.getBytes(`plans/production/${id}`)).toBeDefined()
    expect(await shop.store.list('registry/leases/')).toEqual([])
  })

  test('one that failed half-way is used up', async () => {
    const shop = await planWorld()
    const { id } = await shop.save()
    shop.target.answers.apply = async (_root, _run, hooks) => {
      await hooks.onChanging()
      await hooks.onSettled()
      throw new ApplyFailure('could not apply', { phase: 'apply', resource: null, message: 'no capacity', lines: [] })
    }
    expect((await shop.run('env', 'apply', 'production', '--plan', id)).exitCode).toBe(1)
    expect(await shop.store.getBytes(`plans/production/${id}`)).toBeUndefined()
    expect(JSON.parse((await shop.run('env', 'show', 'production', '--json')).stdout)).toMatchObject({ status: 'failed' })
  })

  test('an image of its own cannot be had with it', async () => {
    const shop = await planWorld()
    const { id } = await shop.save()
    const result = await shop.run('env', 'apply', 'production', '--plan', id, '--image', 'web=shop/web:2')
    expect(result.exitCode).toBe(2)
    expect(result.stderr).toContain('could not use --image with --plan')
  })
})
