import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemFiles } from '../system/files.ts'
import { readTail } from './log.ts'
import { portIsFree } from './ports.ts'
import { httpServer, ports, useWorkshop } from './testing/workshop.ts'

const workshop = useWorkshop()
const soon = { backOffMs: [20, 40, 60] }
const get = async (port: number | null): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text()
const logged = (): Promise<string[]> => readTail(systemFiles, path.join(workshop.folder, 'logs', 'web.log'), 100)

describe('a service', () => {
  test('is ready once it is healthy, and leaves nothing', async () => {
    const kept = workshop.keep({ command: workshop.program(httpServer('hello')) })
    expect(kept.state()).toMatchObject({ status: 'starting', restarts: 0, reason: null, lastLines: [] })
    const state = await kept.settled()
    expect(state).toEqual({
      status: 'ready',
      port: expect.any(Number),
      pid: expect.any(Number),
      restarts: 0,
      reason: null,
      lastLines: ['listening as hello'],
    })
    expect(await get(state.port)).toBe('hello')
    await Promise.all([kept.stop(), kept.stop()])
    expect(kept.state()).toMatchObject({ status: 'stopped', port: null, pid: null, reason: null, lastLines: ['listening as hello'] })
    expect(await portIsFree(state.port ?? 0)).toBe(true)
    expect(await kept.settled()).toMatchObject({ status: 'stopped' })
  })

  test('that does not listen is ready when it has lived for a while', async () => {
    const kept = workshop.keep({ command: 'echo "$PORT"; exec sleep 60', port: false, health: null }, { livesMs: 300 })
    await expect.poll(() => kept.state().lastLines).toEqual(['null'])
    expect(kept.state().status).toBe('starting')
    expect(await kept.settled()).toMatchObject({ status: 'ready', port: null, pid: expect.any(Number) })
  })

  test('without a health path is ready when somebody listens', async () => {
    const kept = workshop.keep({
      command: workshop.program(`setTimeout(() => require('node:net').createServer().listen(Number(process.env.PORT)), 300)`),
      health: null,
    })
    expect(await kept.settled()).toMatchObject({ status: 'ready' })
    expect(await portIsFree(kept.state().port ?? 0)).toBe(false)
  })

  test('that dies at once is given up after five deaths', async () => {
    const kept = workshop.keep({ command: 'echo "cannot reach the database" >&2; exit 3' }, soon)
    const state = await kept.settled()
    expect(state).toMatchObject({ status: 'failed', restarts: 4, reason: 'ended with exit code 3', port: null, pid: null })
    expect(state.lastLines).toEqual(Array.from({ length: 5 }, () => 'cannot reach the database'))
    const notes = (await logged()).filter((line) => line.includes('devtool:')).map((line) => line.slice(line.indexOf('devtool:')))
    expect(notes).toEqual([
      ...[0.02, 0.04, 0.06, 0.06].map((seconds) => `devtool: web ended with exit code 3; it is started again in ${seconds} s`),
      'devtool: web is given up: ended with exit code 3',
    ])
  })

  test('waits longer before each start', async () => {
    const kept = workshop.keep({ command: 'node -p "Date.now()" >> starts; exit 1' }, { backOffMs: [100, 200, 400, 800] })
    await kept.settled()
    const starts = ((await systemFiles.readText(path.join(workshop.folder, 'starts'))) ?? '').trim().split('\n').map(Number)
    const pauses = starts.slice(1).map((at, index) => at - (starts[index] ?? 0))
    expect(pauses).toHaveLength(4)
    // a busy machine makes them longer
    for (const [index, pause] of [100, 200, 400, 800].entries()) expect(pauses[index]).toBeGreaterThan(pause - 60)
  })

  test.each([
    ['no-such-server --port $PORT', 'command not found: no-such-server --port $PORT'],
    ['./data', 'permission denied: ./data'],
  ])('that cannot be run fails at once: %s', async (command, reason) => {
    workshop.file('data', 'x')
    const state = await workshop.keep({ command }).settled()
    expect(state).toMatchObject({ status: 'failed', restarts: 0, reason })
    expect(state.lastLines.join()).toMatch(/not found|[Pp]ermission denied/)
  })

  test('whose folder is not there fails at once', async () => {
    const folder = path.join(workshop.folder, 'gone')
    expect(await workshop.keep({ command: 'true', folder }).settled()).toMatchObject({
      status: 'failed',
      restarts: 0,
      reason: `there is no folder ${folder}`,
    })
  })

  test('whose log cannot be written is given up with the reason', async () => {
    const log = path.join(workshop.file('file', ''), 'logs', 'web.log')
    const state = await workshop.keep({ command: 'true', log }, soon).settled()
    expect(state).toMatchObject({ status: 'failed', reason: expect.stringContaining('a part of the path is a file') })
  })

  test('that dies later is started again', async () => {
    const kept = workshop.keep({ command: workshop.program(httpServer('again')) }, { backOffMs: [300] })
    const before = await kept.settled()
    process.kill(before.pid ?? 0, 'SIGKILL')
    await expect.poll(() => kept.state()).toMatchObject({ status: 'starting', reason: 'was ended by SIGKILL', port: null, pid: null })
    const after = await kept.settled()
    expect(after).toMatchObject({ status: 'ready', restarts: 1, reason: null, lastLines: ['listening as again', 'listening as again'] })
    expect(after.pid).not.toBe(before.pid)
    expect(await get(after.port)).toBe('again')
  })

  test('that lives long enough between its deaths is not given up', async () => {
    const kept = workshop.keep({ command: 'sleep 0.15; exit 1', port: false, health: null }, { livesMs: 50, steadyMs: 100, backOffMs: [1] })
    await expect.poll(() => kept.state().restarts, { timeout: 5000 }).toBeGreaterThan(6)
    expect(kept.state().status).not.toBe('failed')
  })

  test.each([
    ['answers 503', `createServer((_, response) => response.writeHead(503).end()).listen(Number(process.env.PORT))`, 'HTTP 503'],
    ['does not listen', 'createServer()\nsetInterval(() => {}, 1000)', 'connection refused'],
    ['accepts and is silent', `createServer(() => {}).listen(Number(process.env.PORT))`, 'no answer within 0.2 s'],
  ])('that %s never gets healthy and is stopped', async (_, server, reason) => {
    const command = workshop.program(`const { createServer } = require('node:http'); console.log('hm'); ${server}`)
    const kept = workshop.keep({ command }, { healthyMs: 700, probeMs: 200 })
    const state = await kept.settled()
    expect(state).toMatchObject({ status: 'failed', restarts: 0, lastLines: ['hm'], port: null, pid: null })
    expect(state.reason).toBe(`not healthy within 0.7 s: ${reason} at /healthz`)
    expect(await workshop.left()).toEqual([])
  })
})

