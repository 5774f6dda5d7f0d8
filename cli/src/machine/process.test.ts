import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemFiles } from '../system/files.ts'
import { createLog } from './log.ts'
import { endMarked, startProcess } from './process.ts'
import { ports, useWorkshop } from './testing/workshop.ts'

const workshop = useWorkshop()
const linux = process.platform === 'linux'

const idle = 'setInterval(() => {}, 1000); console.log("up " + process.pid)'
const seconds = async (work: Promise<unknown>): Promise<number> => {
  const since = performance.now()
  await work
  return (performance.now() - since) / 1000
}
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !linux || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
/** The pids that programs printed as `up <pid>`. */
async function pids(lastLines: (count: number) => string[], count: number): Promise<number[]> {
  const found = (): number[] => lastLines(200).flatMap((line) => (line.startsWith('up ') ? [Number(line.slice(3))] : []))
  await expect.poll(() => found().length, { timeout: 5000 }).toBe(count)
  return found()
}

describe('a process', () => {
  test('gets what it is given and nothing else', async () => {
    const running = await workshop.start([process.execPath, '-p', 'JSON.stringify([process.cwd(), process.env])'])
    expect(await running.ended).toEqual({ code: 0, signal: null })
    const [folder, environment] = JSON.parse(running.lastLines(1)[0] ?? '[]')
    expect(path.basename(folder)).toBe(path.basename(workshop.folder))
    const names = Object.keys(environment).filter((name) => !['PATH', '__CF_USER_TEXT_ENCODING'].includes(name))
    expect(names.sort()).toEqual(['DEVTOOL_PROCESS', 'DEVTOOL_RUN'])
    expect(environment.DEVTOOL_RUN).toBe(workshop.mark)
  })

  test.each([
    ['exit 0', { code: 0, signal: null }],
    ['exit 3', { code: 3, signal: null }],
    ['kill -9 $$', { code: null, signal: 'SIGKILL' }],
    ['no-such-program --flag', { code: 127, signal: null }],
    ['false', { code: 1, signal: null }],
    ['cd . && exit 6', { code: 6, signal: null }],
    ['set -e', { code: 0, signal: null }],
    ['export CODE=4; exit $CODE', { code: 4, signal: null }],
    ['CODE=5 sh -c \'exit "$CODE"\'', { code: 5, signal: null }],
  ])('%s', async (command, exit) => {
    expect(await (await workshop.start(command)).ended).toEqual(exit)
  })

  test('that is not there, or whose folder is not, is an error', async () => {
    await expect(workshop.start(['no-such-program'])).rejects.toThrow('could not run no-such-program')
    const spec = { command: 'true', folder: path.join(workshop.folder, 'gone'), environment: {} }
    await expect(startProcess(ports, spec, { mark: workshop.mark })).rejects.toThrow('there is no folder')
  })

  test('its output is kept and logged, both streams, also the end without a newline', async () => {
    const written: string[] = []
    const running = await workshop.start('echo out; echo err >&2; printf "\\033[32mgreen\\033[0m"', {
      write: (line) => written.push(line),
      close: () => {},
    })
    await running.ended
    expect(running.lastLines(10).sort()).toEqual(['err', 'green', 'out'])
    expect(written.sort()).toEqual(['\u001b[32mgreen\u001b[0m', 'err', 'out'])
  })

  test('10 MB of output, binary and endless lines among it, take little memory', async () => {
    const file = path.join(workshop.folder, 'big.log')
    const log = await createLog(systemFiles, file, ports.clock)
    const program = workshop.program(`
      const line = 'x'.repeat(99) + '\\n'
      process.stdout.write(line.repeat(50_000))
      process.stdout.write('y'.repeat(3_000_000) + '\\n')
      process.stdout.write(Buffer.from(Array.from({ length: 2_000_000 }, (_, i) => (i * 7919 >> 4) % 256)))
      process.stdout.write('\\nthe end')`)
    const before = process.memoryUsage().rss
    let most = 0
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 10)
    const running = await workshop.start(program, log)
    const took = await seconds(running.ended)
    clearInterval(timer)
    expect(running.lastLines(1)).toEqual(['the end'])
    expect(running.lastLines(1000)).toHaveLength(200)
    expect(statSync(file).size + statSync(`${file}.1`).size).toBeLessThan(10.5 * 1024 * 1024)
    expect((most - before) / 1e6).toBeLessThan(80)
    expect(took).toBeLessThan(15)
    log.close()
  })
})

