import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Run } from '../target.ts'
import { rescueKey } from './ports.ts'
import { openSession, type Session } from './session.ts'
import { refused, type Stage, stage } from './testing.ts'

const STATE_KEY = 'state/preview/otter.tfstate'
const SAVED_STATE = JSON.stringify({ version: 4, serial: 12, lineage: 'l', resources: [] })
let on: Stage
let directory: string
let file: string

beforeEach(async () => {
  on = await stage()
  directory = path.join(on.ports.repository, 'envs/otter')
  file = path.join(directory, 'errored.tfstate')
  await mkdir(directory, { recursive: true })
})

const open = (run: Partial<Run> = {}): Promise<Session> =>
  openSession(on.ports, { name: 'otter', directory, stateKey: STATE_KEY, run: { ...on.run, ...run } })

/** A run of Terraform that could not save its state and wrote `text` beside the root. */
async function failToSave(session: Session, text: string): Promise<void> {
  await session.change('applying', async () => {
    await writeFile(file, text)
    return { ...refused('state-not-saved', 'Failed to save state'), stateSaved: false, rescuedState: file }
  })
}

describe('a state that could not be saved', () => {
  test('does not die with the runner: the bucket has it, and the next run, wherever it is, puts it in its place [5]', async () => {
    await failToSave(await open(), SAVED_STATE)
    expect(Buffer.from((await on.ports.store.getBytes(rescueKey('otter'))) ?? '').toString()).toBe(SAVED_STATE)
    const next = await open()
    await next.clearRemains()
    expect(on.asked).toEqual([`push ${SAVED_STATE}`])
    expect(await on.ports.store.getBytes(rescueKey('otter'))).toBeUndefined()
    await (await open()).clearRemains()
    expect(on.asked).toHaveLength(1)
  })

  test('leaves no second copy that would be refused later and stand in the way [5]', async () => {
    await failToSave(await open(), SAVED_STATE)
    expect(existsSync(file)).toBe(false)
  })

  test('stays where it is if the bucket does not answer, and is pushed from there [5]', async () => {
    const putBytes = on.ports.store.putBytes
    on.ports.store.putBytes = async () => Promise.reject(new Error('no answer'))
    await failToSave(await open(), SAVED_STATE)
    expect(readFileSync(file, 'utf8')).toBe(SAVED_STATE)
    on.ports.store.putBytes = putBytes
    await (await open()).clearRemains()
    expect(on.asked).toEqual([`push ${SAVED_STATE}`])
  })

  test.each(['', SAVED_STATE.slice(0, 40)])('half a file, as a full disk leaves it, blocks nothing: %j [5]', async (text) => {
    await failToSave(await open(), text)
    expect(await on.ports.store.getBytes(rescueKey('otter'))).toBeUndefined()
    await writeFile(file, text)
    await (await open()).clearRemains()
    expect(on.asked).toEqual([])
    expect(existsSync(file)).toBe(false)
  })
})

describe("Terraform's lock", () => {
  const lock = (created: string): string => JSON.stringify({ ID: '3f6c', Who: 'ci@runner-7', Created: created })
  const ended = [{ user: 'ci', host: 'runner-7', since: '2026-11-21T06:59:00Z', lastSeen: '2026-11-21T07:05:00Z' }]
  const locksOf = (more: Partial<Run['locks']>): Partial<Run> => ({ locks: { ...on.run.locks, ...more } })

  test('of a run that died is broken before anything else is tried: no retry would ever get past it [1][2][P5]', async () => {
    await on.ports.states.put(`${STATE_KEY}.tflock`, lock('2026-11-21T07:00:00.123456789Z'))
    await (await open(locksOf({ ended }))).clearRemains()
    expect(await on.ports.states.get(`${STATE_KEY}.tflock`)).toBeUndefined()
    expect(on.said.join()).toContain('cleared the lock that an interrupted run left (ci@runner-7')
  })

  test('of anybody else is left alone, and it is said whose it is [2]', async () => {
    await on.ports.states.put(`${STATE_KEY}.tflock`, lock('2026-11-21T07:30:00Z'))
    const session = await open({ unclean: true, ...locksOf({ ended }) })
    await expect(session.clearRemains()).rejects.toThrow(/could not work on otter: ci@runner-7 has held its Terraform lock since/)
    expect(await on.ports.states.get(`${STATE_KEY}.tflock`)).toBeDefined()
  })

  test('is not looked at by who holds no lease', async () => {
    await on.ports.states.put(`${STATE_KEY}.tflock`, lock('2026-11-21T07:00:00Z'))
    const { locks: _, ...run } = on.run
    await (await openSession(on.ports, { name: 'otter', directory, stateKey: STATE_KEY, run, lock: false })).clearRemains()
    expect(await on.ports.states.get(`${STATE_KEY}.tflock`)).toBeDefined()
  })
})
