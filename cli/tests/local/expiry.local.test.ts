import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createMachine, type Environment, eventually, get } from './machine.ts'

test('an environment whose time is over goes by itself, and the last one takes everything with it', async () => {
  const machine = await createMachine()
  try {
    const short = await machine.create(undefined, '--ttl', '5h')
    expect(Date.parse(short.expiresAt) - Date.now()).toBeLessThanOrEqual(5 * 3_600_000)
    const long = await machine.create(await machine.shop.worktree('feature/cart'))

    const expire = async ({ name }: Environment): Promise<void> => {
      // its time comes while nothing runs, as when a laptop was closed for a week
      const supervisor = (await machine.processes()).find(({ command }) => command.includes('main.js supervise'))
      if (supervisor !== undefined) process.kill(supervisor.pid, 'SIGKILL')
      const file = path.join(machine.shop.environment['XDG_STATE_HOME'] as string, 'devtool/local/environments', `${name}.json`)
      const spec = JSON.parse(await readFile(file, 'utf8')) as { expiresAt: string }
      await writeFile(file, JSON.stringify({ ...spec, expiresAt: '2026-01-01T00:00:00.000Z' }))
      await machine.run(['env', 'list'])
    }

    await expire(short)
    const names = async (): Promise<string[]> =>
      (await machine.run(['env', 'list', '--target', 'local', '--json'])).json<Environment[]>().map(({ name }) => name)
    expect(await eventually(names, (left) => left.length === 1)).toEqual([long.name])
    await eventually(
      () => get(long.url),
      ({ status }) => status === 200,
    )

    await expire(long)
    await eventually(
      () => machine.processes(),
      (left) => left.length === 0,
    )
    await eventually(
      () => machine.leftovers(),
      (left) => left.length === 0,
    )
  } finally {
    await machine.remove()
  }
})
