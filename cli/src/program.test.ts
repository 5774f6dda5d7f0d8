import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { testContext } from '../tests/support/context.ts'

describe('the program', () => {
  test('bad usage exits with 2, help with 0, and a bug of ours with 70', async () => {
    const { run, target } = await testContext()
    expect((await run('env', 'creat')).exitCode).toBe(2)
    expect((await run('env', 'create', '--nope')).exitCode).toBe(2)
    expect((await run('--help')).exitCode).toBe(0)
    await run('env', 'create', 'calm-otter')
    target.answers.plan = () => Promise.reject(new TypeError('x is not a function'))
    const bug = await run('env', 'plan', 'calm-otter', '--json')
    expect(bug.exitCode).toBe(70)
    expect(bug.stdout).toBe('')
    expect(bug.stderr).toContain('"kind":"bug"')
  })

  test('no blueprint: says where it looked', async () => {
    const { run, folder } = await testContext()
    await writeFile(path.join(folder, 'devtool.yaml'), '')
    expect((await run('env', 'list')).exitCode).toBe(2)
  })
})
