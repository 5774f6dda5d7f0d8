import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { added, census, listed, type Resource, resourcesOf } from '../support/aws.ts'
import { devtool, startDevtool } from '../support/cli.ts'
import { descendants, kill } from '../support/kill.ts'
import { createProject, type Project } from '../support/project.ts'
import { describeWith } from '../support/toolchain.ts'

const MOMENTS = 20
/** Spread over a whole run: the command takes about five seconds on an idle machine of two cores. */
const FIRST_MS = 250
const LAST_MS = 6_000

describeWith(['terraform', 'provider', 'emulator'], `killed at ${MOMENTS} moments, and stopped by hand`, () => {
  const account = inject('account')
  let shop: Project
  let before: Resource[]

  beforeAll(async () => {
    shop = await createProject({ branch: 'feature/killed' })
    before = await census(account)
  })
  afterAll(() => shop.remove())

  const options = () => ({ cwd: shop.folder, env: { ...account, ...shop.environment } })

  for (let moment = 0; moment < MOMENTS; moment += 1) {
    const after = Math.round(FIRST_MS + ((LAST_MS - FIRST_MS) * moment) / (MOMENTS - 1))
    // four kinds: with or without its Terraform, and then apply again or destroy
    const withTerraform = moment % 4 < 2
    const thenApply = moment % 2 === 0
    const name = `killed-${moment}`

    test(`after ${after} ms, ${withTerraform ? 'with' : 'without'} its Terraform, then ${thenApply ? 'apply' : 'destroy'}`, async () => {
      const running = startDevtool(['env', 'create', name, '--apply', '--yes'], options())
      await delay(after)
      const children = withTerraform ? await descendants(running.pid) : []
      for (const pid of [running.pid, ...children]) kill(pid)
      await running.done

      if (thenApply) {
        const rendered = existsSync(path.join(shop.folder, 'envs', name, 'environment.json'))
        const command = rendered ? ['env', 'apply', name] : ['env', 'create', name, '--apply']
        const applied = await devtool([...command, '--yes', '--json'], options())
        expect(applied.stderr).not.toMatch(/^error:/m)
        expect(applied.json<{ status: string }>().status).toBe('ready')
        const plan = await devtool(['env', 'plan', name, '--json'], options())
        expect(plan.json<{ resources: unknown[] }>().resources).toEqual([])
      }
      const destroyed = await devtool(['env', 'destroy', name, '--yes', '--json'], options())
      if (destroyed.exitCode === 0) expect(destroyed.json<{ status: string }>().status).toBe('destroyed')
      else expect(destroyed.stderr).toContain(`could not find an environment named ${name}`)

      const now = await census(account)
      expect(listed(resourcesOf(now, 'shop', name)).filter((line) => !line.includes('registry/destroyed/'))).toEqual([])
      expect(listed(added(before, now)).filter((line) => /lock|lease|bundle|slot/.test(line) && line.includes(name))).toEqual([])
    })
  }

  test('a destroy that is killed with its Terraform does not leave its lock: destroy again ends clean [1][P5]', async () => {
    await devtool(['env', 'create', 'killed-twice', '--apply', '--yes'], options())
    const running = startDevtool(['env', 'destroy', 'killed-twice', '--yes'], options())
    await delay(2_000)
    for (const pid of [running.pid, ...(await descendants(running.pid))]) kill(pid)
    await running.done
    const again = await devtool(['env', 'destroy', 'killed-twice', '--yes', '--json'], options())
    expect(again.stderr).not.toMatch(/^error:/m)
    expect(again.json<{ status: string }>().status).toBe('destroyed')
    const left = listed(resourcesOf(await census(account), 'shop', 'killed-twice'))
    expect(left.filter((line) => !line.includes('registry/destroyed/'))).toEqual([])
  })

  test('Ctrl-C: Terraform saves what it made and frees its lock, and destroy goes on from there [F6]', async () => {
    const running = startDevtool(['env', 'create', 'killed-by-hand', '--apply', '--yes'], options())
    await delay(3_500)
    running.kill('SIGINT')
    running.kill('SIGINT')
    const ended = await running.done
    // on a fast machine it may have been ready before
    expect([0, 130]).toContain(ended.exitCode)
    const now = listed(await census(account)).filter((line) => line.includes('killed-by-hand'))
    expect(now.filter((line) => /\.tflock|leases/.test(line))).toEqual([])
    const destroyed = await devtool(['env', 'destroy', 'killed-by-hand', '--yes', '--json'], options())
    expect(destroyed.json<{ status: string }>().status).toBe('destroyed')
    expect(
      listed(resourcesOf(await census(account), 'shop', 'killed-by-hand')).filter((line) => !line.includes('registry/destroyed/')),
    ).toEqual([])
  })

  test('no slot, lease, lock, bundle or state is left of any of them [1][33]', async () => {
    const left = listed(added(before, await census(account))).filter(
      (line) => line.includes('killed-') && !line.includes('registry/destroyed/'),
    )
    expect(left).toEqual([])
  })
})