describe('a port that was taken meanwhile', () => {
  const takers: Server[] = []
  const take = (port: number): void => {
    const taker = createServer((socket) => socket.destroy())
    takers.push(taker)
    taker.listen(port, '127.0.0.1')
  }
  const release = (): Promise<unknown> => Promise.all(takers.splice(0).map((taker) => new Promise((resolve) => taker.close(resolve))))

  test('is no death: another is tried', async () => {
    const chosen: number[] = []
    const spec = workshop.spec({ command: workshop.program(httpServer('late')) })
    const environment = (port: number | null): Record<string, string> => {
      chosen.push(port ?? 0)
      if (chosen.length <= 2) take(port ?? 0)
      return spec.environment(port)
    }
    try {
      const state = await workshop.keep({ ...spec, environment }).settled()
      expect(state).toMatchObject({ status: 'ready', restarts: 0, port: chosen[2] })
      expect(new Set(chosen).size).toBe(3)
      expect(await get(state.port)).toBe('late')
    } finally {
      await release()
    }
  })

  test('is one if the service wants a port of its own', async () => {
    const port = await workshop.serve((_, response) => response.end())
    const command = workshop.program(`require('node:http').createServer().listen(${port}, '127.0.0.1')`)
    const state = await workshop.keep({ command }, soon).settled()
    expect(state).toMatchObject({ status: 'failed', restarts: 4, reason: 'ended with exit code 1' })
    expect(state.lastLines.join('\n')).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`)
  })
})

describe('stopping', () => {
  test('while it starts', async () => {
    const kept = workshop.keep({ command: 'exec sleep 60' })
    await expect.poll(() => kept.state().pid).not.toBe(null)
    const settled = kept.settled()
    await kept.stop()
    expect(await settled).toMatchObject({ status: 'stopped' })
  })

  test('before there is a process', async () => {
    const kept = workshop.keep({ command: 'touch started; exec sleep 60' })
    await kept.stop()
    expect(kept.state()).toMatchObject({ status: 'stopped', pid: null })
    expect(existsSync(path.join(workshop.folder, 'started'))).toBe(false)
  })

  test('while it waits to be started again', async () => {
    const kept = workshop.keep({ command: 'exit 1' }, { backOffMs: [60_000] })
    await expect.poll(() => kept.state().reason).toBe('ended with exit code 1')
    await kept.stop()
    expect(kept.state()).toMatchObject({ status: 'stopped', restarts: 0 })
  })

  test('what ignores SIGTERM, with its children', async () => {
    const deaf = workshop.program(`process.on('SIGTERM', () => {}); ${httpServer('deaf').replace('SIGTERM', 'SIGUSR2')}`)
    const kept = workshop.keep({ command: `sleep 60 & ${deaf}; true` }, { graceMs: 300 })
    const { port } = await kept.settled()
    await kept.stop()
    expect(await workshop.left()).toEqual([])
    expect(await portIsFree(port ?? 0)).toBe(true)
    expect(await ports.processes.withVariable('PORT', String(port))).toEqual([])
  })
})
