import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { testContext } from '../../../tests/support/context.ts'
import { UserError } from '../../errors.ts'

interface Environment {
  name: string
  target: string
  status: string
  directory: string
  branch: string
  services: { name: string; image: string | null }[]
}

const json = <Value>(text: string): Value => JSON.parse(text) as Value
const noAccount = new UserError('could not reach the registry: there are no AWS credentials')
const CREATE = ['env', 'create', '--target', 'local', '--json']

describe('--target local', () => {
  test('claims a name for the checkout, without an account and without a file in it', async () => {
    const { run, folder } = await testContext({ storeError: noAccount })
    const created = json<Environment>((await run(...CREATE)).stdout)
    expect(created).toMatchObject({ target: 'local', status: 'claimed', directory: folder, branch: 'feature/cart' })
    expect(created.services).toEqual([
      { name: 'web', image: null, url: null, status: null },
      { name: 'worker', image: null, url: null, status: null },
    ])
    expect(existsSync(path.join(folder, 'envs'))).toBe(false)
  })

  test('a branch has another name here than in the account, and the same one each time', async () => {
    const { run } = await testContext()
    const here = json<Environment>((await run(...CREATE)).stdout)
    const there = json<Environment>((await run('env', 'create', '--json')).stdout)
    expect(here.name).not.toBe(there.name)
    expect(json<Environment>((await run(...CREATE)).stdout).name).toBe(here.name)
    expect(json<Environment>((await run('env', 'create', '--json')).stdout).name).not.toBe(there.name)
  })

  test('apply, plan and destroy find it by its name, as they find others in envs', async () => {
    const { run, target } = await testContext({ storeError: noAccount })
    const { name } = json<Environment>((await run(...CREATE, '--apply')).stdout)
    for (const args of [
      ['plan', name],
      ['apply', name],
      ['destroy', name, '--yes'],
    ]) {
      expect((await run('env', ...args)).exitCode, args.join(' ')).toBe(0)
    }
    expect(target.asked.map((line) => line.split(' ')[0])).toEqual(['apply', 'plan', 'apply', 'destroy'])
    const again = await run('env', 'destroy', name, '--yes')
    expect(again.exitCode).toBe(0)
    const never = await run('env', 'destroy', 'never-was', '--yes')
    expect(never.exitCode).toBe(1)
    expect(never.stderr).toContain('could not find never-was on this machine, and not look in the account')
  })

  test('what is for images and accounts is refused', async () => {
    const { run } = await testContext()
    for (const flags of [['--pr', '7'], ['--template', 'dedicated'], ['--image', 'web=x:1'], ['production']]) {
      const result = await run('env', 'create', '--target', 'local', ...flags)
      expect(result.exitCode, flags.join(' ')).toBe(2)
    }
    await run('env', 'create', 'calm-otter')
    const taken = await run('env', 'create', 'calm-otter', '--target', 'local')
    expect(taken.exitCode).toBe(1)
    expect(taken.stderr).toContain('envs/calm-otter is an environment of the account')
    await run('env', 'create', 'quiet-mole', '--target', 'local')
    const other = await run('env', 'create', 'quiet-mole')
    expect(other.exitCode).toBe(1)
    expect(other.stderr).toContain('an environment of this machine has it')
  })
})

describe('env list', () => {
  test('shows both targets, or the one that is asked for', async () => {
    const { run } = await testContext()
    const here = json<Environment>((await run(...CREATE)).stdout)
    const there = json<Environment>((await run('env', 'create', '--json')).stdout)
    const names = async (...flags: string[]): Promise<string[]> =>
      json<Environment[]>((await run('env', 'list', '--json', ...flags)).stdout).map(({ name }) => name)
    expect(await names()).toEqual([here.name, there.name])
    expect(await names('--target', 'local')).toEqual([here.name])
    expect(await names('--target', 'aws')).toEqual([there.name])
  })

  test('without an account shows this machine and says so; with nothing here it fails', async () => {
    const { run } = await testContext({ storeError: noAccount })
    expect((await run('env', 'list')).exitCode).toBe(1)
    await run(...CREATE)
    const listed = await run('env', 'list')
    expect(listed.exitCode).toBe(0)
    expect(listed.stderr).toContain('only the environments of this machine are shown')
    expect((await run('env', 'list', '--target', 'aws')).exitCode).toBe(1)
  })

  test('shows what is seen now, not what the last apply saw', async () => {
    const { run, observer } = await testContext()
    const { name } = json<Environment>((await run(...CREATE, '--apply')).stdout)
    observer.answers.observe = (records) => records.map((record) => ({ ...record, status: 'failed' }))
    expect(json<Environment[]>((await run('env', 'list', '--json')).stdout)).toMatchObject([{ name, status: 'failed' }])
    expect(json<Environment>((await run('env', 'show', name, '--json')).stdout).status).toBe('failed')
  })
})

describe('env logs', () => {
  const lines = [
    { service: 'api', time: '2026-11-21T08:00:00.000Z', text: 'listening' },
    { service: 'web', time: '2026-11-21T08:00:01.000Z', text: 'ready \u001b[31mred' },
  ]

  test('of all services each line says whose it is; of one it does not', async () => {
    const { run, observer } = await testContext()
    observer.answers.lines = lines
    await run('env', 'create', 'calm-otter', '--target', 'local')
    expect((await run('env', 'logs', 'calm-otter')).stdout).toBe('api         listening\nweb         ready red\n')
    expect((await run('env', 'logs', 'calm-otter', 'api', '-n', '5')).stdout).toBe('listening\nready red\n')
    expect(observer.asked.map(({ service, lines: count, follow }) => [service, count, follow])).toEqual([
      [null, 100, false],
      ['api', 5, false],
    ])
  })

  test('one JSON array, or one value a line while it follows', async () => {
    const { run, observer } = await testContext()
    observer.answers.lines = lines
    await run('env', 'create', 'calm-otter', '--target', 'local')
    expect(json((await run('env', 'logs', 'calm-otter', '--json')).stdout)).toEqual(lines)
    const followed = (await run('env', 'logs', 'calm-otter', '--follow', '--json')).stdout
    expect(followed.trimEnd().split('\n').map(json)).toEqual(lines)
    expect((await run('env', 'logs', 'calm-otter', '-n', 'many')).exitCode).toBe(2)
    expect((await run('env', 'logs', 'never-was')).exitCode).toBe(1)
  })
})
