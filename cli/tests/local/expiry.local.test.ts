import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createMachine, type Environment, eventually, get, type Machine } from './machine.ts'

const PAST = '2026-01-01T00:00:00.000Z'

/** The file that the supervisor keeps of an environment. */
const specOf = (machine: Machine, name: string): string => path.join(stateOf(machine), 'environments', `${name}.json`)
const stateOf = ({ shop }: Machine): string => path.join(shop.environment['XDG_STATE_HOME'] as string, 'devtool/local')

/** The newest version of its record. */
async function recordOf(machine: Machine, name: string): Promise<string> {
  const folder = path.join(stateOf(machine), 'registry/registry/environments', `${name}.json`)
  return path.join(folder, (await readdir(folder)).sort().at(-1) ?? '')
}

async function setExpiry(file: string, expiresAt: string): Promise<void> {
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), expiresAt }))
}

const expiryIn = async (file: string): Promise<string> => (JSON.parse(await readFile(file, 'utf8')) as Environment).expiresAt

/** What happens to `files` happens while nothing runs, as when a laptop was closed for a week; the next command finds it so. */
async function asleep(machine: Machine, work: () => Promise<void>): Promise<void> {
  const supervisor = (await machine.processes()).find(({ command }) => command.includes('main.js supervise'))
  if (supervisor !== undefined) process.kill(supervisor.pid, 'SIGKILL')
  await work()
  await machine.run(['env', 'list'])
}

const names = async (machine: Machine): Promise<string[]> =>
  (await machine.run(['env', 'list', '--target', 'local', '--json'])).json<Environment[]>().map(({ name }) => name)

test('an environment whose time is over goes by itself, and the last one takes everything with it', async () => {
  const machine = await createMachine()
  try {
    const short = await machine.create(undefined, '--ttl', '5h')
    expect(Date.parse(short.expiresAt) - Date.now()).toBeLessThanOrEqual(5 * 3_600_000)
    const long = await machine.create(await machine.shop.worktree('feature/cart'))

    const expire = ({ name }: Environment): Promise<void> =>
      asleep(machine, async () => {
        for (const file of [await recordOf(machine, name), specOf(machine, name)]) await setExpiry(file, PAST)
      })

    await expire(short)
    expect(
      await eventually(
        () => names(machine),
        (left) => left.length === 1,
      ),
    ).toEqual([long.name])
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

test('one that is extended lives on, also where the supervisor was not told', async () => {
  const machine = await createMachine()
  try {
    const { name, url } = await machine.create(undefined, '--ttl', '5h')
    const spec = specOf(machine, name)
    expect(await expiryIn(spec)).toBe((await machine.show(name)).expiresAt)

    const extended = (await machine.run(['env', 'extend', name, '9h', '--json'])).json<Environment>()
    expect(Date.parse(extended.expiresAt) - Date.now()).toBeGreaterThan(8.9 * 3_600_000)
    expect(await expiryIn(spec)).toBe(extended.expiresAt)

    // a deployment starts the 5 h anew, which is less than what is left
    await machine.run(['env', 'apply', name, '--yes'])
    expect((await machine.show(name)).expiresAt).toBe(extended.expiresAt)
    expect(await expiryIn(spec)).toBe(extended.expiresAt)

    // as if the command had been killed before it could tell the supervisor: the registry is what counts
    await asleep(machine, () => setExpiry(spec, PAST))
    await eventually(
      () => expiryIn(spec),
      (expiresAt) => expiresAt === extended.expiresAt,
    )
    expect(await names(machine)).toEqual([name])
    await eventually(
      () => get(url),
      ({ status }) => status === 200,
    )
  } finally {
    await machine.remove()
  }
})
