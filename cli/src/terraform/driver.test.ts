import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeWith, requireTool } from '../../tests/support/toolchain.ts'
import { systemClock } from '../system/clock.ts'
import { systemFiles } from '../system/files.ts'
import { type Run, systemRun } from '../system/run.ts'
import { createTerraform, type Terraform } from './driver.ts'
import { findEngine } from './engine.ts'
import type { TerraformEvent } from './events.ts'

/** A root that needs no provider and no account: `terraform_data` and the local state. */
const ROOT = `
resource "terraform_data" "network" {
  triggers_replace = "a"
}
resource "terraform_data" "service" {
  input = terraform_data.network.id
}
output "url" { value = "http://example.test" }
output "token" {
  value     = "hidden-token"
  sensitive = true
}
`
const SLOW = `
resource "terraform_data" "first" {}
resource "terraform_data" "slow" {
  input = terraform_data.first.id
  provisioner "local-exec" { command = "exec sleep 20" }
}
resource "terraform_data" "last" { input = terraform_data.slow.id }
`

let directory = ''
let commands: { args: readonly string[]; env: Record<string, string | undefined> }[] = []

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'devtool-terraform-'))
  commands = []
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const write = (name: string, content: string): void => writeFileSync(path.join(directory, name), content)

async function terraform(more: Record<string, string> = {}): Promise<Terraform> {
  const variables = { PATH: process.env['PATH'], HOME: directory, DEVTOOL_TERRAFORM: requireTool('terraform').path, ...more }
  const engine = await findEngine({ run: systemRun, files: systemFiles, variables })
  const run: Run = (command, args, options) => {
    commands.push({ args, env: options.env })
    return systemRun(command, args, options)
  }
  return createTerraform({ run, files: systemFiles, clock: systemClock, engine, variables })
}

