import { existsSync } from 'node:fs'
import { get } from 'node:http'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { portIsFree } from './ports.ts'
import type { KeptService } from './service.ts'
import { httpServer, useWorkshop } from './testing/workshop.ts'

const workshop = useWorkshop()
/** Only there is a process found by its mark. */
const linux = process.platform === 'linux'
const version = (text: string) => workshop.spec({ command: workshop.program(httpServer(text)) })

const ask = (port: number | null): Promise<string> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve(text)).on('error', reject)
    }).on('error', reject)
  })

/** Requests one after the other, in four rows, each to the port of that moment. */
function load(kept: KeptService) {
  const answers: string[] = []
  let going = true
  const row = async (): Promise<void> => {
    while (going) answers.push(await ask(kept.state().port).catch((error: unknown) => String(error)))
  }
  const rows = [row(), row(), row(), row()]
  return {
    answers,
    stop: async () => {
      going = false
      await Promise.all(rows)
    },
  }
}

describe('replacing', () => {
  test('no request fails', async () => {
    const kept = workshop.keep(version('one'))
    const before = await kept.settled()
    const loaded = load(kept)
    let old = before.port ?? 0
    for (const text of ['two', 'three']) {
      const state = await kept.replace(version(text))
      expect(state).toMatchObject({ status: 'ready', restarts: 0, reason: null, lastLines: [`listening as ${text}`] })
      expect(state.port).not.toBe(old)
      await expect.poll(() => loaded.answers.at(-1)).toBe(text)
      // also while the old one ends
      await expect.poll(() => portIsFree(old), { timeout: 3000 }).toBe(true)
      old = state.port ?? 0
    }
    await loaded.stop()
    expect(new Set(loaded.answers)).toEqual(new Set(['one', 'two', 'three']))
    expect(loaded.answers.length).toBeGreaterThan(30)
  })

  test('with what never gets healthy keeps the old one', async () => {
    const kept = workshop.keep(version('old'), { healthyMs: 500 })
    const before = await kept.settled()
    const loaded = load(kept)
    const replaced = await kept.replace(workshop.spec({ command: workshop.program(`console.log('stuck'); setInterval(() => {}, 1000)`) }))
    expect(replaced).toMatchObject({
      status: 'failed',
      reason: 'not healthy within 0.5 s: connection refused at /healthz',
      lastLines: ['stuck'],
      port: null,
    })
    await loaded.stop()
    expect(new Set(loaded.answers)).toEqual(new Set(['old']))
    expect(kept.state()).toEqual(before)
    if (linux) expect(await workshop.left()).toHaveLength(1)
  })

  test('with what dies keeps the old one, and it is still kept alive', async () => {
    const kept = workshop.keep(version('old'), { backOffMs: [10] })
    const { pid } = await kept.settled()
    expect(await kept.replace(workshop.spec({ command: 'echo oops; exit 9' }))).toMatchObject({
      status: 'failed',
      reason: 'ended with exit code 9',
    })
    process.kill(pid ?? 0, 'SIGKILL')
    await expect.poll(() => kept.state().restarts).toBe(1)
    const { port } = await kept.settled()
    expect(await ask(port)).toBe('old')
  })

  test('twice at once is one after the other', async () => {
    const kept = workshop.keep(version('one'))
    const [two, three] = await Promise.all([kept.replace(version('two')), kept.replace(version('three'))])
    expect([two.status, three.status]).toEqual(['ready', 'ready'])
    expect(await ask(kept.state().port)).toBe('three')
    if (linux) await expect.poll(async () => (await workshop.left()).length, { timeout: 3000 }).toBe(1)
  })

  test('what was given up shows the new one as it starts', async () => {
    const kept = workshop.keep({ command: 'no-such-program' })
    await kept.settled()
    const replaced = kept.replace(version('mended'))
    await expect.poll(() => kept.state(), { interval: 1 }).toMatchObject({ status: 'starting', pid: expect.any(Number) })
    expect(await replaced).toMatchObject({ status: 'ready', reason: null })
    expect(await ask(kept.state().port)).toBe('mended')
    expect(await kept.replace(workshop.spec({ command: 'no-such-program' }))).toMatchObject({ status: 'failed' })
    expect(kept.state().status).toBe('ready')
  })

  test('and stopping meanwhile leaves nothing', async () => {
    const kept = workshop.keep(version('one'), { drainMs: 60_000 })
    await kept.settled()
    await kept.replace(version('two'))
    const third = kept.replace(workshop.spec({ command: 'touch third; exec sleep 60' }))
    const fourth = kept.replace(version('four'))
    await expect.poll(() => existsSync(path.join(workshop.folder, 'third'))).toBe(true)
    if (linux) expect(await workshop.left()).toHaveLength(3)
    await kept.stop()
    expect((await third).status).toBe('stopped')
    expect((await fourth).status).toBe('stopped')
    expect(kept.state().status).toBe('stopped')
    expect(await workshop.left()).toEqual([])
    expect((await kept.replace(version('five'))).status).toBe('stopped')
  })
})
