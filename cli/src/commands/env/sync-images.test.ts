import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../../tests/emulator/emulator.ts'
import { startFakeGitHub } from '../../../tests/github/fake-github.ts'
import { hurriedClock } from '../../../tests/github/stage.ts'
import { addPullRequest } from '../../../tests/github/state.ts'
import { describeWith } from '../../../tests/support/toolchain.ts'
import { createGitHub } from '../../github/client.ts'
import { createWorkshop } from '../images/testing.ts'

describeWith(['emulator'], 'env sync --pr with images to build', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startEmulator()
  })
  afterAll(() => emulator.stop())

  test('env sync --pr builds what is not there, applies it by digest, and says so on the pull request', async () => {
    const fake = await startFakeGitHub({ repository: 'acme/shop' })
    const settings = { repository: 'acme/shop', label: 'preview', version: '0.0.0', second: 1 }
    const variables = { GITHUB_TOKEN: fake.rules.token, GITHUB_API_URL: fake.url }
    const shop = await createWorkshop(emulator, {
      github: async () => createGitHub({ ...settings, variables, clock: hurriedClock() }),
    })
    addPullRequest(fake.state, { number: 7, labels: ['preview'], commit: shop.git('rev-parse', 'HEAD') })
    const first = await shop.run('env', 'sync', '--pr', '7', '--yes', '--json')
    expect(first.stderr).toContain('✓ 3 images for linux/amd64')
    const images = (text: string): string[] => JSON.parse(text).environment.services.map(({ image }: { image: string }) => image)
    expect(images(first.stdout)).toContainEqual(expect.stringMatching(/^shop\d+\/web@sha256:[0-9a-f]{64}$/))
    expect(shop.built()).toEqual(['api', 'migrations', 'web'])

    shop.write('services/web/Dockerfile', 'FROM scratch\nRUN false\n')
    shop.commit()
    Object.assign(fake.state.pullRequests.get(7) ?? {}, { commit: shop.git('rev-parse', 'HEAD') })
    const second = await shop.run('env', 'sync', '--pr', '7', '--yes')
    expect(second.exitCode).toBe(1)
    expect(fake.state.comments[0]?.body).toMatch(/failed[\s\S]*\*\*Phase\*\* `3 images for linux\/amd64`/)
    expect(fake.faults).toEqual([])
    await fake.stop()
    shop.remove()
  })
})