describeWith(['terraform'], 'a root from nothing to applied and back', () => {
  test('apply, read, plan, destroy', async () => {
    write('main.tf', ROOT)
    const engine = await terraform()
    expect(await engine.init({ directory })).toMatchObject({ skipped: false, lockCompleted: false })
    expect(await engine.state({ directory })).toEqual({ lineage: null, serial: 0, resources: [] })
    const applied = await engine.apply({ directory })
    expect(applied).toMatchObject({
      ok: true,
      failure: null,
      interrupted: false,
      changes: { add: 2, change: 0, destroy: 0 },
      rescuedState: null,
    })
    expect(applied.outputs).toEqual({ url: expect.objectContaining({ value: 'http://example.test' }), token: { sensitive: true } })
    expect(await engine.outputs({ directory })).toEqual(applied.outputs)
    expect((await engine.state({ directory })).resources.map(({ address }) => address)).toEqual([
      'terraform_data.network',
      'terraform_data.service',
    ])
    expect(await engine.plan({ directory })).toMatchObject({
      ok: true,
      exitCode: 0,
      changes: { add: 0, change: 0, destroy: 0 },
      resources: [],
    })
    expect(await engine.destroy({ directory })).toMatchObject({ ok: true, changes: { destroy: 2 } })
    expect((await engine.state({ directory })).resources).toEqual([])
    expect(await engine.destroy({ directory })).toMatchObject({ ok: true, changes: { destroy: 0 } })
  })

  test('a saved plan is applied as it was shown, refused when it is stale, and gone afterwards [6]', async () => {
    write('main.tf', ROOT)
    const engine = await terraform()
    await engine.init({ directory })
    await engine.apply({ directory })
    write('main.tf', ROOT.replace('"a"', '"b"'))
    const planFile = await engine.withPlanFile(async (file) => {
      const planned = await engine.plan({ directory, out: file })
      expect(planned).toMatchObject({ ok: true, exitCode: 2, changes: { add: 1, change: 1, destroy: 1 } })
      expect(planned.resources).toContainEqual({ address: 'terraform_data.network', action: 'replace', reason: 'cannot_update' })
      expect((await engine.showPlan({ directory, planFile: file }))[0]).toMatchObject({
        address: 'terraform_data.network',
        actions: ['delete', 'create'],
      })
      expect(await engine.applyPlan({ directory, planFile: file })).toMatchObject({ ok: true, changes: { add: 1, change: 1, destroy: 1 } })
      expect(await engine.applyPlan({ directory, planFile: file })).toMatchObject({ ok: false, failure: { kind: 'stale-plan' } })
      return file
    })
    expect(existsSync(path.dirname(planFile))).toBe(false)
  })

  test('a failure in the middle: what was done, which resource, why', async () => {
    write(
      'main.tf',
      `${ROOT}\nresource "terraform_data" "bad" {\n  input = terraform_data.service.id\n  provisioner "local-exec" { command = "exit 3" }\n}\n`,
    )
    const engine = await terraform()
    await engine.init({ directory })
    const outcome = await engine.apply({ directory })
    expect(outcome).toMatchObject({
      ok: false,
      exitCode: 1,
      changes: { add: 2 },
      failure: { phase: 'apply', resource: 'terraform_data.bad' },
    })
    expect(outcome.failure?.message).toContain('exit status 3')
  })

  test('what a data source asked for is gone: destroying asks nothing, and needs it no more [27]', async () => {
    const source = 'data "terraform_remote_state" "platform" {\n  backend = "local"\n  config  = { path = "platform.tfstate" }\n}\n'
    const service = 'resource "terraform_data" "service" {\n  input = data.terraform_remote_state.platform.outputs.vpc\n}\n'
    write('main.tf', `${source}${service}`)
    const platform = { version: 4, serial: 1, lineage: 'l', outputs: { vpc: { value: 'vpc-1', type: 'string' } }, resources: [] }
    write('platform.tfstate', JSON.stringify(platform))
    const engine = await terraform()
    await engine.init({ directory })
    expect(await engine.apply({ directory })).toMatchObject({ ok: true, changes: { add: 1 } })
    rmSync(path.join(directory, 'platform.tfstate'))
    expect(await engine.destroy({ directory })).toMatchObject({ ok: false, changes: { destroy: 0 } })
    expect(await engine.destroy({ directory, refresh: false })).toMatchObject({ ok: true, changes: { destroy: 1 } })
  })

  test('a configuration that does not hold up is one clear message', async () => {
    write('main.tf', 'resource "terraform_data" "x" {\n  sise = 1\n}\n')
    const engine = await terraform()
    await engine.init({ directory })
    const { failure } = await engine.plan({ directory })
    expect(failure).toMatchObject({ phase: 'plan', kind: 'configuration' })
    expect(failure?.message).toContain('"sise" is not expected here')
  })
})

describeWith(['terraform'], 'locks and signals', () => {
  test('a second run is told who holds the state; one SIGINT saves the state and frees the lock [F6][1]', async () => {
    write('main.tf', SLOW)
    const engine = await terraform()
    await engine.init({ directory })
    const controller = new AbortController()
    let child = 0
    let begun = (): void => {}
    const running = new Promise<void>((resolve) => {
      begun = resolve
    })
    const onEvent = (event: TerraformEvent): void => {
      if (event.type === 'started' && event.address === 'terraform_data.slow') begun()
    }
    const first = engine.apply({ directory, signal: controller.signal, onEvent, onSpawn: (pid) => (child = pid) })
    await running
    const second = await engine.apply({ directory })
    expect(second.failure).toMatchObject({
      kind: 'state-lock',
      lock: { id: expect.stringMatching(/^[0-9a-f-]{36}$/), operation: 'apply', who: expect.stringContaining('@') },
    })
    expect(await engine.plan({ directory, lock: false })).toMatchObject({ ok: true })
    expect((await engine.plan({ directory })).failure?.kind).toBe('state-lock')
    controller.abort()
    controller.abort()
    const outcome = await first
    expect(outcome).toMatchObject({ ok: false, interrupted: true, changes: { add: 1 }, failure: { kind: 'interrupted' } })
    expect(outcome.failure?.lines.join('\n')).not.toContain('Two interrupts received')
    expect(() => process.kill(child, 0)).toThrow('ESRCH')
    expect(existsSync(path.join(directory, '.terraform.tfstate.lock.info'))).toBe(false)
    expect((await engine.state({ directory })).resources.map(({ address }) => address)).toContain('terraform_data.first')
  })

  test('a signal that fired before: nothing is started', async () => {
    const engine = await terraform()
    commands = []
    expect(await engine.apply({ directory, signal: AbortSignal.abort() })).toMatchObject({ ok: false, interrupted: true })
    expect(commands).toEqual([])
  })

  test('a fault of the listener ends the engine before it is thrown', async () => {
    write('main.tf', SLOW)
    const engine = await terraform()
    await engine.init({ directory })
    let child = 0
    const onEvent = (event: TerraformEvent): void => {
      if (event.type === 'started') throw new Error('listener broke')
    }
    await expect(engine.apply({ directory, onEvent, onSpawn: (pid) => (child = pid) })).rejects.toThrow('listener broke')
    expect(() => process.kill(child, 0)).toThrow('ESRCH')
  })
})

