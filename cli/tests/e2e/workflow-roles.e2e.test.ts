import { IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadRoles } from '../emulator/agent/iam/load.ts'
import type { RolePolicies } from '../emulator/agent/ports.ts'
import { type Emulator, startEmulator } from '../emulator/emulator.ts'
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts'
import { type DevtoolResult, devtool } from '../support/cli.ts'
import { createProject, type Project } from '../support/project.ts'
import { describeWith } from '../support/toolchain.ts'
import { createZone } from './account.ts'

interface Bootstrapped {
  changed: string[]
  github: { roles: Record<string, string>; variables: Record<string, string>; left: { what: string }[] } | null
}

describeWith(['terraform', 'provider', 'emulator'], 'roles for the workflows of a repository', () => {
  let emulator: Emulator
  let fake: FakeGitHub
  let shop: Project
  let first: Bootstrapped

  const run = (args: string[], env: Record<string, string> = {}): Promise<DevtoolResult> =>
    devtool(args, { cwd: shop.folder, env: { ...emulator.environment, ...shop.environment, ...env } })
  const withToken = (): Record<string, string> => ({ GITHUB_TOKEN: fake.rules.token, GITHUB_API_URL: fake.url })
  const roles = async (): Promise<RolePolicies[]> => {
    const { AWS_ENDPOINT_URL: endpoint = '' } = emulator.environment
    const client = new IAMClient({ region: 'us-east-1', endpoint, credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' } })
    try {
      return (await loadRoles(client)).filter(({ arn }) => arn.includes(':role/devtool/'))
    } finally {
      client.destroy()
    }
  }

  beforeAll(async () => {
    emulator = await startEmulator()
    fake = await startFakeGitHub()
    fake.rules.permissions = { actions: 'read', 'actions-variables': 'write', administration: 'write' }
    shop = await createProject({ branch: 'main' })
    for (const domain of ['preview.example.com', 'shop.example.com']) await createZone(emulator.environment, domain)
    const result = await run(['bootstrap', '--github', '--yes', '--json'], withToken())
    expect(result.stderr).not.toContain('error')
    first = result.json<Bootstrapped>()
  })
  afterAll(async () => {
    expect(fake?.faults).toEqual([])
    await Promise.all([emulator?.stop(), fake?.stop(), shop?.remove()])
  })

  test('bootstrap --github makes them, and the repository knows them', async () => {
    const made = await roles()
    expect(made.map(({ arn }) => arn).sort()).toEqual(Object.values(first.github?.roles ?? {}).sort())
    expect(made).toHaveLength(5)
    expect(Object.fromEntries(fake.state.variables)).toEqual(first.github?.variables)
    const teardown = made.find(({ arn }) => arn.endsWith('/shop-preview-teardown'))
    expect(JSON.stringify(teardown?.trust)).toContain('"repo:acme@9919/shop@1296269:environment:preview-teardown"')
  })

  test('run again it changes nothing, also without a token', async () => {
    expect((await run(['bootstrap', '--github', '--yes', '--json'], withToken())).json<Bootstrapped>().changed).toEqual([])
    const again = (await run(['bootstrap', '--yes', '--json'])).json<Bootstrapped>()
    expect(again.changed).toEqual([])
    expect(again.github?.variables).toEqual(first.github?.variables)
  })

  test('a checkout without the committed platform would take them away, and is refused', async () => {
    const other = await createProject({ branch: 'main' })
    const result = await devtool(['bootstrap', '--yes'], { cwd: other.folder, env: { ...emulator.environment, ...other.environment } })
    await other.remove()
    expect(result.exitCode).toBe(1)
    expect(result.stderr).toContain('could not tell whose workflows the role shop-preview-apply is for')
    expect(await roles()).toHaveLength(5)
  })

  test('what brings roles of its own brings them within the boundary', async () => {
    await shop.commit('the platform')
    for (const [name, boundary] of [
      ['production', 'shop-pinned-workload'],
      ['own-ground', 'shop-preview-workload'],
    ] as const) {
      expect((await run(['env', 'create', name, '--template', 'dedicated'])).exitCode).toBe(0)
      expect((await run(['env', 'plan', name, '--json'])).exitCode).toBe(0)
      expect(JSON.parse(await shop.read(`envs/${name}/account.auto.tfvars.json`))).toMatchObject({
        permissions_boundary: `arn:aws:iam::123456789012:policy/devtool/${boundary}`,
      })
    }
  })
})
