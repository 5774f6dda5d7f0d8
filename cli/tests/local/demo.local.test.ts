import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { root } from '../support/toolchain.ts'

describe('npm run demo -- --check', () => {
  test('makes an environment of this repository, asks it, prints what it answered, and leaves nothing', async () => {
    const { PATH = '', HOME = '' } = process.env
    const env = { PATH, HOME, XDG_CACHE_HOME: path.join(root, '.cache/user') }
    const { stdout, stderr, exitCode } = await execa(process.execPath, [path.join(root, 'scripts/demo.mjs'), '--check'], {
      cwd: root,
      env,
      extendEnv: false,
      reject: false,
    })
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toMatch(/\$ GET http:\/\/[a-z-]+\.localhost:\d+\/\n200, a page with the heading "[a-z-]+"/)
    expect(stdout).toMatch(/\$ GET http:\/\/[a-z-]+\.localhost:\d+\/api\/entries\n200 \{"entries":\[\{"id":3,/)
    expect(stdout).toContain('checked: the page and its rows came through the router, and nothing is left')
    expect(stderr).toMatch(/✓ migrations/)
  })
})