describeWith(['terraform'], 'what must not be lost, and what must not be seen', () => {
  test('an errored.tfstate is reported after a failure, and pushed [5]', async () => {
    write(
      'main.tf',
      `${ROOT}\nresource "terraform_data" "bad" {\n  provisioner "local-exec" { command = "mv rescued errored.tfstate; exit 1" }\n}\n`,
    )
    const engine = await terraform()
    await engine.init({ directory })
    await engine.apply({ directory, targets: ['terraform_data.service'] })
    const state = JSON.parse(readFileSync(path.join(directory, 'terraform.tfstate'), 'utf8'))
    write('rescued', JSON.stringify({ ...state, serial: state.serial + 50 }))
    const outcome = await engine.apply({ directory })
    const file = path.join(directory, 'errored.tfstate')
    expect(outcome.rescuedState).toBe(file)
    await engine.pushState({ directory, file })
    expect((await engine.state({ directory })).serial).toBeGreaterThanOrEqual(state.serial + 50)
    expect(existsSync(file)).toBe(false)
    write('errored.tfstate', JSON.stringify({ ...state, serial: 1 }))
    await expect(engine.pushState({ directory, file })).rejects.toThrow(/could not state push in .*: .*serial/)
    expect(existsSync(file)).toBe(true)
  })

  test('arguments hold nothing secret, a trace reaches only its file, foreign variables do not reach the engine', async () => {
    write('main.tf', `variable "secret" { type = string }\n${ROOT}`)
    const engine = await terraform({ TF_LOG: 'trace', GITHUB_TOKEN: 'ghp_not_for_terraform' })
    const options = { directory, environment: { TF_VAR_secret: 'very-secret-value' } }
    await engine.init(options)
    const outcome = await engine.apply(options)
    expect(outcome.ok).toBe(true)
    expect(JSON.stringify(commands.map(({ args }) => args))).not.toContain('very-secret-value')
    expect(commands.every(({ env }) => env['GITHUB_TOKEN'] === undefined)).toBe(true)
    expect(JSON.stringify(outcome)).not.toContain('[TRACE]')
    expect(existsSync(path.join(directory, '.terraform/terraform.log'))).toBe(true)
    expect(await engine.outputs(options)).toHaveProperty('url')
  })

  test('a CLI configuration that is not there does not litter the streams', async () => {
    write('main.tf', ROOT)
    const engine = await terraform({ TF_CLI_CONFIG_FILE: path.join(directory, 'gone.tfrc') })
    await engine.init({ directory })
    const outcome = await engine.apply({ directory })
    expect(outcome).toMatchObject({ ok: true, warnings: [] })
    expect(commands.every(({ env }) => env['TF_CLI_CONFIG_FILE'] === undefined)).toBe(true)
  })
})
