import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemFiles } from '../system/files.ts'
import { createLog, follow, readTail } from './log.ts'
import { ports, useWorkshop } from './testing/workshop.ts'

const workshop = useWorkshop()
const log = (): string => path.join(workshop.folder, 'logs', 'web.log')
const textOf = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /, ''))
const open = () => createLog(systemFiles, log(), ports.clock)

describe('a log', () => {
  test('holds each line after its time, as it was printed', async () => {
    const writer = await open()
    writer.write('one')
    writer.write('\u001b[31mtwo\u001b[0m\nthree')
    writer.writeBytes(Buffer.from([0xff, 0x00, 0xfe]))
    writer.close()
    writer.write('too late')
    await expect.poll(() => existsSync(log())).toBe(true)
    const bytes = readFileSync(log())
    expect(textOf(bytes.toString('latin1').split('\n'))).toEqual(['one', '\u001b[31mtwo\u001b[0m', 'three', '\u00ff\u0000\u00fe', ''])
    expect(statSync(log()).mode & 0o777).toBe(0o600)
  })

  test('goes on where an earlier one ended', async () => {
    for (const line of ['one', 'two']) {
      const writer = await open()
      writer.write(line)
      writer.close()
      await expect.poll(async () => textOf(await readTail(systemFiles, log(), 1))).toEqual([line])
    }
    expect(textOf(await readTail(systemFiles, log(), 10))).toEqual(['one', 'two'])
  })

  test('is moved away when it becomes too large, one file back', async () => {
    const writer = await open()
    const line = 'x'.repeat(1000)
    for (let number = 0; number < 13_000; number += 1) {
      writer.write(`${number} ${line}`)
      if (number % 50 === 0) await Promise.resolve()
    }
    writer.close()
    await expect.poll(async () => (await readTail(systemFiles, log(), 1))[0]?.split(' ')[1]).toBe('12999')
    const limit = 5 * 1024 * 1024
    for (const file of [log(), `${log()}.1`]) expect(statSync(file).size).toBeLessThanOrEqual(limit)
    expect(statSync(`${log()}.1`).size).toBeGreaterThan(limit * 0.9)
    expect(statSync(log()).mode & 0o777).toBe(0o600)
    const tail = (await readTail(systemFiles, log(), 6000)).map((each) => Number(each.split(' ')[1]))
    expect(tail).toEqual(Array.from({ length: 6000 }, (_, index) => 7000 + index))
  })

  test('that cannot be written loses lines and nothing else', async () => {
    const writer = await open()
    rmSync(path.dirname(log()), { recursive: true })
    writeFileSync(path.dirname(log()), 'a file')
    writer.write('lost')
    await new Promise((resolve) => setImmediate(resolve))
    rmSync(path.dirname(log()))
    writer.write('kept')
    await expect.poll(async () => textOf(await readTail(systemFiles, log(), 5))).toEqual(['kept'])
    writer.close()
  })

  test('of what never ran is empty', async () => {
    expect(await readTail(systemFiles, log(), 5)).toEqual([])
  })
})

describe('following', () => {
  const following = (options?: { last: number }) => {
    const stop = new AbortController()
    const lines: string[] = []
    const done = follow(systemFiles, log(), (line) => lines.push(line), stop.signal, options)
    return { lines, done, stop: () => stop.abort() }
  }

  test('a file that appears later, over its rotation', async () => {
    const { lines, done, stop } = following()
    const writer = await open()
    writer.write('first')
    await expect.poll(() => textOf(lines)).toEqual(['first'])
    const text = 'y'.repeat(1000)
    for (let number = 0; number < 12_000; number += 1) {
      writer.write(`${number} ${text}`)
      // the reader is another process in earnest: it sees a file at most once between two turns
      if (number % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => lines.length, { timeout: 5000 }).toBe(12_001)
    expect(lines.slice(1).map((line) => Number(line.split(' ')[1]))).toEqual(Array.from({ length: 12_000 }, (_, index) => index))
    expect(existsSync(`${log()}.1`)).toBe(true)
    writer.close()
    stop()
    await done
  })

  test('begins with what is added, or with the last lines', async () => {
    mkdirSync(path.dirname(log()))
    writeFileSync(`${log()}.1`, '1\n2\n3\n')
    writeFileSync(log(), '4\n5\n')
    const all = [following(), following({ last: 1 }), following({ last: 4 }), following({ last: 100 })]
    await new Promise((resolve) => setImmediate(resolve))
    appendFileSync(log(), '6\n')
    const expected = [['6'], ['5', '6'], ['2', '3', '4', '5', '6'], ['1', '2', '3', '4', '5', '6']]
    for (const [index, each] of all.entries()) {
      await expect.poll(() => each.lines).toEqual(expected[index])
      each.stop()
      await each.done
    }
  })

  test('a line is told when it is complete, and a truncated file is read from its start', async () => {
    const { lines, done, stop } = following()
    await new Promise((resolve) => setImmediate(resolve))
    writeFileSync(log(), 'ha')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(lines).toEqual([])
    appendFileSync(log(), 'lf\nnext\n')
    await expect.poll(() => lines).toEqual(['half', 'next'])
    writeFileSync(log(), 'new\n')
    await expect.poll(() => lines).toEqual(['half', 'next', 'new'])
    stop()
    await done
  })

  test('what was written before the file was moved is not lost', async () => {
    mkdirSync(path.dirname(log()))
    writeFileSync(log(), 'old\n')
    const { lines, done, stop } = following()
    await new Promise((resolve) => setImmediate(resolve))
    appendFileSync(log(), 'before\n')
    renameSync(log(), `${log()}.1`)
    writeFileSync(log(), 'after, and longer than all that was there before\n')
    await expect.poll(() => lines).toEqual(['before', 'after, and longer than all that was there before'])
    stop()
    await done
  })

  test('ends when the folder is removed, or before it began', async () => {
    const { done } = following()
    await new Promise((resolve) => setImmediate(resolve))
    rmSync(path.dirname(log()), { recursive: true })
    await done
    await follow(systemFiles, log(), () => {}, AbortSignal.abort())
    expect(existsSync(path.dirname(log()))).toBe(false)
  })
})