describe('stopping', () => {
  test('asks first', async () => {
    const running = await workshop.start(
      workshop.program(`process.on('SIGTERM', () => setTimeout(() => { console.log('bye'); process.exit(7) }, 100)); ${idle}`),
    )
    // the shell has made room for the program
    expect(await pids(running.lastLines, 1)).toEqual([running.pid])
    expect(await running.stop(5000)).toEqual({ code: 7, signal: null })
    expect(running.lastLines(1)).toEqual(['bye'])
    expect(await running.ended).toEqual({ code: 7, signal: null })
    expect(await seconds(running.stop(5000))).toBeLessThan(1)
  })

  test('asks once, and waits for children of a shell that has gone already', async () => {
    const child = workshop.program(
      `let asked = 0; process.on('SIGTERM', () => { asked += 1; setTimeout(() => { console.log('asked ' + asked); process.exit() }, 400) }); ${idle}`,
    )
    const running = await workshop.start(`cd . && ${child}; true`)
    await pids(running.lastLines, 1)
    expect(await running.stop(5000)).toEqual({ code: null, signal: 'SIGTERM' })
    expect(running.lastLines(1)).toEqual(['asked 1'])
  })

  test('ends by force what does not listen', async () => {
    const running = await workshop.start(workshop.program(`process.on('SIGTERM', () => {}); ${idle}`))
    const [pid = 0] = await pids(running.lastLines, 1)
    const took = seconds(running.stop(300))
    expect(await running.ended).toEqual({ code: null, signal: 'SIGKILL' })
    expect(await took).toBeGreaterThan(0.29)
    expect(await took).toBeLessThan(4)
    expect(isAlive(pid)).toBe(false)
  })

  test('takes children and grandchildren with it', async () => {
    const grandchild = workshop.program(`process.on('SIGTERM', () => {}); ${idle}`)
    const child = workshop.program(
      `process.on('SIGTERM', () => {}); require('node:child_process').spawn('/bin/sh', ['-c', '${grandchild}; true'], { stdio: 'inherit' }); ${idle}`,
    )
    const running = await workshop.start(`${child} & ${grandchild} & wait`)
    const all = await pids(running.lastLines, 3)
    await running.stop(200)
    expect(all.filter(isAlive)).toEqual([])
  })

  test.runIf(linux)('finds those that left the group, whether they hold the output or not', async () => {
    const polite = workshop.program(
      `process.on('SIGTERM', () => { require('node:fs').writeFileSync('asked', ''); process.exit() }); ${idle}`,
    )
    const stubborn = workshop.program(
      `process.on('SIGTERM', () => {}); require('node:fs').writeFileSync('pid', String(process.pid)); ${idle}`,
    )
    const running = await workshop.start(`setsid ${polite} & setsid ${stubborn} > /dev/null 2>&1 & exec sleep 60`)
    const [pid = 0] = await pids(running.lastLines, 1)
    const file = path.join(workshop.folder, 'pid')
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8') !== '').toBe(true)
    const took = await seconds(running.stop(700))
    expect([pid, Number(readFileSync(file, 'utf8'))].filter(isAlive)).toEqual([])
    expect(existsSync(path.join(workshop.folder, 'asked'))).toBe(true)
    expect(took).toBeLessThan(4)
  })

  test('leaves others alone that carry the same mark', async () => {
    const [one, other] = [await workshop.start(workshop.program(idle)), await workshop.start(workshop.program(idle))]
    await pids(one.lastLines, 1)
    const [pid = 0] = await pids(other.lastLines, 1)
    await one.stop(1000)
    expect(isAlive(pid)).toBe(true)
  })
})

describe('the end', () => {
  test('of the process is the end, although what it started goes on and holds its output', async () => {
    const running = await workshop.start(`${workshop.program(idle)} & sleep 0.3; exit 5`)
    const [pid = 0] = await pids(running.lastLines, 1)
    expect(await running.ended).toEqual({ code: 5, signal: null })
    expect(isAlive(pid)).toBe(false)
  })

  test.runIf(linux)('takes along what left the group', async () => {
    const running = await workshop.start(`setsid ${workshop.program(`process.on('SIGTERM', () => {}); ${idle}`)} & sleep 0.3; kill -9 $$`)
    const [pid = 0] = await pids(running.lastLines, 1)
    expect(await running.ended).toEqual({ code: null, signal: 'SIGKILL' })
    expect(isAlive(pid)).toBe(false)
  })

  test.runIf(linux)('of everything under a mark', async () => {
    const polite = await workshop.start(workshop.program(idle))
    const stubborn = await workshop.start(`setsid ${workshop.program(`process.on('SIGTERM', () => {}); ${idle}`)}; true`)
    const all = [...(await pids(polite.lastLines, 1)), ...(await pids(stubborn.lastLines, 1))]
    expect(await endMarked(ports, `${workshop.mark}x`, 100)).toBe(0)
    expect(all.filter(isAlive)).toHaveLength(2)
    expect(await endMarked(ports, workshop.mark, 200)).toBeGreaterThanOrEqual(3)
    expect(all.filter(isAlive)).toEqual([])
  })
})
