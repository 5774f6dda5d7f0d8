import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { census, listed, resourcesOf } from '../support/aws.ts'
import { type DevtoolResult, devtool } from '../support/cli.ts'
import { createProject, type Project } from '../support/project.ts'
import { describeWith } from '../support/toolchain.ts'
import { createBucket, createLostSecret } from './account.ts'

describeWith(['terraform', 'provider', 'emulator'], 'what goes wrong is said clearly and loses nothing', () => {
  const account = inject('account')
  let shop: Project

  beforeAll(async () => {
    shop = await createProject({ branch: 'feature/refused' })
  })
  afterAll(() => shop.remove())

  const run = (args: string[], env: Record<string, string | undefined> = {}): Promise<DevtoolResult> =>
    devtool(args, { cwd: shop.folder, env: { ...account, ...shop.environment, ...env } })

  /** One message, one hint, no stack, nothing on stdout. */
  const expectRefusal = (result: DevtoolResult, exitCode: number, message: RegExp, hint: RegExp): void => {
    expect(result.stderr).toMatch(message)
    expect(result.stderr).toMatch(hint)
    expect(result.stderr).not.toMatch(/\n\s+at .*\.js:\d+/)
    expect(result.exitCode).toBe(exitCode)
    expect(result.stdout).toBe('')
  }

  test('no credentials', async () => {
    const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }
    expectRefusal(await run(['env', 'list'], none), 1, /no AWS credentials/, /aws sso login/)
    expectRefusal(await run(['bootstrap', '--yes'], none), 1, /credentials/, /hint:/)
    const rendered = await run(['env', 'create', 'without-account'], none)
    expect(rendered.exitCode).toBe(0)
    expect(rendered.stderr).toContain('is not claimed yet')
  })

  test('another account, which was never bootstrapped', async () => {
    const other = { AWS_ACCESS_KEY_ID: 'ASIAOTHER', AWS_SECRET_ACCESS_KEY: 'x', AWS_SESSION_TOKEN: 'x', MOTO_ACCOUNT_ID: '111111111111' }
    const elsewhere = await createProject({ blueprint: (await shop.read('devtool.yaml')).replace('project: shop', 'project: other') })
    const result = await devtool(['env', 'create', '--apply', '--yes'], {
      cwd: elsewhere.folder,
      env: { ...account, ...elsewhere.environment, ...other },
    })
    expectRefusal(result, 1, /bucket/, /devtool bootstrap/)
    await elsewhere.remove()
  })

  test('a bucket but no platform', async () => {
    const elsewhere = await createProject({ blueprint: (await shop.read('devtool.yaml')).replace('project: shop', 'project: bare') })
    await createBucket(account, 'bare-devtool-123456789012-us-east-1')
    const env = { ...account, ...elsewhere.environment }
    const result = await devtool(['env', 'create', 'lonely', '--apply', '--yes'], { cwd: elsewhere.folder, env })
    expectRefusal(result, 1, /could not apply lonely: there is no platform of bare/, /devtool bootstrap/)
    const gone = await devtool(['env', 'destroy', 'lonely', '--yes'], { cwd: elsewhere.folder, env })
    expect(gone.stderr).not.toMatch(/^error:/m)
    await elsewhere.remove()
  })

  test('no engine, and one that is too old', async () => {
    await run(['env', 'create', 'engine-less'])
    expectRefusal(
      await run(['env', 'plan', 'engine-less'], { DEVTOOL_TERRAFORM: 'no-such-engine' }),
      1,
      /could not find the engine no-such-engine/,
      /DEVTOOL_TERRAFORM/,
    )
    const old = path.join(shop.folder, 'old-terraform')
    await writeFile(old, '#!/bin/sh\necho \'{"terraform_version": "1.5.7", "platform": "linux_amd64", "terraform_outdated": true}\'\n')
    await chmod(old, 0o755)
    expectRefusal(
      await run(['env', 'plan', 'engine-less'], { DEVTOOL_TERRAFORM: old }),
      1,
      /terraform 1\.5\.7.*1\.11\.0 or newer/,
      /install Terraform/,
    )
  })

  test('the provider cannot be had', async () => {
    const result = await run(['env', 'plan', 'engine-less'], { DEVTOOL_PROVIDER_MIRROR: path.join(shop.folder, 'services') })
    expectRefusal(result, 1, /hashicorp\/aws/, /hint:/)
  })

  test('an apply that fails in the middle: failed, says where and why, and goes on from there', async () => {
    await run(['env', 'create', 'half-made'])
    const group =
      'resource "aws_security_group" "bad" {\n  name = "shop-half-made-bad"\n  vpc_id = "vpc-nowhere"\n  depends_on = [module.service_web]\n}\n'
    await shop.write('envs/half-made/group.tf', group)
    const failed = await run(['env', 'apply', 'half-made', '--yes'])
    expectRefusal(failed, 1, /could not apply half-made: aws_security_group\.bad/, /hint:/)
    const shown = (await run(['env', 'show', 'half-made', '--json'])).json<{ status: string }>()
    expect(shown.status).toBe('failed')
    expect((await run(['env', 'show', 'half-made'])).stdout).toContain('failed in apply at aws_security_group.bad')
    await shop.write('envs/half-made/group.tf', '# mended\n')
    const mended = await run(['env', 'apply', 'half-made', '--yes', '--json'])
    expect(mended.json<{ status: string }>().status).toBe('ready')
    expect((await run(['env', 'destroy', 'half-made', '--yes'])).exitCode).toBe(0)
    expect(listed(resourcesOf(await census(account), 'shop', 'half-made')).filter((line) => !line.includes('registry/destroyed/'))).toEqual(
      [],
    )
  })

  test('what exists and no state knows is taken over, not stumbled over [24][P7]', async () => {
    await createLostSecret(account, 'shop', 'found-again')
    const applied = await run(['env', 'create', 'found-again', '--apply', '--yes', '--json'])
    expect(applied.stderr).toContain('taking over 1 that no state knew: module.database.aws_secretsmanager_secret.this')
    expect(applied.json<{ status: string }>().status).toBe('ready')
    expect((await run(['env', 'destroy', 'found-again', '--yes'])).exitCode).toBe(0)
    expect(
      listed(resourcesOf(await census(account), 'shop', 'found-again')).filter((line) => !line.includes('registry/destroyed/')),
    ).toEqual([])
  })

  test('fifty at once in a bucket: fifty names and fifty slots', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, () => run(['env', 'create', '--json'])))
    expect(results.map((result) => result.exitCode).filter((code) => code !== 0)).toEqual([])
    const names = results.map((result) => result.json<{ name: string }>().name)
    expect(new Set(names).size).toBe(50)
    const objects = listed(await census(account)).filter((line) => line.includes('/registry/slots/'))
    expect(objects.length).toBeGreaterThanOrEqual(50)
    for (const name of names) expect((await run(['env', 'destroy', name, '--yes'])).exitCode).toBe(0)
  })
})
