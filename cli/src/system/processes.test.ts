import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { systemFiles } from './files.ts'
import { systemProcesses } from './processes.ts'

const processes = systemProcesses(systemFiles)

describe('processes', () => {
  test('this one lives', async () => {
    expect(await processes.ended(await processes.self())).toBe(false)
  })

  test('one that exited has ended', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    const identity = { ...(await processes.self()), pid: child.pid as number, started: '1' }
    await once(child, 'exit')
    expect(await processes.ended(identity)).toBe(true)
  })

  test('a pid that another process has now is not the one that was meant', async () => {
    expect(await processes.ended({ ...(await processes.self()), started: '1' })).toBe(true)
  })

  test('of another machine, or one that merely has the same name, nothing is known', async () => {
    const self = await processes.self()
    expect(await processes.ended({ ...self, host: 'elsewhere', pid: 999_999 })).toBe(false)
    expect(await processes.ended({ ...self, machine: 'another', boot: 'another', pid: 999_999 })).toBe(false)
  })

  test('after a reboot of the same machine nothing of before lives', async () => {
    const self = await processes.self()
    const before = { ...self, boot: 'earlier/pid:[1]' }
    // a machine without an id proves nothing
    expect(await processes.ended(before)).toBe(self.machine !== '')
    expect(await processes.ended({ ...before, machine: '' })).toBe(false)
  })

  test('finds a child by a variable in its environment', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { env: { ...process.env, DEVTOOL_RUN: 'find-me' } })
    await once(child, 'spawn')
    await expect.poll(async () => (await processes.withVariable('DEVTOOL_RUN', 'find-me')).map(({ pid }) => pid)).toEqual([child.pid])
    expect(await processes.withVariable('DEVTOOL_RUN', 'find')).toEqual([])
    processes.signal(child.pid as number, 'SIGKILL')
    await once(child, 'exit')
    expect(await processes.withVariable('DEVTOOL_RUN', 'find-me')).toEqual([])
  })
})
