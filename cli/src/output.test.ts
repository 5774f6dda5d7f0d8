import { describe, expect, test } from 'vitest'
import { UserError } from './errors.ts'
import { createOutput, formatDuration, printable } from './output.ts'

function outputFor(json: boolean, live = false) {
  const said = { stdout: '', stderr: '' }
  const clock = { time: 0 }
  const terminal = {
    writeResult: (text: string) => {
      said.stdout += text
    },
    write: (text: string) => {
      said.stderr += text
    },
    live,
    color: false,
    columns: 80,
  }
  const output = createOutput(
    terminal,
    { now: () => new Date(clock.time), sleep: async () => undefined, every: () => async () => undefined },
    { json },
  )
  return { output, said, clock }
}

describe('output', () => {
  test('the result alone goes to stdout, the same value as JSON or rendered', () => {
    const people = outputFor(false)
    people.output.result({ name: 'calm-otter' }, (value) => `it is ${value.name}`)
    people.output.info('by the way')
    expect(people.said).toEqual({ stdout: 'it is calm-otter\n', stderr: 'by the way\n' })
    const machines = outputFor(true)
    machines.output.result({ name: 'calm-otter' }, () => 'never')
    expect(JSON.parse(machines.said.stdout)).toEqual({ name: 'calm-otter' })
  })

  test('a failure is a message and a hint, or one JSON object on stderr', () => {
    const error = new UserError('could not do it: it is late', { hint: 'devtool again' })
    const people = outputFor(false)
    people.output.failure(error)
    expect(people.said.stderr).toBe('error: could not do it: it is late\nhint: devtool again\n')
    const machines = outputFor(true)
    machines.output.failure(error)
    expect(machines.said.stdout).toBe('')
    expect(JSON.parse(machines.said.stderr)).toEqual({
      error: { kind: 'error', message: 'could not do it: it is late', hint: 'devtool again' },
    })
  })

  test('a bug of ours is called one', () => {
    const { output, said } = outputFor(false)
    output.failure(new TypeError('x is not a function'))
    expect(said.stderr).toContain('this is a bug in devtool: x is not a function')
  })

  test('a step ends with a mark and its time; in a log it speaks every fifteen seconds at most', async () => {
    const { output, said, clock } = outputFor(false)
    await output.step('applying', async (now) => {
      now('1 of 3')
      clock.time = 16_000
      now('2 of 3')
      clock.time = 20_000
      now('3 of 3')
    })
    expect(said.stderr).toBe('  applying 16 s  2 of 3\n✓ applying 20 s\n')
    await expect(output.step('failing', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(said.stderr).toContain('✗ failing')
  })

  test('on a terminal a step is one line that changes, never wider than the terminal', async () => {
    const { output, said, clock } = outputFor(false, true)
    await output.step('applying', async (now) => {
      now('x'.repeat(200))
      await new Promise((resolve) => setTimeout(resolve, 250))
      clock.time = 3_000
    })
    const frames = said.stderr.split('\r\u001b[2K').filter((frame) => frame !== '')
    expect(frames.length).toBeGreaterThanOrEqual(2)
    expect(frames[0]).toMatch(/^. applying 0\.0 s {2}x+$/)
    expect(frames.slice(0, -1).every((frame) => frame.length < 80)).toBe(true)
    expect(frames.at(-1)).toBe('✓ applying 3.0 s\n')
  })

  test('no escape sequence from outside reaches a terminal', () => {
    expect(printable('\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u0000 tab\tand\nline')).toBe('red ]0;title  tab\tand\nline')
  })

  test('durations', () => {
    expect([400, 9_940, 12_000, 61_000].map(formatDuration)).toEqual(['0.4 s', '9.9 s', '12 s', '1 min 1 s'])
  })
})
