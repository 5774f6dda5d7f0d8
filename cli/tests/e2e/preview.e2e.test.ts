import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { census, listed, type Resource, resourcesOf } from '../support/aws.ts'
import { type DevtoolResult, devtool } from '../support/cli.ts'
import { createProject, type Project } from '../support/project.ts'
import { describeWith } from '../support/toolchain.ts'
import { bucketContents, registerLostTaskDefinition, storedPasswords } from './account.ts'

interface Environment {
  name: string
  status: string
  url: string
  services: { name: string; status: string; image: string; url: string }[]
}

interface Plan {
  changes: { add: number; change: number; destroy: number }
  resources: { address: string; action: string }[]
}

const NOTHING = { add: 0, change: 0, destroy: 0 }

describeWith(['terraform', 'provider', 'emulator'], 'a preview from blueprint to applied Terraform and back to nothing', () => {
  const account = inject('account')
  let shop: Project
  let before: Resource[]
  let name: string
  const spoken: string[] = []

  const run = async (...args: string[]): Promise<DevtoolResult> => {
    const result = await devtool(args, { cwd: shop.folder, env: { ...account, ...shop.environment } })
    spoken.push(result.stdout, result.stderr)
    return result
  }

  beforeAll(async () => {
    shop = await createProject({ branch: 'feature/cart' })
    before = await census(account)
  })
  afterAll(() => shop.remove())

  test('bootstrap run again changes nothing', () => {
    expect(inject('changedBySecondBootstrap')).toEqual([])
  })

  test('doctor finds nothing to mend', async () => {
    const result = await run('doctor', '--json')
    expect(result.json<{ check: string; ok: boolean }[]>().filter((finding) => !finding.ok)).toEqual([])
    expect(result.exitCode).toBe(0)
  })

  test('create --apply makes it ready', async () => {
    const result = await run('env', 'create', '--apply', '--json')
    expect(result.stderr).not.toContain('error')
    expect(result.exitCode).toBe(0)
    const created = result.json<Environment>()
    name = created.name
    expect(created).toMatchObject({
      status: 'ready',
      url: `https://${name}.preview.example.com`,
      template: 'preview',
      branch: 'feature/cart',
    })
    expect(created.services.map((service) => [service.name, service.status, service.url])).toEqual([
      ['api', 'ready', `https://${name}.preview.example.com/api`],
      ['web', 'ready', `https://${name}.preview.example.com`],
    ])
  })

  test('it is at most 14 resources in the state', async () => {
    const bucket = await bucketContents(account)
    const state = bucket.filter(({ key }) => key.includes(`state/preview/${name}.tfstate@`)).at(0)
    const { resources } = JSON.parse(state?.bytes.toString() ?? '{}') as { resources: { mode: string; instances: unknown[] }[] }
    const managed = resources.filter(({ mode }) => mode === 'managed').flatMap(({ instances }) => instances)
    expect(managed.length).toBeGreaterThan(8)
    expect(managed.length).toBeLessThanOrEqual(14)
  })

  test('list and show tell the same', async () => {
    const list = (await run('env', 'list', '--json')).json<Environment[]>()
    const shown = (await run('env', 'show', name, '--json')).json<Environment>()
    expect(list.find((environment) => environment.name === name)).toEqual(shown)
  })

  test('plan is clean', async () => {
    const plan = (await run('env', 'plan', name, '--json')).json<Plan>()
    expect(plan).toEqual({ name, changes: NOTHING, resources: [] })
  })

  test('another image changes that service alone', async () => {
    const result = await run('env', 'apply', name, '--image', 'web=shop/web:v2', '--json')
    expect(result.exitCode).toBe(0)
    expect(result.json<Environment>().services.find((service) => service.name === 'web')?.image).toBe('shop/web:v2')
    const images = await shop.read(`envs/${name}/images.auto.tfvars.json`)
    await shop.write(`envs/${name}/images.auto.tfvars.json`, images.replace('shop/web:v2', 'shop/web:v3'))
    const plan = (await run('env', 'plan', name, '--json')).json<Plan>()
    expect(plan.resources.every(({ address }) => address.startsWith('module.service_web.'))).toBe(true)
    expect(plan.resources.length).toBeGreaterThan(0)
    expect((await run('env', 'apply', name)).exitCode).toBe(0)
    expect((await run('env', 'plan', name, '--json')).json<Plan>().changes).toEqual(NOTHING)
  })

  test("a file of one's own is applied and left alone; an edited one is never lost", async () => {
    await shop.write(`envs/${name}/queue.tf`, 'resource "aws_sqs_queue" "mail" {\n  name = "shop-mail"\n}\n')
    expect((await run('env', 'plan', name, '--json')).json<Plan>().resources).toEqual([{ address: 'aws_sqs_queue.mail', action: 'create' }])
    await shop.write(`envs/${name}/queue.tf`, '# nothing yet\n')
    const outputs = await shop.read(`envs/${name}/outputs.tf`)
    await shop.write(`envs/${name}/outputs.tf`, `${outputs}\noutput "mine" {\n  value = 1\n}\n`)
    expect((await run('env', 'plan', name)).stderr).toContain('was edited by hand and is used as it is')
    await shop.write('devtool.yaml', (await shop.read('devtool.yaml')).replace('route: /api', 'route: /v2/api'))
    await shop.write(`envs/${name}/main.tf`, `${await shop.read(`envs/${name}/main.tf`)}\n# mine\n`)
    const stopped = await run('env', 'plan', name)
    expect(stopped.exitCode).toBe(1)
    expect(stopped.stderr).toContain('main.tf')
    expect(await shop.read(`envs/${name}/main.tf`)).toContain('# mine')
    await shop.git('checkout', '--quiet', 'devtool.yaml')
    expect((await run('env', 'plan', name, '--overwrite', '--json')).json<Plan>().changes).toEqual(NOTHING)
    expect(await shop.read(`envs/${name}/main.tf`)).not.toContain('# mine')
    expect(await shop.read(`envs/${name}/queue.tf`)).toBe('# nothing yet\n')
  })

  test('two applies at once: one waits or refuses, neither breaks', async () => {
    const results = await Promise.all([
      run('env', 'apply', name, '--image', 'api=shop/api:v2'),
      run('env', 'apply', name, '--image', 'api=shop/api:v2'),
    ])
    const codes = results.map((result) => result.exitCode).sort()
    expect(codes).toEqual([0, 1])
    expect(results.find((result) => result.exitCode === 1)?.stderr).toMatch(/is working on it[\s\S]*hint:/)
    expect((await run('env', 'plan', name, '--json')).json<Plan>().changes).toEqual(NOTHING)
  })

  test('no password, in any form, in a file, a plan, the state, a bundle or anything said', async () => {
    const passwords = await storedPasswords(account, [`shop/${name}/database`, 'shop/platform/database'])
    expect(passwords).toHaveLength(2)
    expect(passwords.every((password) => password.length >= 24)).toBe(true)
    const plan = await devtool(['env', 'plan', name], { cwd: shop.folder, env: { ...account, ...shop.environment, TF_LOG: 'TRACE' } })
    const haystacks = [
      { key: 'said', bytes: Buffer.from([...spoken, plan.stdout, plan.stderr].join('\n')) },
      ...(await bucketContents(account)),
      ...(await filesBelow(shop.folder)).filter(({ key }) => !key.endsWith('terraform.log')),
    ].map(({ key, bytes }) => ({ key, text: (key.includes('.tgz') ? gunzipSync(bytes) : bytes).toString('latin1') }))
    const forms = passwords.flatMap((password) => [password, Buffer.from(password).toString('hex'), ...base64Forms(password)])
    expect(haystacks.filter(({ text }) => forms.some((form) => text.includes(form))).map(({ key }) => key)).toEqual([])
  })

  test('destroying needs a name typed or --yes', async () => {
    const result = await run('env', 'destroy', name)
    expect(result.exitCode).toBe(2)
    expect(result.stderr).toContain(`devtool env destroy ${name} --yes`)
  })

  test('destroy leaves nothing of it and the platform as it was, without the branch or its folder [13][33]', async () => {
    const elsewhere = await createProject({ branch: 'main' })
    // what a killed run leaves when the apply after it succeeds: that one registers its own
    await registerLostTaskDefinition(account, 'shop', name)
    const result = await devtool(['env', 'destroy', name, '--yes', '--json'], {
      cwd: elsewhere.folder,
      env: { ...account, ...elsewhere.environment },
    })
    expect(result.stderr).not.toContain('error')
    expect(result.json<Environment>()).toMatchObject({ name, status: 'destroyed', url: null })
    const after = await census(account)
    expect(listed(resourcesOf(after, 'shop', name)).filter((line) => !line.includes('registry/destroyed/'))).toEqual([])
    // other scenarios come and go in this account meanwhile; the platform is nobody's but its own
    const platform = (resources: readonly Resource[]): string[] => listed(resourcesOf(resources, 'shop', 'platform')).toSorted()
    expect(platform(after)).toEqual(platform(before))
    expect(platform(before).length).toBeGreaterThan(20)
    expect((await run('env', 'list', '--json')).json<Environment[]>().map((environment) => environment.name)).not.toContain(name)
    await elsewhere.remove()
  })

  test('destroying twice is harmless', async () => {
    const again = await run('env', 'destroy', name, '--yes', '--json')
    expect(again.exitCode).toBe(0)
    expect(again.json<Environment>().status).toBe('destroyed')
    const never = await run('env', 'destroy', 'never-was', '--yes')
    expect(never.exitCode).toBe(1)
    expect(never.stderr).toContain('could not find an environment named never-was')
  })
})

async function filesBelow(folder: string): Promise<{ key: string; bytes: Buffer }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  return Promise.all(files.map(async (file) => ({ key: file, bytes: await readFile(file) })))
}

/** Base64 of a text inside a longer one depends on where it begins; these are the parts that are the same at each of the three offsets. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(`${'x'.repeat(offset)}${text}`)
      .toString('base64')
      .replaceAll('=', '')
    return encoded.slice(offset === 0 ? 0 : offset + 1, -2)
  })
}
